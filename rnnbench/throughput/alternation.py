"""Calls timed in turns, so that whatever else the machine does falls on all of them alike."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

ROUNDS = 5
"""As few as there are at least, however long they take."""

SAMPLE_SECONDS = 1e-3
"""Shorter calls are repeated within a sample: one alone would drown in the clock's and the interpreter's noise."""


def alternate(works: Mapping[str, Callable[[], object]], seconds: float) -> dict[str, list[float]]:
    """Return seconds a call of each work, one sample a round; rounds go on for about so many seconds.

    Each round runs all works, every second one in reverse order. The calls that find out how often a work is to be
    repeated warm it up, too.
    """
    repeats = {name: _repeats(work) for name, work in works.items()}
    samples: dict[str, list[float]] = {name: [] for name in works}
    order = list(works)
    end = time.perf_counter() + seconds
    with _without_collection():
        done = 0
        while done < ROUNDS or time.perf_counter() < end:
            for name in order:
                samples[name].append(_sample(works[name], repeats[name]))
            order.reverse()
            done += 1
    return samples


def _repeats(work: Callable[[], object]) -> int:
    work()
    return max(1, math.ceil(SAMPLE_SECONDS / max(_sample(work, 1), 1e-9)))


def _sample(work: Callable[[], object], repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - start) / repeats


@contextmanager
def _without_collection() -> Iterator[None]:
    """Keep Python's garbage collector from running inside a sample."""
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

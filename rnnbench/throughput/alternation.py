"""Calls timed in turns, so that whatever else the machine does falls on all of them alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

ROUNDS = 5
"""As few as there are at least, however long they take."""

SAMPLE_SECONDS = 1e-3
"""Shorter calls are repeated within a sample: one alone would drown in the clock's and the interpreter's noise."""


@dataclass(frozen=True)
class Sample:
    """Seconds a call took: by the clock, and of the processor in all threads."""

    wall: float
    cpu: float


def alternate(works: Mapping[str, Callable[[], object]], seconds: float) -> dict[str, list[Sample]]:
    """Return the samples of each work, one a round; rounds go on for about so many seconds.

    Each round runs all works, every second one in reverse order. The calls that find out how often a work is to be
    repeated warm it up, too.
    """
    repeats = {name: _repeats(work) for name, work in works.items()}
    samples: dict[str, list[Sample]] = {name: [] for name in works}
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
    repeats = 1
    while _sample(work, repeats).wall * repeats < SAMPLE_SECONDS:
        repeats *= 2
    return repeats


def _sample(work: Callable[[], object], repeats: int) -> Sample:
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        work()
    return Sample((time.perf_counter() - wall) / repeats, (time.process_time() - cpu) / repeats)


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

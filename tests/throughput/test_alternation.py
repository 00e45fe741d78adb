"""Works take turns, and each has one sample a round."""

from __future__ import annotations

import gc

import pytest

from rnnbench.throughput import alternation


def test_every_round_runs_all_in_turn_and_every_second_one_backwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alternation, "SAMPLE_SECONDS", 0.0)
    called: list[str] = []
    works = {name: lambda name=name: called.append(name) for name in "abc"}
    samples = alternation.alternate(works, seconds=1e-9)
    # Each was called twice before, to warm it up and to find its repeats.
    assert "".join(called) == "aabbcc" + "abc" + "cba" + "abc" + "cba" + "abc"
    assert {name: len(found) for name, found in samples.items()} == dict.fromkeys("abc", alternation.ROUNDS)


def test_short_calls_are_repeated_within_a_sample() -> None:
    counts = {"short": 0}

    def short() -> None:
        counts["short"] += 1

    samples = alternation.alternate({"short": short}, seconds=1e-9)
    assert counts["short"] > 10 * len(samples["short"])


def test_rounds_go_on_until_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10**6))
    monkeypatch.setattr(alternation.time, "perf_counter", lambda: float(next(clock)))
    samples = alternation.alternate({"work": lambda: None}, seconds=60)
    assert 60 / 3 - 2 <= len(samples["work"]) <= 60 / 2
    assert all(sample.wall == 1.0 for sample in samples["work"])


def test_no_garbage_is_collected_within_a_sample() -> None:
    seen: list[bool] = []
    alternation.alternate({"work": lambda: seen.append(gc.isenabled())}, seconds=1e-9)
    assert not seen[-1]
    assert gc.isenabled()

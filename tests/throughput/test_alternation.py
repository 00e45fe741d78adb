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


def test_short_calls_are_repeated_until_a_sample_is_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(alternation.time, "perf_counter", lambda: now[0])
    calls = {"long": 0, "short": 0}

    def work(name: str, seconds: float) -> None:
        calls[name] += 1
        now[0] += seconds

    works = {"long": lambda: work("long", 1.0), "short": lambda: work("short", alternation.SAMPLE_SECONDS / 10)}
    samples = alternation.alternate(works, seconds=1e-9)
    assert calls["long"] == 2 + len(samples["long"])
    assert calls["short"] == 1 + (1 + 2 + 4 + 8 + 16) + 16 * len(samples["short"])
    assert samples["short"][0].wall == pytest.approx(alternation.SAMPLE_SECONDS / 10)


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

"""The overhead's measurement runs both loops, and both do the same work."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path

import pytest
import torch

from rnnbench.pipeline import overhead


def test_both_loops_are_timed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(overhead, "SHAPES", ((2, 3, 4, 5),))
    (row,) = overhead.measure(pairs=1)
    assert row["shape"] == "B 2 T 3 H 4"
    assert row["wall_plain_ms"] > 0
    assert row["wall_plain_ms"] + row["wall_added_ms"] > 0
    overhead.main()
    assert capsys.readouterr().out.splitlines()[1].startswith("B 2 T 3 H 4 ")


@pytest.mark.parametrize("clip_norm", [1.0, 0.01, None])
def test_both_loops_end_with_the_same_weights(clip_norm: float | None, tmp_path: Path) -> None:
    job = overhead.make_job(2, 4, tmp_path)
    training = dataclasses.replace(job.settings.training, clip_norm=clip_norm)
    job = dataclasses.replace(job, settings=dataclasses.replace(job.settings, training=training))
    data = overhead.make_data(10, 3)
    before = overhead.make_network(job)
    plain, ours = copy.deepcopy(before), copy.deepcopy(before)
    overhead.time_plain(plain, data, job)
    overhead.time_fit(ours, data, job)
    for name, weights in ours.state_dict().items():
        assert torch.equal(weights, plain.state_dict()[name]), name
    assert any(not torch.equal(weights, before.state_dict()[name]) for name, weights in ours.state_dict().items())

"""The overhead's measurement runs both loops."""

from __future__ import annotations

import pytest

from rnnbench.pipeline import overhead


def test_both_loops_are_timed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(overhead, "SHAPES", ((2, 3, 4, 5),))
    (row,) = overhead.measure(pairs=1)
    assert row["shape"] == "B 2 T 3 H 4"
    assert row["wall_plain_ms"] > 0
    assert row["wall_plain_ms"] + row["wall_added_ms"] > 0
    overhead.main()
    assert capsys.readouterr().out.splitlines()[1].startswith("B 2 T 3 H 4 ")

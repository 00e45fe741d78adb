"""What a log file and a terminal show of a run that takes long."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from rnnbench.harness import progress
from rnnbench.records.record import write
from tests.harness.test_plan import job
from tests.made_up import make_language_model


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, seconds: float) -> str:
    """Return what three epochs, each so many seconds long, leave on a stream."""
    clock = iter(seconds * tick for tick in range(9))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    watcher = progress.Progress(total=2, stream=stream)
    watcher.start(job("dataset=bites", output=Path("runs")))
    for epoch in (1, 2, 3):
        watcher.event({"event": "epoch", "epoch": epoch, "validation": {"accuracy": 0.5}})
    return stream.getvalue()


def test_a_log_file_has_a_line_for_each_long_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(io.StringIO(), monkeypatch, 90).splitlines()
    assert [line.partition("  ")[2] for line in lines] == [
        f"epoch {epoch}  accuracy 50.0  {seconds:.0f} s" for epoch, seconds in ((1, 180), (2, 270), (3, 360))
    ]
    assert all(line.startswith("[1/2] bites ") for line in lines)


def test_a_log_file_has_a_line_a_minute_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(shown(io.StringIO(), monkeypatch, 25).splitlines()) == 1
    assert shown(io.StringIO(), monkeypatch, 5) == ""


def test_a_terminal_has_one_line_that_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(Terminal(), monkeypatch, 5)
    assert "\n" not in text
    assert text.count("\r") == 4


def test_the_line_of_a_result_says_what_does_not_compare(tmp_path: Path) -> None:
    said = []
    for whole in (True, False):
        write(tmp_path / "record.json", make_language_model("word", 7.3, 0.5, whole=whole))
        watcher = progress.Progress(stream=io.StringIO())
        watcher.start(job("dataset=bites", output=Path("runs")))
        watcher.finish(str(tmp_path), "ok", "", skipped=False)
        said.append(watcher.stream.getvalue())
    assert "loss 7.3  bits_per_character 0.5  bits_per_byte 0.5  perplexity" in said[0]
    assert "bits_per_byte 0.5 (not comparable)  perplexity" in said[1]

"""A run's folder: one record, no attempt forgotten, one process at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rnnbench.contracts import DataError, UsageError
from rnnbench.records.attempt import RunFolder
from tests.made_up import make_record


def test_an_attempt_is_closed_by_its_record(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    attempt = folder.start_attempt()
    assert [found.status for found in folder.attempts()] == ["running"]
    assert not folder.finished
    folder.finish(make_record())
    assert attempt.attempt == 1
    assert folder.attempts() == []
    assert folder.finished


def test_a_cut_off_attempt_leaves_its_own_document(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.start_attempt()
    second = folder.start_attempt()
    assert second.attempt == 2
    assert [found.status for found in folder.attempts()] == ["interrupted", "running"]


def test_a_finished_record_is_not_overwritten_unless_forced(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.finish(make_record(accuracy=0.1))
    with pytest.raises(UsageError, match="force=true"):
        folder.start_attempt()
    folder.finish(make_record(accuracy=0.9), force=True)
    assert json.loads((tmp_path / "attempt-1.json").read_text())["metrics"][0]["value"] == 0.1
    record = folder.record()
    assert record is not None
    assert record.metrics[0].value == 0.9


def test_a_failed_record_is_kept_when_the_run_is_tried_again(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.finish(make_record(status="failed", reason="no luck"))
    assert not folder.finished
    assert folder.start_attempt().attempt == 2
    kept = json.loads((tmp_path / "record.json").read_text())
    assert kept["reason"] == "no luck"


def test_a_second_process_is_told_that_the_folder_is_in_use(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from rnnbench.records.attempt import RunFolder\n"
        "with RunFolder(Path(sys.argv[1])).lock(): pass"
    )
    with RunFolder(tmp_path).lock():
        done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=False)
    assert "is in use by another process" in done.stderr
    again = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=False)
    assert again.returncode == 0


def test_a_damaged_record_is_told_with_the_remedy_and_replaced_by_force(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.finish(make_record())
    folder.file.write_text(folder.file.read_text()[:99])
    for told in (lambda: folder.finished, folder.start_attempt, lambda: folder.finish(make_record())):
        with pytest.raises(DataError, match=r"record\.json: not strict JSON.*; force=true runs it again"):
            told()
    damaged = folder.file.read_text()
    folder.start_attempt(force=True)
    folder.finish(make_record(accuracy=0.9), force=True)
    assert folder.finished
    assert (tmp_path / "record.damaged.json").read_text() == damaged

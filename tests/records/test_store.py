"""The store is append-only, takes each record once, and survives what kills its writers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rnnbench.contracts import DataError
from rnnbench.records.record import write
from rnnbench.records.store import collect, load
from tests.made_up import make_record


def runs_of(folder: Path, *cells: str) -> Path:
    for cell in cells:
        (folder / cell).mkdir(parents=True, exist_ok=True)
        write(folder / cell / "record.json", make_record(cell))
    return folder


def store_of(results: Path) -> Path:
    return results / "records" / "demo" / "box.jsonl"


def test_each_record_is_collected_once(tmp_path: Path) -> None:
    runs, results = runs_of(tmp_path / "runs", "gru", "rnn"), tmp_path / "results"
    assert collect([runs], results) == 2
    before = store_of(results).read_bytes()
    assert collect([runs], results) == 0
    assert store_of(results).read_bytes() == before


def test_collecting_only_appends(tmp_path: Path) -> None:
    results = tmp_path / "results"
    collect([runs_of(tmp_path / "runs", "gru")], results)
    before = store_of(results).read_bytes()
    collect([runs_of(tmp_path / "runs", "lstm")], results)
    assert store_of(results).read_bytes().startswith(before)


def test_runs_and_store_together_give_each_record_once(tmp_path: Path) -> None:
    runs, results = runs_of(tmp_path / "runs", "gru", "rnn"), tmp_path / "results"
    collect([runs], results)
    assert len(load(runs, results)) == 2


def test_a_half_written_line_is_left_out_and_then_removed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    runs, results = runs_of(tmp_path / "runs", "gru"), tmp_path / "results"
    collect([runs], results)
    with store_of(results).open("a") as stream:
        stream.write('{"schema": 1, "id": "half')
    assert len(load(results)) == 1
    collect([runs_of(tmp_path / "runs", "rnn")], results)
    assert len(load(results)) == 2
    assert "cut off" in caplog.text


def test_a_malformed_line_is_told_with_file_and_line(tmp_path: Path) -> None:
    runs, results = runs_of(tmp_path / "runs", "gru"), tmp_path / "results"
    collect([runs], results)
    with store_of(results).open("a") as stream:
        stream.write("no json\n")
    with pytest.raises(DataError, match=r"box\.jsonl line 2"):
        load(results)


def test_a_damaged_record_of_a_run_is_left_out_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    runs, results = runs_of(tmp_path / "runs", "gru", "rnn"), tmp_path / "results"
    damaged = runs / "gru" / "record.json"
    damaged.write_text(damaged.read_text()[:99])
    assert [record.what.plugins["cell"].name for record in load(runs)] == ["rnn"]
    assert f"{damaged}: not strict JSON" in caplog.text
    assert collect([runs], results) == 1
    with pytest.raises(DataError, match="not strict JSON"):
        load(damaged)


def test_a_correction_replaces_what_it_supersedes(tmp_path: Path) -> None:
    results = tmp_path / "results"
    wrong = make_record(accuracy=0.1)
    for name, record in (("a", wrong), ("b", make_record(accuracy=0.9, supersedes=wrong.id))):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "record.json", record)
    collect([tmp_path / "a", tmp_path / "b"], results)
    assert [record.metrics[0].value for record in load(results)] == [0.9]
    assert len(store_of(results).read_text().splitlines()) == 2


def test_two_processes_may_collect_at_once(tmp_path: Path) -> None:
    runs, results = runs_of(tmp_path / "runs", *(f"cell{number}" for number in range(20))), tmp_path / "results"
    code = "import sys; from pathlib import Path; from rnnbench.records.store import collect\n"
    code += "collect([Path(sys.argv[1])], Path(sys.argv[2]))"
    both = [subprocess.Popen([sys.executable, "-c", code, runs, results]) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert len(store_of(results).read_text().splitlines()) == 20

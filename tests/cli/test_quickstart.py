"""`rnnbench quickstart` sweeps, prints the leaderboard, and draws what has run here."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from rnnbench.records.record import write
from rnnbench.records.store import collect
from tests.cli.test_run import SMALL, Done, records, rnnbench
from tests.made_up import make_record

WORDS = ["quickstart", *SMALL, "cell=bow,gru"]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose store holds the record of another machine."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / "theirs").mkdir()
    write(folder / "theirs" / "record.json", make_record("lstm", suite="quickstart", machine="tower"))
    collect([folder / "theirs"], folder / "results")
    return folder


@pytest.fixture(scope="module")
def done(clone: Path, shared_cache: Path) -> Done:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNBENCH_CACHE", str(shared_cache))
        return rnnbench(*WORDS, cwd=clone)


def test_the_leaderboard_is_printed_and_written(done: Done, clone: Path) -> None:
    assert done.returncode == 0, done.stderr
    assert [record["suite"] for record in records(clone)] == ["quickstart", "quickstart"]
    assert done.stdout.count("quickstart: bites") == 2
    assert len(list((clone / "results" / "records" / "quickstart").glob("*.jsonl"))) == 2
    assert "| 1 | lstm | 90.0" in (clone / "results" / "leaderboards" / "quickstart.md").read_text()


def test_the_runs_are_drawn_without_those_of_other_machines(done: Done, clone: Path) -> None:
    assert done.stdout.endswith("drew runs/quickstart.svg\n")
    drawn = (clone / "runs" / "quickstart.svg").read_text()
    assert drawn.count("bites: test accuracy (%)</text>") == 1
    assert ">gru</text>" in drawn
    assert ">lstm</text>" not in drawn


def test_without_matplotlib_nothing_is_drawn(
    done: Done, clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert done.returncode == 0
    copy = shutil.copytree(clone, tmp_path / "copy")
    (copy / "runs" / "quickstart.svg").unlink()
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    again = rnnbench(*WORDS, cwd=copy)
    assert again.returncode == 0
    assert again.stdout.count("quickstart: bites") == 2
    assert "drew" not in again.stdout
    assert not (copy / "runs" / "quickstart.svg").exists()


def test_where_every_run_failed_nothing_is_drawn_and_the_code_is_the_sweeps(tmp_path: Path) -> None:
    done = rnnbench("quickstart", *SMALL, "cell=bow", "training.max_length=1", cwd=tmp_path)
    assert done.returncode == 1
    assert "training.max_length=1" in done.stdout + done.stderr
    assert "drew" not in done.stdout

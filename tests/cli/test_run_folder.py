"""What a word on the command line means, and what is said of a folder that is no run, or one that has not ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnbench.cli.main import command
from rnnbench.cli.run_folder import find_run
from rnnbench.contracts import UsageError
from rnnbench.records.attempt import RunFolder


@pytest.mark.parametrize("words", [["show"], ["show", "--errors"], ["predict"]])
def test_a_folder_that_is_no_run_is_called_so(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(UsageError, match="is no run of rnnbench: it has no record"):
        command([words[0], str(tmp_path), *words[1:]])


@pytest.mark.parametrize("verb", ["show", "predict", "translate"])
def test_a_run_that_was_interrupted_is_called_so_with_what_goes_on_with_it(verb: str, tmp_path: Path) -> None:
    RunFolder(tmp_path).start_attempt()
    with pytest.raises(UsageError, match="the run was interrupted, or is running still; its command goes on with it"):
        command([verb, str(tmp_path)])


def test_a_run_is_found_although_a_folder_here_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    RunFolder(tmp_path / "runs" / "gru-s1-abc").start_attempt()
    (tmp_path / "abc").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_run("abc") == Path("runs/gru-s1-abc")

"""`rnnbench board` shows what was asked for, or says what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnbench.cli.main import command
from rnnbench.contracts import UsageError
from rnnbench.records.record import write
from tests.made_up import make_record


@pytest.fixture
def runs(tmp_path: Path) -> str:
    for cell, suite, machine in (("gru", "demo", "box"), ("lstm", "demo", "tower"), ("rnn", "other", "box")):
        (tmp_path / cell).mkdir()
        write(tmp_path / cell / "record.json", make_record(cell, suite=suite, machine=machine))
    return str(tmp_path)


@pytest.mark.parametrize(
    ("words", "cells"),
    [
        ([], {"gru", "lstm", "rnn"}),
        (["--suite", "demo"], {"gru", "lstm"}),
        (["--testbed", "box"], {"gru", "rnn"}),
        (["--suite", "demo", "--testbed", "tower"], {"lstm"}),
    ],
)
def test_records_are_chosen(
    words: list[str], cells: set[str], runs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command(["board", "--from", runs, *words, "--write", str(tmp_path / "out")])
    written = "".join(path.read_text() for path in (tmp_path / "out").glob("*.csv"))
    assert {cell for cell in ("gru", "lstm", "rnn") if f",{cell}," in written} == cells


def test_what_no_record_has_is_told_with_what_there_is(runs: str) -> None:
    with pytest.raises(
        UsageError, match=r"--testbed towre: no record has it\. Did you mean tower.*There are: box, tower"
    ):
        command(["board", "--from", runs, "--testbed", "towre"])
    with pytest.raises(UsageError, match=r"--testbed tower: no record has it\..*There are: box"):
        command(["board", "--from", runs, "--suite", "other", "--testbed", "tower"])


def test_a_picture_is_drawn_into_a_folder_that_is_made(runs: str, tmp_path: Path) -> None:
    command(["board", "--from", runs, "--picture", str(tmp_path / "new" / "board.svg")])
    assert "gru" in (tmp_path / "new" / "board.svg").read_text()


def test_a_picture_of_no_known_kind_is_refused_before_anything_is_read(
    runs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rnnbench.cli.board.show", lambda *arguments: pytest.fail("it was read"))
    with pytest.raises(UsageError, match=r"board\.xyz: a picture's name ends in"):
        command(["board", "--from", runs, "--picture", "board.xyz"])

"""On a terminal of any width a table shows whole numbers, and names the columns that it has no room for."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

import pytest

from rnnbench.records.record import Record
from rnnbench.report.board import Board, boards
from rnnbench.report.layout import broken
from rnnbench.report.table import cells, header
from rnnbench.report.terminal import print_boards, print_throughput
from rnnbench.report.throughput import HEADER
from tests.made_up import make_language_model, make_record, make_speed


def _board(metrics: int, *, long: bool = False) -> Board:
    """Return a board of 1, 2 or 4 metrics, with four rows; their names are short or `long`."""
    made = [_record(cell, metrics, size) for cell in ("gru", "lstm") for size in ((8, 16) if long else (8,))]
    (board,) = boards(made)
    return board


def _record(cell: str, metrics: int, size: int) -> Record:
    if metrics == 4:
        return make_language_model("char", 5e-3 * size * len(cell), 1.9, cell=cell, hidden_size=size)
    record = make_record(cell, hidden_size=size)
    return dataclasses.replace(
        record, metrics=[dataclasses.replace(record.metrics[0], name=name) for name in ("accuracy", "f1")[:metrics]]
    )


class Printed:
    """What is printed of a board in a width, or in a pipe."""

    def __init__(self, board: Board, capsys: pytest.CaptureFixture[str]) -> None:
        print_boards([board])
        self.lines = capsys.readouterr().out.splitlines()
        found = re.search("left out for want of room: (.*); a wider", " ".join(" ".join(self.lines).split()))
        self.left_out = found.group(1).split(", ") if found else []

    def rows(self) -> Iterator[list[str]]:
        """Yield the lines of each row."""
        row: list[str] = []
        begin = next(number for number, line in enumerate(self.lines) if line.startswith("rank"))
        for line in self.lines[begin + 1 :]:
            if row and line[:4].strip():
                yield row
                row = []
            if not line.strip() or line.startswith("left"):
                break
            row.append(line)
        if row:
            yield row


@pytest.mark.parametrize("width", [80, 100, 120, 150, 200])
@pytest.mark.parametrize("metrics", [1, 2, 4])
@pytest.mark.parametrize("long", [False, True], ids=["short", "long"])
def test_numbers_are_whole_and_what_is_left_out_is_named(
    metrics: int, width: int, long: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    board = _board(metrics, long=long)
    printed = Printed(board, capsys)
    assert max(map(len, printed.lines)) <= width
    # Neither a score nor what says which row it is.
    assert set(printed.left_out) <= set(header(board)[2 + metrics :])
    for row, lines in zip(board.rows, printed.rows(), strict=True):
        shown = {
            name: word
            for name, word in zip(header(board), cells(board, row), strict=True)
            if name not in printed.left_out
        }
        rank, name = shown.pop("rank"), shown.pop("cell")
        words, numbers = lines[0].split(), " ".join(shown.values()).split()
        assert words[0] == rank
        assert words[-len(numbers) :] == numbers
        assert "".join([*words[1 : -len(numbers)], *" ".join(lines[1:]).split()]) == name.replace(" ", "")


def test_the_columns_of_least_use_are_left_out_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    left_out = []
    for width in (130, 100, 80, 58, 35, 20):
        monkeypatch.setenv("COLUMNS", str(width))
        left_out.append(Printed(_board(2), capsys).left_out)
    rates = ["train tokens/s", "inference tokens/s", "train / rnn", "inference / rnn"]
    assert left_out == [
        [],
        # No run of the reference cell, so that there are no ratios.
        ["inference / rnn"],
        ["inference tokens/s", *rates[2:], "backend"],
        ["state bytes", *rates, "backend"],
        ["parameters", "state bytes", *rates, "seeds", "backend"],
        ["f1", "parameters", "state bytes", *rates, "seeds", "backend"],
    ]


def test_a_pipe_has_no_width(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    board = _board(4, long=True)
    printed = Printed(board, capsys)
    assert not printed.left_out
    assert [" ".join(line.split()) for (line,) in printed.rows()] == [" ".join(cells(board, row)) for row in board.rows]


def test_rows_of_throughput_are_whole(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_throughput([make_speed(), make_speed(T=128)])
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 80
    assert re.search(r"gru +train +32x64x256 +1 +fused +123 .* 1\.25\n", said)
    left_out = " ".join(said.partition("left out for want of room: ")[2].split())
    assert f"{HEADER[-1]}; a wider terminal, a pipe (| less -S) or --json shows all" in left_out


def test_names_are_broken_between_words_and_then_after_signs() -> None:
    assert broken("gru model.size=8 head.tied=True", 16) == "gru model.size=8\nhead.tied=True"
    assert broken("gru tokenizer=sentencepiece", 14) == "gru\ntokenizer=\nsentencepiece"
    assert broken("gru", 2) == "gru"


def test_what_looks_like_markup_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print_boards([dataclasses.replace(_board(1), suite="[red]", machine="[bold]")])
    said = capsys.readouterr().out
    assert "[red]" in said
    assert "[bold]" in said

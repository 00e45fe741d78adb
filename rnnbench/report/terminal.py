"""Boards and tables on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rnnbench.records.throughput import Row
from rnnbench.report import throughput, throughput_means
from rnnbench.report.board import Board
from rnnbench.report.layout import Layout, Table, broken, fit
from rnnbench.report.table import caption, cells, endings, footnotes, header
from rnnbench.report.width import line_width

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable


def print_boards(boards: Sequence[Board]) -> None:
    """Print all boards to standard output."""
    console = _console()
    for board in boards:
        console.print()
        console.print(board.title, style="bold", markup=False, highlight=False)
        console.print(caption(board), style="dim", markup=False, highlight=False)
        if board.rows:
            _print_grid(console, _table(board), also="--write")
        for line in footnotes(board):
            console.print(line, style="dim", markup=False, highlight=False)
        for line in endings(board):
            console.print(f"  {line}", style="red", markup=False, highlight=False)


def print_throughput(rows: Sequence[Row]) -> None:
    """Print rows of throughput to standard output, and beneath them why others have no speed."""
    console = _console()
    lines = [throughput.cells(row) for row in rows if row.status == "ok"]
    if lines:
        speeds = Table(throughput.HEADER, lines, "cell", throughput.WORDS, throughput.KEEP, last=("x torch",))
        _print_grid(console, speeds, also="--json")
        for line in throughput.NOTE:
            console.print(line, style="dim", highlight=False)
    over_shapes = [throughput_means.cells(mean) for mean in throughput_means.means(rows)]
    if over_shapes:
        console.print()
        ratios = Table(throughput_means.HEADER, over_shapes, "cell", throughput_means.WORDS, throughput_means.KEEP)
        _print_grid(console, ratios, also="--json")
        for line in throughput_means.NOTE:
            console.print(line, style="dim", highlight=False)
    for line in throughput.endings(rows):
        console.print(line, style="red", markup=False, highlight=False)


def _table(board: Board) -> Table:
    scores = [column.name for column in board.columns]
    return Table(
        head=header(board),
        lines=[cells(board, row) for row in board.rows],
        name="cell",
        words=("cell", "backend"),
        keep=("rank", "cell", *scores[:1]),
        last=(*scores[1:], "seeds"),
    )


def _console() -> Console:
    from rich.console import Console

    # A table that is cut tells less than a long line.
    return Console(file=sys.stdout, width=line_width())


def _print_grid(console: Console, table: Table, also: str) -> None:
    """Print what the console's width has room for, and beneath it which columns are left out and how to see them.

    `also` is the option of the command that gives all numbers in another form.
    """
    layout = fit(table, console.width)
    _wide_enough(console, layout.width).print(_grid(table, layout))
    left_out = ", ".join(name for place, name in enumerate(table.head) if place not in layout.places)
    if left_out:
        said = f"left out for want of room: {left_out}; a wider terminal, a pipe (| less -S) or {also} shows all"
        console.print(said, style="dim", markup=False, highlight=False)


def _grid(table: Table, layout: Layout) -> RichTable:
    from rich.table import Table as RichTable
    from rich.text import Text

    grid = RichTable(box=None, pad_edge=False)
    for place in layout.places:
        name, width = table.head[place], layout.widths[place]
        grid.add_column(
            Text(broken(name, width)),
            justify="left" if name in table.words else "right",
            width=width,
            overflow="fold",
        )
    for line in table.lines:
        grid.add_row(*(Text(broken(line[place], layout.widths[place])) for place in layout.places))
    return grid


def _wide_enough(console: Console, width: int) -> Console:
    """Return a console on which rich cuts no line of `width`; a terminal goes on in its next line."""
    from rich.console import Console

    return console if console.width >= width else Console(file=console.file, width=width)

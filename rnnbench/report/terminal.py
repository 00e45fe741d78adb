"""Boards and tables on a terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from rnnbench.records.throughput import Row
from rnnbench.report import throughput, throughput_means
from rnnbench.report.board import Board
from rnnbench.report.table import caption, cells, endings, footnotes, header

if TYPE_CHECKING:
    from rich.console import Console

_WIDE = 150


def print_boards(boards: Sequence[Board]) -> None:
    """Print all boards to standard output."""
    console = _console()
    for board in boards:
        console.print(f"\n[bold]{board.title}[/bold]")
        console.print(caption(board), style="dim", highlight=False)
        if board.rows:
            _print_grid(console, header(board), (cells(board, row) for row in board.rows), left=("cell", "backend"))
        for line in footnotes(board):
            console.print(line, style="dim", highlight=False)
        for line in endings(board):
            console.print(f"  {line}", style="red", markup=False, highlight=False)


def print_throughput(rows: Sequence[Row]) -> None:
    """Print rows of throughput to standard output, and beneath them why others have no speed."""
    console = _console()
    lines = [throughput.cells(row) for row in rows if row.status == "ok"]
    if lines:
        _print_grid(console, throughput.HEADER, lines, left=throughput.WORDS)
        for line in throughput.NOTE:
            console.print(line, style="dim", highlight=False)
    over_shapes = [throughput_means.cells(mean) for mean in throughput_means.means(rows)]
    if over_shapes:
        console.print()
        _print_grid(console, throughput_means.HEADER, over_shapes, left=throughput_means.WORDS)
        for line in throughput_means.NOTE:
            console.print(line, style="dim", highlight=False)
    for line in throughput.endings(rows):
        console.print(line, style="red", markup=False, highlight=False)


def _console() -> Console:
    from rich.console import Console

    # A pipe has no width of its own, and a table that is cut tells less than a long line.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDE
    return Console(file=sys.stdout, width=width)


def _print_grid(console: Console, head: Sequence[str], lines: Iterable[Sequence[str]], left: Collection[str]) -> None:
    """Print a table whose columns `left` hold words, the others numbers."""
    from rich.table import Table

    grid = Table(box=None, pad_edge=False)
    for name in head:
        # A cell's name can be long; what tells it from another must not be cut off.
        justify: Literal["left", "right"] = "left" if name in left else "right"
        grid.add_column(name, justify=justify, no_wrap=name != "cell", overflow="fold")
    for line in lines:
        grid.add_row(*line)
    console.print(grid)

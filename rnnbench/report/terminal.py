"""Boards on a terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

from rnnbench.report.board import Board
from rnnbench.report.table import caption, cells, endings, header

_WIDE = 150


def print_boards(boards: Sequence[Board]) -> None:
    """Print all boards to standard output."""
    from rich.console import Console
    from rich.table import Table

    # A pipe has no width of its own, and a table that is cut tells less than a long line.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDE
    console = Console(file=sys.stdout, width=width)
    for board in boards:
        console.print(f"\n[bold]{board.title}[/bold]")
        console.print(caption(board), style="dim", highlight=False)
        if board.rows:
            grid = Table(box=None, pad_edge=False)
            for name in header(board):
                grid.add_column(
                    name, justify="left" if name in ("cell", "backend") else "right", no_wrap=name != "cell"
                )
            for row in board.rows:
                grid.add_row(*cells(board, row))
            console.print(grid)
        for line in endings(board):
            console.print(f"  {line}", style="red", markup=False, highlight=False)

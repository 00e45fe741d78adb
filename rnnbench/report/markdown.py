"""Boards as Markdown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from rnnbench.report.board import Board
from rnnbench.report.table import caption, cells, endings, footnotes, header

NOTE = (
    "Scores are percent where the metric is a fraction: the mean over seeds ± half of its 95 % interval (over test "
    "examples where there is one seed). Equal printed scores share a rank."
)


def render(boards: Sequence[Board]) -> str:
    """Return all boards as one document; the same records give the same bytes."""
    return "\n".join([NOTE, "", *(_section(board) for board in boards)])


def table(board: Board) -> str:
    """Return one board's rows as a table, and beneath it what its marks mean."""
    rows = grid(header(board), (cells(board, row) for row in board.rows), left=("cell", "backend"))
    return "\n\n".join([rows, *footnotes(board)])


def grid(head: Sequence[str], lines: Iterable[Sequence[str]], left: Collection[str]) -> str:
    """Return a table whose columns `left` hold words, the others numbers."""
    align = ["---" if name in left else "---:" for name in head]
    return "\n".join(
        f"| {' | '.join(word.replace('|', chr(92) + '|') for word in line)} |" for line in (head, align, *lines)
    )


def _section(board: Board) -> str:
    shared = ", ".join(f"{key}={value}" for key, value in board.shared.items())
    lines = [f"## {board.title}", "", caption(board), ""]
    if board.rows:
        lines += [table(board), ""]
    if board.unfinished:
        lines += ["Did not finish:", "", *(f"* {line}" for line in endings(board)), ""]
    return "\n".join([*lines, f"<details><summary>settings</summary>{shared}</details>", ""])

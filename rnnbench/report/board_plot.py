"""A picture of boards: each cell's score, data set by data set, with its interval and what a constant answer scores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rnnbench.contracts import UsageError
from rnnbench.report.board import Board, Column, Row, Value
from rnnbench.report.figure import figure

_BAR = "#4878a8"
_CHANCE = "#b04a3a"
_INCHES = (4.2, 2.6)


def draw_boards(boards: Sequence[Board], path: Path) -> None:
    """Write the picture; the same boards give the same bytes.

    Raises what `figure` does, and `UsageError` where no run has a score.
    """
    shown = [board for board in boards if _scored(board)]
    if not shown:
        raise UsageError(f"{path}: no run has a test score, so that there is nothing to draw.")
    several = len({board.testbed for board in shown}) > 1
    with figure(path, len(shown), _INCHES) as axes:
        for axis, board in zip(axes, shown, strict=True):
            _draw_board(axis, board, board.machine if several else "")


def _draw_board(axis: object, board: Board, machine: str) -> None:
    from matplotlib.axes import Axes

    assert isinstance(axis, Axes)
    column = board.columns[0]
    scale = 100 if column.unit == "fraction" else 1
    rows = [(_label(row, column), row.metrics[column.name]) for row in reversed(_scored(board))]
    means = [scale * value.mean for _, value in rows]
    axis.barh(
        [name for name, _ in rows], means, color=_BAR, xerr=_errors([value for _, value in rows], scale), height=0.65
    )
    for place, mean in enumerate(means):
        axis.text(1, place, f"{mean:.1f}", color="white", va="center")
    if board.majority is not None and column.name == "accuracy":
        axis.axvline(scale * board.majority, color=_CHANCE, linestyle="--", linewidth=1)
    if scale == 100:
        axis.set_xlim(0, 100)
    title = f"{board.dataset}: test {column.name}{' (%)' if scale == 100 else ''}"
    axis.set_title(f"{title}\n{machine}" if machine else title, fontsize=10)
    axis.spines[["top", "right"]].set_visible(False)


def _scored(board: Board) -> list[Row]:
    """Return the rows that have the metric by which the board is ranked."""
    return [row for row in board.rows if board.columns and board.columns[0].name in row.metrics]


def _label(row: Row, column: Column) -> str:
    return f"{row.name} (not comparable)" if column.name in row.incomparable else row.name


def _errors(values: Sequence[Value], scale: float) -> list[list[float]]:
    """Return how far the intervals reach to both sides, as matplotlib wants it."""
    low = [scale * max(0.0, value.mean - (value.mean if value.low is None else value.low)) for value in values]
    high = [scale * max(0.0, (value.mean if value.high is None else value.high) - value.mean) for value in values]
    return [low, high]

"""A board as rows of strings, from which every form of it is made: Markdown, CSV, the terminal."""

from __future__ import annotations

from rnnbench.report.board import Board, Column, Row, Value

_SMALL = 0.01
"""A number nearer to zero is written with its power of ten."""

_MARK = "†"


def header(board: Board) -> list[str]:
    """Return the names of the columns."""
    return [
        "rank",
        "cell",
        *(column.name for column in board.columns),
        "parameters",
        "state bytes",
        "train tokens/s",
        "inference tokens/s",
        f"train / {board.reference}",
        f"inference / {board.reference}",
        "seeds",
        "backend",
    ]


def cells(board: Board, row: Row) -> list[str]:
    """Return one row in the order of `header`."""
    speeds = [row.speed.get(direction) for direction in ("train", "inference")]
    return [
        str(row.rank or "-"),
        row.name,
        *(_marked(row, column) for column in board.columns),
        f"{row.parameters:,}",
        f"{row.state_bytes:,}",
        *(f"{speed.tokens_per_second:,.0f}" if speed else "-" for speed in speeds),
        *(f"{speed.ratio:.2f}" if speed and speed.ratio else "-" for speed in speeds),
        str(len(row.seeds)),
        row.backend,
    ]


def _marked(row: Row, column: Column) -> str:
    shown = score(column, row.metrics.get(column.name))
    return f"{shown} {_MARK}" if column.name in row.incomparable else shown


def score(column: Column, value: Value | None) -> str:
    """Return a score with the half width of its interval; fractions times 100."""
    if value is None:
        return "-"
    shown = number(column, value.mean)
    if value.low is None or value.high is None:
        return shown
    return f"{shown} ± {number(column, (value.high - value.low) / 2)}"


def number(column: Column, value: float) -> str:
    """Return a number as its unit is read: fractions times 100, what is small with its power of ten."""
    if column.unit == "fraction":
        return f"{100 * value:.1f}"
    if column.unit == "percent":
        return f"{value:.1f}"
    return f"{value:.3f}" if abs(value) >= _SMALL or not value else f"{value:.1e}"


def caption(board: Board) -> str:
    """Return what the rows have in common, in one line."""
    parts = [f"{board.task}, data {board.data_sha256 or 'unknown'}", board.machine, f"testbed {board.testbed}"]
    if board.majority is not None:
        parts.append(f"most frequent class {100 * board.majority:.1f} % accuracy")
    if board.floor is not None and board.columns:
        parts.append(f"best without a memory: {board.columns[0].name} {number(board.columns[0], board.floor)}")
    if board.across_tokenizers:
        parts.append(f"ranked by {board.columns[0].name}, since tokenizers differ")
    return "; ".join(parts)


def footnotes(board: Board) -> list[str]:
    """Return what the marks of the board's scores mean."""
    marked = {name for row in board.rows for name in row.incomparable}
    directions = {column.higher_is_better for column in board.columns if column.name in marked}
    rank = ", and without a rank" if board.across_tokenizers else ""
    notes = {
        False: f"too low to compare with other tokenizers{rank}: the row's own loses unknown words or white space",
        True: "does not compare with scores of plain text: the references look tokenized",
    }
    return [f"{_MARK} {notes[direction]}" for direction in sorted(directions)]


def endings(board: Board) -> list[str]:
    """Return a line for every run that gave no result."""
    return [f"{end.name}, seed {end.seed}: {end.status}: {end.reason}" for end in board.unfinished]

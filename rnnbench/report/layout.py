"""The layout of a table on a terminal: every column that is shown is shown whole, and the others are named."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len

_GAP = 2
"""Blanks between columns."""
_NAME = 32
"""Width down to which names are broken before a column is left out; their longest word counts, too."""
_LEAST_NAME = 8
"""The same, before one of the last columns is left out."""
_NOTHING = "-"


@dataclass(frozen=True)
class Table:
    """Rows of strings, and what each column is worth."""

    head: Sequence[str]
    lines: Sequence[Sequence[str]]
    """One at least."""
    name: str
    """The column whose words can be broken."""
    words: Collection[str]
    """Columns that hold words; the others hold numbers."""
    keep: Collection[str]
    """Columns that are never left out: those that say which row it is, and a number."""
    last: Sequence[str] = ()
    """Columns that are left out after all others, from the end."""


@dataclass(frozen=True)
class Layout:
    """The places of the columns that are shown, and the width of each column of the table."""

    places: Sequence[int]
    widths: Sequence[int]

    @property
    def width(self) -> int:
        """Of a line."""
        return sum(self.widths[place] for place in self.places) + _GAP * (len(self.places) - 1)


def fit(table: Table, width: int) -> Layout:
    """Return how the table is shown in `width`, or in more where the columns to keep need more.

    Headers are broken before columns are left out, and columns are left out before names are hard to read.
    """
    contents = [max(map(cell_len, column)) for column in zip(*table.lines, strict=True)]
    heads = [cell_len(name) for name in table.head]
    whole = Layout(range(len(heads)), [max(pair) for pair in zip(heads, contents, strict=True)])
    if whole.width <= width:
        return whole
    heads = [max(map(cell_len, re.split(r" |(?<=_)", name))) for name in table.head]
    found = Layout(whole.places, [max(pair) for pair in zip(heads, contents, strict=True)])
    for place in _leaving(table):
        if _narrowed(found, table, width, last=table.head[place] in table.last).width <= width:
            break
        found = replace(found, places=[other for other in found.places if other != place])
    return _narrowed(found, table, width, last=True)


def broken(text: str, width: int) -> str:
    """Return the text in lines of `width`, broken between words, and within a word that is longer after a sign."""
    lines: list[str] = []
    for word in text.split(" "):
        long = cell_len(word) > width
        for number, piece in enumerate(re.split(r"(?<=[_=./])", word) if long else [word]):
            joined = lines[-1] + " " * (number == 0) + piece if lines else piece
            if cell_len(joined) <= width and lines and not (long and number == 0):
                lines[-1] = joined
            else:
                lines.append(piece)
    return "\n".join(lines)


def _narrowed(layout: Layout, table: Table, width: int, *, last: bool) -> Layout:
    """Return the layout with as much less room for names as it takes to come down to `width`, and as they can bear."""
    place = table.head.index(table.name)
    longest = max(cell_len(word) for line in table.lines for word in line[place].split(" "))
    least = _LEAST_NAME if last else max(_NAME, longest)
    natural = layout.widths[place]
    widths = [*layout.widths]
    widths[place] = min(natural, max(least, natural - (layout.width - width)))
    return replace(layout, widths=widths)


def _leaving(table: Table) -> Iterator[int]:
    """Yield the places of columns in the order in which they are left out: first those without a value."""
    others = [place for place, name in enumerate(table.head) if name not in (*table.keep, *table.last)][::-1]
    without = [place for place in others if all(line[place] == _NOTHING for line in table.lines)]
    yield from without
    yield from (place for place in others if place not in without)
    yield from (table.head.index(name) for name in reversed(table.last))

"""Plain text on a terminal: aligned columns, cut to its width, whatever the width of a character."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from itertools import compress

from rich.cells import cell_len, set_cell_size

from rnnbench.report.paragraph import wrap

_GAP = "  "
_CUT = "…"


def plain(text: object) -> str:
    """Return a text as one line: white space of any kind as single spaces, what no terminal should get as its code."""
    line = " ".join(str(text).split())
    return "".join(f"\\x{ord(c):02x}" if unicodedata.category(c) in ("Cc", "Cs") else c for c in line)


def cut(text: str, width: int) -> str:
    """Return a line that is at most `width` cells wide, ending in … if it was longer."""
    if cell_len(text) <= width:
        return text
    return (set_cell_size(text, width - 1).rstrip() + _CUT) if width > 0 else ""


def wrapped(text: str, width: int, lines: int) -> list[str]:
    """Return a text in at most so many lines, broken between words where that is possible; the last may end in …."""
    found = wrap(text, width, 0)
    return found if len(found) <= lines else [*found[: lines - 1], cut(f"{found[lines - 1]} …", width)]


def table(align: str, header: Sequence[str], rows: Iterable[Sequence[object]], width: int) -> list[str]:
    """Return lines of aligned columns: `align` has an l or r for each, as in LaTeX.

    A column whose cells are all empty is left out, and where a line would be wider than `width`, the widest columns are
    cut.
    """
    body = [[plain(cell) for cell in row] for row in rows]
    filled = [any(cells) for cells in zip(*body, strict=True)]
    lines = [list(compress(line, filled)) for line in [header, *body]]
    align = "".join(compress(align, filled))
    widths = [max(map(cell_len, cells)) for cells in zip(*lines, strict=True)]
    while sum(widths) + len(_GAP) * (len(widths) - 1) > width and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    padded = (_GAP.join(_padded(*cell) for cell in zip(line, widths, align, strict=True)).rstrip() for line in lines)
    return [cut(line, width) for line in padded]


def aligned(words: Sequence[Sequence[str]], names: Sequence[str], width: int) -> list[str]:
    """Return rows of words that stand below each other, each row after its name, broken into blocks of the width."""
    margin = max(map(len, names)) + len(_GAP)
    room = max(1, width - margin)
    columns = [[cut(plain(word), room) for word in column] for column in zip(*words, strict=True)]
    blocks: list[list[list[str]]] = [[]]
    used = 0
    for column in columns:
        size = max(map(cell_len, column))
        if blocks[-1] and used + size > room:
            blocks.append([])
            used = 0
        blocks[-1].append([_padded(word, size, "l") for word in column])
        used += size + len(_GAP)
    return [
        cut(f"{name:<{margin}}{_GAP.join(cells)}".rstrip(), width)
        for block in blocks
        for name, cells in zip(names, zip(*block, strict=True), strict=False)
    ]


def _padded(text: str, width: int, how: str) -> str:
    text = cut(text, width)
    space = " " * (width - cell_len(text))
    return space + text if how == "r" else text + space

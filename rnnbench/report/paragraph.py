"""Lines of words on a terminal: broken at its width, with a hanging indent."""

from __future__ import annotations

import re

from rich.cells import cell_len, set_cell_size

LABEL = 11
"""Cells of the name that stands before a line's content, and of the space after it."""
_INDENT = 2
# A number stays with its unit.
_SPACE = re.compile(r"(?<=\S) +(?!%)")
_SIGN = re.compile(r"(?<=[/|,=_:])")


def wrap(line: str, width: int, indent: int = _INDENT) -> list[str]:
    """Return a line in as many as `width` cells ask for, those after the first indented.

    It is broken between words; within a word that is longer than a line after a sign, or anywhere.
    """
    found: list[str] = []
    margin, rest = "", line
    indent = min(indent, width // 3)
    while cell_len(rest) > max(1, width - len(margin)):
        # A line of nothing but its label tells nothing.
        head = _head(rest, max(1, width - len(margin)), 0 if found else indent)
        found.append(margin + head)
        rest = rest[len(head) :].lstrip()
        margin = " " * indent
    return [*found, margin + rest] if rest or not found else found


def _head(text: str, width: int, least: int) -> str:
    """Return what of the beginning of a text stands in a line, more than `least` characters if it can be."""
    whole = set_cell_size(text, width).rstrip() or text[:1]
    for pattern in (_SPACE, _SIGN):
        ends = [match.start() for match in pattern.finditer(text, 0, len(whole) + 2)]
        if fitting := [end for end in ends if least < end <= len(whole)]:
            return text[: fitting[-1]]
    return whole

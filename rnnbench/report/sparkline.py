"""A curve in one line of text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

from rnnbench.report.paragraph import LABEL

_BLOCKS = "▁▂▃▄▅▆▇█"
_GAP = "  "
_LEAST = 20
"""Blocks: a curve that had room for fewer beside its ends has a line for itself."""

Values = Sequence[float | None]


def sparkline(name: str, values: Values, width: int) -> list[str]:
    """Return a curve after its name and before its ends, one block a value; its ends stand below it for want of room.

    Where a line of `width` has no room for a block a value, each is the mean of several, and the ends say of how many.
    """
    whole = f"{name}{_drawn(values)}{_GAP}{_ends(values, 1)}"
    if len(whole) <= width:
        return [whole]
    room = width - len(name)
    beside = room - len(_GAP) - len(_ends(values, len(values)))
    size = math.ceil(len(values) / max(1, beside if beside >= _LEAST else room))
    shown, ends = name + _drawn(_means(values, size)), _ends(values, size)
    return [shown + _GAP + ends] if beside >= _LEAST else [shown, " " * LABEL + ends]


def _ends(values: Values, size: int) -> str:
    """Return the first and the last value, and how many there are; one block shows `size` of them."""
    first, last = ("not finite" if value is None else f"{value:.4f}" for value in (values[0], values[-1]))
    return f"{first} to {last} in {len(values)} epochs{f', a block the mean of {size}' if size > 1 else ''}"


def _means(values: Values, size: int) -> list[float | None]:
    """Return the mean of every `size` values, None where one of them is."""
    groups = (values[start : start + size] for start in range(0, len(values), size))
    return [None if None in group else fmean(value for value in group if value is not None) for group in groups]


def _drawn(values: Values) -> str:
    """Return one block a value, from the lowest to the highest of them; a gap where a value is not finite."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, span = min(known), max(known) - min(known)
    return "".join(
        " " if value is None else _BLOCKS[int((value - low) / span * (len(_BLOCKS) - 1)) if span else 0]
        for value in values
    )

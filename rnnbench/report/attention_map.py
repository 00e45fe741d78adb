"""A heat map of attention: where a head that writes looks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from rnnbench.report.figure import figure

_WORD = 0.32
"""Inches of a word's row or column."""
_LONGEST = 40.0
"""Inches that a picture may reach; rows and columns of a longer one are narrower."""


def draw_attention(words_in: Sequence[str], words_out: Sequence[str], weights: ArrayLike, path: Path) -> None:
    """Write a heat map: how much each word that was written (down) looked at each that was read (across).

    `weights` (words out, words in) are at most 1. Raises `ValueError` where they are not as many as the words,
    `UsageError` for a name of no kind of picture and where matplotlib is not installed, and `DataError` where the file
    cannot be written.
    """
    table = np.asarray(weights, dtype=float)
    if table.shape != (len(words_out), len(words_in)):
        raise ValueError(
            f"weights of shape {table.shape} do not fit {len(words_out)} words that look at {len(words_in)}"
        )
    width, height = (min(_LONGEST, 1.5 + _WORD * len(words)) for words in (words_in, words_out))
    with figure(path, 1, (width, height), texts=[*words_in, *words_out]) as (axis,):
        axis.imshow(table, cmap="Greys", vmin=0, vmax=1, aspect="auto")
        # A dollar sign is one, and no formula.
        axis.set_xticks(range(len(words_in)), words_in, rotation=90, fontsize=9, parse_math=False)
        axis.set_yticks(range(len(words_out)), words_out, fontsize=9, parse_math=False)
        axis.xaxis.tick_top()

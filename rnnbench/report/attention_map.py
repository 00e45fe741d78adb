"""A heat map of attention: where a head that writes looks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from rnnbench.report.figure import pyplot, save_png
from rnnbench.report.fonts import fonts_for

_WORD = 0.32
"""Inches of a word's row or column."""
_LONGEST = 40.0
"""Inches that a picture may reach; rows and columns of a longer one are narrower."""


def draw_attention(words_in: Sequence[str], words_out: Sequence[str], weights: ArrayLike, path: Path) -> None:
    """Write a heat map as PNG: how much each word that was written (down) looked at each that was read (across).

    `weights` (words out, words in) are at most 1. Raises `ValueError` where they are not as many as the words,
    `UsageError` where matplotlib is not installed, and `DataError` where the file cannot be written.
    """
    plot = pyplot()
    table = np.asarray(weights, dtype=float)
    if table.shape != (len(words_out), len(words_in)):
        raise ValueError(
            f"weights of shape {table.shape} do not fit {len(words_out)} words that look at {len(words_in)}"
        )
    size = [min(_LONGEST, 1.5 + _WORD * len(words)) for words in (words_in, words_out)]
    with plot.rc_context({"font.size": 9, "font.family": fonts_for([*words_in, *words_out])}):
        figure, axis = plot.subplots(figsize=size, layout="constrained")
        axis.imshow(table, cmap="Greys", vmin=0, vmax=1, aspect="auto")
        # A dollar sign is one, and no formula.
        axis.set_xticks(range(len(words_in)), words_in, rotation=90, parse_math=False)
        axis.set_yticks(range(len(words_out)), words_out, parse_math=False)
        axis.xaxis.tick_top()
        save_png(figure, path)

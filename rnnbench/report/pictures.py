"""Pictures of what a writing head does: where it looks, and what it says of images."""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnbench.catalog.files import write_atomically
from rnnbench.pipeline.images import read_image
from rnnbench.report.plot import pyplot

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = 5
_LINE = 26
"""Characters of a line above an image."""
_DPI = 120
_RIGHT = "#2c7a4b"
_WRONG = "#b04a3a"
_UNKNOWN = "#333333"
_WORD = 0.32
"""Inches of a word's row or column."""
_LONGEST = 40.0
"""Inches that a picture may reach; rows and columns of a longer one are narrower."""


def attention(words_in: Sequence[str], words_out: Sequence[str], weights: ArrayLike, path: Path) -> None:
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
    with plot.rc_context({"font.size": 9, "font.family": _fonts([*words_in, *words_out])}):
        figure, axis = plot.subplots(figsize=size, layout="constrained")
        axis.imshow(table, cmap="Greys", vmin=0, vmax=1, aspect="auto")
        # A dollar sign is one, and no formula.
        axis.set_xticks(range(len(words_in)), words_in, rotation=90, parse_math=False)
        axis.set_yticks(range(len(words_out)), words_out, parse_math=False)
        axis.xaxis.tick_top()
        _save(plot, figure, path)


def contact_sheet(
    images: Sequence[bytes], predictions: Sequence[str], targets: Sequence[Sequence[str]], path: Path
) -> None:
    """Write a grid of images as PNG, each below what was said of it and, where that is wrong, the first right answer.

    `images` are files (PNG, JPEG …), `targets` the right answers of each, none where they are not known. Raises
    `ValueError` for no images and for different numbers of the three, `DataError` for an image that cannot be read or
    a file that cannot be written, and `UsageError` where matplotlib is not installed.
    """
    plot = pyplot()
    if not images or not len(images) == len(predictions) == len(targets):
        raise ValueError(f"{len(images)} images, {len(predictions)} predictions, {len(targets)} targets")
    pixels = [_pixels(image, f"image {number}") for number, image in enumerate(images, start=1)]
    columns = min(_COLUMNS, len(images))
    lines = -(-len(images) // columns)
    fonts = _fonts([*predictions, *(answer for answers in targets for answer in answers)])
    with plot.rc_context({"font.size": 8, "font.family": fonts}):
        figure, axes = plot.subplots(
            lines, columns, figsize=(2.2 * columns, 2.6 * lines), squeeze=False, layout="constrained"
        )
        for axis in axes.flat:
            axis.set_axis_off()
        for axis, image, prediction, answers in zip(axes.flat, pixels, predictions, targets, strict=False):
            axis.imshow(image)
            said, colour = [prediction or "(nothing)"], _UNKNOWN
            if answers:
                right = prediction.split() in map(str.split, answers)
                said, colour = (said, _RIGHT) if right else ([*said, f"({answers[0]})"], _WRONG)
            axis.set_title("\n".join(map(_broken, said)), color=colour, fontsize=8, parse_math=False)
        _save(plot, figure, path)


def _broken(text: str) -> str:
    return "\n".join(textwrap.wrap(text, width=_LINE, max_lines=3, placeholder=" …"))


def _pixels(image: bytes, where: str) -> NDArray[np.uint8]:
    """Return an image's colours (height, width, 3)."""
    return np.asarray(read_image(io.BytesIO(image), where).convert("RGB"))


def _fonts(texts: Iterable[str]) -> list[str]:
    """Return the usual font and those installed ones that have what it lacks of the texts' characters."""
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font

    usual = "DejaVu Sans"
    families = [usual]
    missing = {ord(character) for text in texts for character in text if not character.isspace()}
    missing -= FT2Font(font_manager.findfont(usual)).get_charmap().keys()
    for font in font_manager.fontManager.ttflist:
        # matplotlib's font of boxes has a box for everything.
        if not missing or font.name.startswith("Last Resort"):
            continue
        if found := missing & FT2Font(font.fname).get_charmap().keys():
            families.append(font.name)
            missing -= found
    return families


def _save(plot: ModuleType, figure: Figure, path: Path) -> None:
    content = io.BytesIO()
    with warnings.catch_warnings():
        # What no installed font has is drawn as an empty box, which says as much.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(content, format="png", dpi=_DPI)
    plot.close(figure)
    write_atomically(path, content.getvalue())

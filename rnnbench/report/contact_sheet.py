"""A contact sheet: images, and what a head that writes says of them."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rnnbench.pipeline.images import read_image
from rnnbench.report.figure import figure
from rnnbench.statistics.edit_distance import equals_any

_COLUMNS = 5
_INCHES = (2.2, 2.6)
"""Of an image with what is said of it."""
_LINE = 26
"""Characters of a line above an image."""
_RIGHT = "#2c7a4b"
_WRONG = "#b04a3a"
_UNKNOWN = "#333333"


def draw_contact_sheet(
    images: Sequence[bytes], predictions: Sequence[str], targets: Sequence[Sequence[str]], path: Path
) -> None:
    """Write a grid of images, each below what was said of it and, where that is wrong, the first right answer.

    `images` are files (PNG, JPEG …), `targets` the right answers of each, none where they are not known. Raises
    `ValueError` for no images and for different numbers of the three, `DataError` for an image that cannot be read or
    a file that cannot be written, and `UsageError` for a name of no kind of picture and where matplotlib is not
    installed.
    """
    if not images or not len(images) == len(predictions) == len(targets):
        raise ValueError(f"{len(images)} images, {len(predictions)} predictions, {len(targets)} targets")
    pixels = [_pixels(image, f"image {number}") for number, image in enumerate(images, start=1)]
    texts = [*predictions, *(answer for answers in targets for answer in answers)]
    with figure(path, len(images), _INCHES, across=min(_COLUMNS, len(images)), texts=texts) as axes:
        for axis, image, prediction, answers in zip(axes, pixels, predictions, targets, strict=True):
            axis.set_axis_off()
            axis.imshow(image)
            said, colour = [prediction or "(nothing)"], _UNKNOWN
            if answers:
                right = equals_any(prediction, answers)
                said, colour = (said, _RIGHT) if right else ([*said, f"({answers[0]})"], _WRONG)
            axis.set_title("\n".join(map(_broken, said)), color=colour, fontsize=8, parse_math=False)


def _broken(text: str) -> str:
    return "\n".join(textwrap.wrap(text, width=_LINE, max_lines=3, placeholder=" …"))


def _pixels(image: bytes, where: str) -> NDArray[np.uint8]:
    """Return an image's colours (height, width, 3)."""
    return np.asarray(read_image(io.BytesIO(image), where).convert("RGB"))

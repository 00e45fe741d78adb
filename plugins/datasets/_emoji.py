"""Emoji and their names, from the package emoji."""

from __future__ import annotations

import json
from pathlib import Path

from . import _packages

_QUALIFIED = 2
"""The package's status of an emoji in its full form, which lesser forms of it repeat."""

_SKIN_TONES = frozenset("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")

_BASE = str.maketrans("\U0001f468\U0001f469", "\U0001f9d1\U0001f9d1", "".join(_SKIN_TONES) + "\u2640\u2642\ufe0f\u200d")
"""Man and woman become person; skin tones, signs of gender and what only joins or styles are left out."""


def file(language: str) -> Path:
    """Return the file with the names in a language; that of English says which emoji there are, too."""
    suffix = "" if language == "en" else f"_{language}"
    return _packages.folder("emoji", "emoji", "data") / "unicode_codes" / f"emoji{suffix}.json"


def names(language: str, skin_tones: bool) -> dict[str, str]:
    """Return the name of each emoji in a language (CLDR short names), as "waving hand"."""
    emoji = [
        emoji
        for emoji, about in json.loads(file("en").read_bytes()).items()
        if about["status"] == _QUALIFIED and (skin_tones or not _SKIN_TONES & set(emoji))
    ]
    known = json.loads(file(language).read_bytes())
    found = {one: known[one]["en"] if language == "en" else known[one] for one in emoji if one in known}
    return {one: name.strip(":").replace("_", " ") for one, name in found.items()}


def base(emoji: str) -> str:
    """Return what variants of an emoji by skin tone and gender have in common."""
    return emoji.translate(_BASE)

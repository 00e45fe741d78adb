"""What counts as a word when generated text is scored."""

from __future__ import annotations

import re
import unicodedata

UNSPACED = frozenset({"ja", "km", "lo", "my", "th", "yue", "zh"})
"""Languages written without spaces between words (ISO 639 codes); their characters count as words."""


def code(language: str) -> str:
    """Return the language of a tag, e.g. "zh" for zh-Hans-CN."""
    return re.split(r"[-_]", language.lower())[0]


def words(text: str, language: str) -> list[str]:
    """Return the words in lower case without punctuation and symbols."""
    # Not re's \w, which leaves out combining marks and with them the vowel signs of the Indic scripts.
    letters = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text.lower())
    return list(letters.replace(" ", "")) if code(language) in UNSPACED else letters.split()

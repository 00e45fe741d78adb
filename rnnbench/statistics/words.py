"""What counts as a word when generated text is scored."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

UNSPACED = frozenset({"ja", "km", "lo", "my", "th", "yue", "zh"})
"""Languages written without spaces between words (ISO 639 codes); their characters count as words."""

_SHORTER = {
    "bur": "my",
    "chi": "zh",
    "cmn": "zh",
    "cn": "zh",
    "eng": "en",
    "jp": "ja",
    "jpn": "ja",
    "khm": "km",
    "lao": "lo",
    "mya": "my",
    "tha": "th",
    "zho": "zh",
}
"""Other codes of the languages that are scored in a way of their own: those of ISO 639-2 and -3, and of countries."""


def code(language: str) -> str:
    """Return the language of a tag as it is written here, e.g. "zh" for zh-Hans-CN and for cmn."""
    first = re.split(r"[-_]", language.lower())[0]
    return _SHORTER.get(first, first)


def is_code(language: str) -> bool:
    """Return whether a word has the form of a language's code, as fi, yue or zh-Hant, rather than of its name."""
    return re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", language) is not None


OF_TOKENIZED = "with scores of plain text, for a space parts the references' words from their full stops"
"""What a signature says of text that looks tokenized, after the direction in which its score is wrong."""


def look_tokenized(references: Sequence[Sequence[str]]) -> bool:
    """Return whether most full stops that end a reference stand apart, as no language writes them.

    It takes a tenth of all references at least.
    """
    texts = [text for answers in references for text in answers]
    stopped = [text for text in texts if text.endswith((".", "。"))]
    apart = sum(text[-2:-1].isspace() for text in stopped)
    return 2 * apart > len(stopped) and 10 * apart >= len(texts)


def words(text: str, language: str) -> list[str]:
    """Return the words in lower case without punctuation and symbols."""
    # Not re's \w, which leaves out combining marks and with them the vowel signs of the Indic scripts.
    letters = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text.lower())
    return list(letters.replace(" ", "")) if code(language) in UNSPACED else letters.split()

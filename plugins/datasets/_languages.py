"""What the language of a text says about cutting it up."""

from __future__ import annotations

from rnnbench.contracts import UsageError
from rnnbench.statistics.words import UNSPACED, code, is_code


def natural_tokenizer(language: str) -> str:
    """Return "char" for a language without spaces between words, else "word".

    Raises `UsageError` for what is no code of a language.
    """
    if not is_code(language):
        raise UsageError(f"{language} is no code of a language; give one of ISO 639, as en, fi, ja or zh-Hant.")
    return "char" if code(language) in UNSPACED else "word"

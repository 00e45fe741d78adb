"""What the language of a text says about cutting it up."""

from __future__ import annotations

from rnnbench.statistics.words import UNSPACED, code


def natural_tokenizer(language: str) -> str:
    """Return "char" for a language without spaces between words, else "word"."""
    return "char" if code(language) in UNSPACED else "word"

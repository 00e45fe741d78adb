"""A text as one string, for tokenizers that read characters: words are joined by a space."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from rnnbench.contracts import Text

UNKNOWN = "\N{REPLACEMENT CHARACTER}"
"""Stands for what cannot be shown, and for an empty word, which must still cover an id."""


def sentence(text: Text) -> str:
    """Return the text itself, or its words with a space between them."""
    return text if isinstance(text, str) else "".join(spaced(text))


def spaced(words: Sequence[str]) -> list[str]:
    """Return the words, each but the first with the space before it."""
    return [(" " if index else "") + (word or UNKNOWN) for index, word in enumerate(words)]


def spans(lengths: Sequence[int]) -> list[tuple[int, int]]:
    """Return the [start, end) of consecutive parts of these lengths."""
    return list(pairwise(accumulate(lengths, initial=0)))

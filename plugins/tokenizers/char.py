"""The character tokenizer."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from rnnbench.contracts import Text, Tokenizer

from ._sentence import UNKNOWN, sentence, spaced, spans


class Char(Tokenizer):
    """Unicode characters, composed (NFC); a list of words is read with spaces between.

    A character that training did not show is `unk`, and decodes to U+FFFD.
    """

    def __init__(self) -> None:
        self._adopt([])

    def _adopt(self, characters: Sequence[str]) -> None:
        self._pieces = [*self.specials, *characters]
        self._ids = {character: index for index, character in enumerate(characters, len(self.specials))}

    def fit(self, texts: Iterable[Text]) -> None:
        """Learn the characters of the texts, in the order of their code points."""
        seen: set[str] = set()
        for text in texts:
            seen.update(unicodedata.normalize("NFC", sentence(text)))
        self._adopt(sorted(seen - {UNKNOWN}))

    @property
    def vocab_size(self) -> int:
        """The number of characters and special ids."""
        return len(self._pieces)

    def encode(self, text: Text) -> list[int]:
        """Return an id for each character."""
        if not isinstance(text, str):
            return self.align(text)[0]
        return [self._ids.get(character, self.unk_id) for character in unicodedata.normalize("NFC", text)]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the characters in a row."""
        return "".join(
            UNKNOWN if index == self.unk_id else self._pieces[index]
            for index in ids
            if index == self.unk_id or index >= len(self.specials)
        )

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Return each id's character."""
        return [self._pieces[index] for index in ids]

    def align(self, words: Sequence[str]) -> tuple[list[int], list[tuple[int, int]]]:
        """Return the ids of the joined words; a word's span begins with the space before it."""
        encoded = [self.encode(word) for word in spaced(words)]
        return [index for ids in encoded for index in ids], spans([len(ids) for ids in encoded])

    def state(self) -> dict[str, Any]:
        """Return the characters."""
        return {"characters": self._pieces[len(self.specials) :]}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the characters."""
        self._adopt(state["characters"])

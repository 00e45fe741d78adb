"""The tokenizer of data that are not text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rnnbench.contracts import DataError, Text, Tokenizer


class NoText(Tokenizer):
    """For vectors and images, which are read as they are: it knows the special ids only and refuses any text."""

    def fit(self, texts: Iterable[Text]) -> None:
        """Learn nothing; raises `DataError` if there is a text."""
        for text in texts:
            self.encode(text)

    @property
    def vocab_size(self) -> int:
        """The number of special ids."""
        return len(self.specials)

    def encode(self, text: Text) -> list[int]:
        """Raise `DataError`."""
        raise DataError(f"tokenizer=none cannot read the text {text[:40]!r}; choose another, e.g. tokenizer=word.")

    def decode(self, ids: Sequence[int]) -> str:
        """Return the names of unknown ids; there are no others."""
        return " ".join(self.specials[index] for index in ids if index == self.unk_id)

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Return each special id's name."""
        return [self.specials[index] for index in ids]

    def align(self, words: Sequence[str]) -> tuple[list[int], list[tuple[int, int]]]:
        """Raise `DataError`."""
        return self.encode(words), []

    def state(self) -> dict[str, Any]:
        """Return an empty state."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up nothing."""

"""The byte tokenizer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rnnbench.contracts import Text, Tokenizer

from ._sentence import UNKNOWN, sentence, spaced, spans


class Byte(Tokenizer):
    """UTF-8 bytes: 256 ids after the four special ones, nothing to learn and nothing unknown."""

    @property
    def _first(self) -> int:
        return len(self.specials)

    def fit(self, texts: Iterable[Text]) -> None:
        """Read the texts; there is nothing to learn from them."""
        for _ in texts:
            pass

    @property
    def vocab_size(self) -> int:
        """256 bytes and the special ids."""
        return 256 + self._first

    def encode(self, text: Text) -> list[int]:
        """Return the ids of the text's UTF-8 bytes; a lone surrogate, which UTF-8 cannot hold, becomes "?"."""
        return [byte + self._first for byte in sentence(text).encode("utf-8", errors="replace")]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of the bytes; bytes that are not UTF-8 become U+FFFD."""
        shown = (
            UNKNOWN.encode() if index == self.unk_id else bytes([index - self._first])
            for index in ids
            if index == self.unk_id or index >= self._first
        )
        return b"".join(shown).decode("utf-8", errors="replace")

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Return each byte: printable ASCII as itself, others as <0xNN>."""
        return [self._piece(index) for index in ids]

    def _piece(self, index: int) -> str:
        if index < self._first:
            return self.specials[index]
        byte = index - self._first
        return chr(byte) if 0x20 <= byte < 0x7F else f"<0x{byte:02X}>"

    def align(self, words: Sequence[str]) -> tuple[list[int], list[tuple[int, int]]]:
        """Return the ids of the joined words; a word's span begins with the space before it."""
        encoded = [self.encode(word) for word in spaced(words)]
        return [index for ids in encoded for index in ids], spans([len(ids) for ids in encoded])

    def state(self) -> dict[str, Any]:
        """Return an empty state."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up nothing."""

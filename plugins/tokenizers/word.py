"""The word tokenizer."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from rnnbench.contracts import Text, Tokenizer, UsageError

# Python's \w leaves out combining marks, and with them the vowel signs of the Indic scripts.
_MARKS = "".join(chr(code) for code in range(0x20000) if unicodedata.category(chr(code)).startswith("M"))
_LETTERS = rf"[\w{_MARKS}]+"
_TOKEN = re.compile(rf"<unk>|{_LETTERS}(?:['’-]{_LETTERS})*|[^\w{_MARKS}][{_MARKS}]*")

_LEANS_LEFT = frozenset(".,;:!?…%)]}»”’")
_LEANS_RIGHT = frozenset("([{«“‘$€£#@¿¡")


class Word(Tokenizer):
    """Words and punctuation marks, the most frequent first; a list of words is taken as it is.

    `lowercase` folds case, `max_size` is the largest vocabulary (the four special ids included, null for no limit)
    and `min_count` how often a word must occur in training; all others are `unk`.
    """

    def __init__(self, lowercase: bool = False, max_size: int | None = None, min_count: int = 1) -> None:
        if max_size is not None and max_size <= len(self.specials):
            raise UsageError(
                f"tokenizer.max_size={max_size} leaves room for no word; "
                f"give more than {len(self.specials)}, the number of special ids."
            )
        if min_count < 1:
            raise UsageError(f"tokenizer.min_count={min_count} is less than 1; give 1 to keep every word.")
        self._lowercase = lowercase
        self._max_size = max_size
        self._min_count = min_count
        self._adopt([])

    def _adopt(self, words: Sequence[str]) -> None:
        self._pieces = [*self.specials, *words]
        self._ids = {word: index for index, word in enumerate(words, len(self.specials))}

    def fit(self, texts: Iterable[Text]) -> None:
        """Count the words and keep the frequent ones; equally frequent ones are in alphabetical order."""
        self._adopt([])
        counts: Counter[str] = Counter()
        chunks: Counter[str] = Counter()
        for text in texts:
            if isinstance(text, str):
                chunks.update(self._normalized(text).split())
            else:
                counts.update(self._tokens(text))
        # Splitting each different chunk once is several times faster than splitting each text.
        for chunk, count in chunks.items():
            for token in self._split(chunk):
                counts[token] += count
        kept = [word for word, count in counts.items() if count >= self._min_count and word not in ("", self._unknown)]
        kept.sort(key=lambda word: (-counts[word], word))
        self._adopt(kept if self._max_size is None else kept[: self._max_size - len(self.specials)])

    @property
    def _unknown(self) -> str:
        return self.specials[self.unk_id]

    def _normalized(self, text: str) -> str:
        text = unicodedata.normalize("NFC", text)
        return unicodedata.normalize("NFC", text.lower()) if self._lowercase else text

    def _tokens(self, text: Text) -> list[str]:
        if isinstance(text, str):
            return [token for chunk in self._normalized(text).split() for token in self._split(chunk)]
        # A word with a space inside ("10 000") stays one word, and readable.
        return ["_".join(self._normalized(word).split()) for word in text]

    def _split(self, chunk: str) -> list[str]:
        # A word that came whole in a list ("U.S.") is read whole from a string, too: decode stays invertible.
        return [chunk] if chunk in self._ids else _TOKEN.findall(chunk)

    @property
    def vocab_size(self) -> int:
        """The number of words and special ids."""
        return len(self._pieces)

    def encode(self, text: Text) -> list[int]:
        """Return an id for each word or punctuation mark."""
        return [self._ids.get(token, self.unk_id) for token in self._tokens(text)]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the words with spaces between, punctuation marks leaning on their neighbours."""
        chunks: list[list[str]] = []
        for token in (self._pieces[index] for index in ids if index == self.unk_id or index >= len(self.specials)):
            if chunks and self._leans(chunks[-1], token):
                chunks[-1].append(token)
            else:
                chunks.append([token])
        return " ".join("".join(chunk) for chunk in chunks)

    def _leans(self, chunk: list[str], token: str) -> bool:
        """Say whether the token is written without a space, and would be found again if it were."""
        if token not in _LEANS_LEFT and chunk[-1] not in _LEANS_RIGHT:
            return False
        joined = "".join(chunk) + token
        return self._normalized(joined) == joined and self._split(joined) == [*chunk, token]

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Return each id's word."""
        return [self._pieces[index] for index in ids]

    def align(self, words: Sequence[str]) -> tuple[list[int], list[tuple[int, int]]]:
        """Return one id for each word."""
        return self.encode(list(words)), [(index, index + 1) for index in range(len(words))]

    def state(self) -> dict[str, Any]:
        """Return the words."""
        return {"words": self._pieces[len(self.specials) :]}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the words."""
        self._adopt(state["words"])

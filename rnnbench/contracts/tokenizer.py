"""The tokenizer contract: text to ids and back, fitted on training text only."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

Text = str | Sequence[str]
"""What a tokenizer reads: a string, or a list of words whose boundaries must be kept."""


class Tokenizer(ABC):
    """Turns text into ids. The constructor's keyword parameters are its configuration.

    The first four ids are the same for every tokenizer, so that batches can be padded without asking.
    `encode(decode(encode(s))) == encode(s)` holds for every text.
    """

    pad_id: int = 0
    unk_id: int = 1
    bos_id: int = 2
    eos_id: int = 3
    specials: tuple[str, ...] = ("<pad>", "<unk>", "<s>", "</s>")

    @abstractmethod
    def fit(self, texts: Iterable[Text]) -> None:
        """Learn the vocabulary from the training texts; they are read once and in order."""

    @property
    @abstractmethod
    def vocab_size(self) -> int:
        """The number of ids, the four special ones included."""

    @abstractmethod
    def encode(self, text: Text) -> list[int]:
        """Return the ids of a text, without bos or eos; unknown pieces become `unk_id`."""

    @abstractmethod
    def decode(self, ids: Sequence[int]) -> str:
        """Return readable, detokenized text; special ids other than unk leave no trace."""

    @abstractmethod
    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Return what each id stands for, for tables and heat maps."""

    @abstractmethod
    def align(self, words: Sequence[str]) -> tuple[list[int], list[tuple[int, int]]]:
        """Return the ids of a sentence given as words, and each word's [start, end) in them.

        Every word covers at least one id, so that any tokenizer can be used for tagging.
        """

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Return what `fit` learned, as JSON values."""

    @abstractmethod
    def restore(self, state: dict[str, Any]) -> None:
        """Take up what `state` returned; encode and decode then give the same as before."""

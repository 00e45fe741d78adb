from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from rnnbench.contracts import Text
from rnnbench.plugins.tokenizers.char import Char
from rnnbench.plugins.tokenizers.word import Word
from rnnbench.testing import check_tokenizer


class Remembering(Word):
    """Learns in addition to what it knows."""

    def fit(self, texts: Iterable[Text]) -> None:
        known = self.state()["words"]
        super().fit([*texts, " ".join(known)])


class Lazy(Char):
    """Reads one text."""

    def fit(self, texts: Iterable[Text]) -> None:
        super().fit([next(iter(texts))])


class Lossy(Word):
    """Glues words together."""

    def decode(self, ids: Sequence[int]) -> str:
        return super().decode(ids).replace(" ", "")


class Gappy(Char):
    """Leaves the spaces to no word."""

    def align(self, words: Sequence[str]) -> tuple[list[int], list[tuple[int, int]]]:
        ids, spans = super().align(words)
        return ids, [(start + (index > 0 and end - start > 1), end) for index, (start, end) in enumerate(spans)]


class Padded(Char):
    """Ends with eos."""

    def encode(self, text: Text) -> list[int]:
        return [*super().encode(text), self.eos_id]


class Amnesiac(Char):
    """Restores nothing."""

    def restore(self, state: dict[str, Any]) -> None:
        pass


class Chatty(Char):
    """Shows the special ids."""

    def decode(self, ids: Sequence[int]) -> str:
        return super().decode(ids) or "<s>" * len(ids)


class Shy(Word):
    """Hides the unknown."""

    def decode(self, ids: Sequence[int]) -> str:
        return "" if list(ids) == [self.unk_id] else super().decode(ids)


@pytest.mark.parametrize(
    ("broken", "clause"),
    [
        (Remembering, "fit on the same texts gave another state"),
        (Lazy, "fit read 1 of"),
        (Lossy, r"encode\(decode\(encode\(s\)\)\) differs"),
        (Gappy, "do not cover each id"),
        (Padded, r"gave the special ids \[3\]"),
        (Amnesiac, r"restore\(state\(\)\) changed vocab_size"),
        (Chatty, "no trace of pad, bos and eos"),
        (Shy, r"differs from encode\(s\)|show where an unk was"),
    ],
)
def test_each_broken_clause_is_named(broken: type, clause: str) -> None:
    with pytest.raises(AssertionError, match=clause):
        check_tokenizer(broken)


def test_something_else_is_no_tokenizer() -> None:
    with pytest.raises(AssertionError, match=r"is not a rnnbench\.contracts\.Tokenizer"):
        check_tokenizer(Path)


def test_names_are_looked_up() -> None:
    check_tokenizer("word", lowercase=True)

"""The tokenizer of text that is tokenized already."""

from __future__ import annotations

from collections.abc import Sequence

from .word import Word


class Whitespace(Word):
    """What stands between white space is a word: for text whose words are parted already, as PTB and WikiText are.

    `lowercase`, `max_size` and `min_count` are as of `word`. `<unk>` in the text is the unknown word.
    """

    def _split(self, chunk: str) -> list[str]:
        return [chunk]

    def _leans(self, chunk: Sequence[str], token: str) -> bool:
        return False

from __future__ import annotations

import pytest

from rnnbench.catalog import registry
from rnnbench.contracts import DataError


def test_it_knows_the_special_ids_only() -> None:
    tokenizer = registry.build("tokenizer", "none", {})
    tokenizer.fit([])
    assert tokenizer.vocab_size == 4
    assert tokenizer.pieces(range(4)) == list(tokenizer.specials)
    assert tokenizer.decode([0, 1, 2, 3]) == "<unk>"
    tokenizer.restore(tokenizer.state())


@pytest.mark.parametrize("text", ["a text", ["two", "words"]])
def test_a_text_is_refused_in_a_sentence(text: str | list[str]) -> None:
    tokenizer = registry.build("tokenizer", "none", {})
    for read in (tokenizer.encode, tokenizer.align, lambda given: tokenizer.fit([given])):
        with pytest.raises(DataError, match=r"tokenizer=none cannot read the text .*; choose another"):
            read(text)

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbench.contracts import Text
from rnnbench.plugins.tokenizers.char import Char


def fitted(*texts: Text) -> Char:
    tokenizer = Char()
    tokenizer.fit(texts)
    return tokenizer


SPACED = fitted("añb c\u0327e\u0301", ["x", "y"])


@given(st.text() | st.text(alphabet="añbce\u0301\u0327\u0303\ufffd ") | st.lists(st.text(max_size=4)))
@settings(max_examples=300, deadline=None)
def test_decoding_is_inverted_by_encoding_for_every_text(text: Text) -> None:
    ids = SPACED.encode(text)
    assert SPACED.encode(SPACED.decode(ids)) == ids


def test_characters_are_composed() -> None:
    tokenizer = fitted("\u00e9")
    assert tokenizer.encode("e\u0301") == tokenizer.encode("\u00e9") == [4]


def test_unseen_characters_are_unk() -> None:
    tokenizer = fitted("ab")
    assert tokenizer.encode("abz") == [4, 5, tokenizer.unk_id]
    assert tokenizer.decode([4, 1, 5]) == "a\ufffdb"


def test_words_are_joined_by_a_space_that_belongs_to_the_second() -> None:
    ids, spans = SPACED.align(["x", "ab", ""])
    assert SPACED.pieces(ids) == ["x", " ", "a", "b", " ", "<unk>"]
    assert spans == [(0, 1), (1, 4), (4, 6)]

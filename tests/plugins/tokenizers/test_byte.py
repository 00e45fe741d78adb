from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rnnbench.contracts import Text
from rnnbench.plugins.tokenizers.byte import Byte

BYTE = Byte()


@given(st.text())
def test_strings_survive_unchanged(text: str) -> None:
    assert BYTE.decode(BYTE.encode(text)) == text


@given(st.lists(st.text()))
def test_decoding_is_inverted_by_encoding_for_lists_of_words(words: Text) -> None:
    ids = BYTE.encode(words)
    assert BYTE.encode(BYTE.decode(ids)) == ids


@given(st.lists(st.integers(0, 259)))
def test_any_ids_decode_to_text_that_stays_the_same(ids: list[int]) -> None:
    text = BYTE.decode(ids)
    assert BYTE.decode(BYTE.encode(text)) == text


def test_surrogates_that_utf_8_cannot_hold_become_question_marks() -> None:
    assert BYTE.decode(BYTE.encode("a\ud800")) == "a?"


def test_pieces_show_bytes() -> None:
    assert BYTE.pieces(BYTE.encode("aé")) == ["a", "<0xC3>", "<0xA9>"]

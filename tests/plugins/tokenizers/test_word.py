from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbench.contracts import Text, UsageError
from rnnbench.plugins.tokenizers.word import Word

TEXTS: list[Text] = ["Hello, world! (don't panic)", ["Mr.", "Smith", "U.S.", "a b"], "हिन्दी İ ΣΑΣ a-b 'x' <unk>"]


def fitted(**params: object) -> Word:
    tokenizer = Word(**params)  # type: ignore[arg-type]
    tokenizer.fit(TEXTS)
    return tokenizer


LOWER, CASED = fitted(lowercase=True), fitted()
ANY_TEXT = st.text() | st.text(alphabet="aAİΣσ ,.()'’-_<unk>Hello\u0301\u0307\n") | st.lists(st.text(max_size=6))
KNOWN_WORDS = st.lists(st.sampled_from([*CASED.state()["words"], "<unk>", "new"]))


@given(ANY_TEXT | KNOWN_WORDS)
@settings(max_examples=300, deadline=None)
def test_decoding_is_inverted_by_encoding_for_every_text(text: Text) -> None:
    for tokenizer in (LOWER, CASED):
        ids = tokenizer.encode(text)
        assert tokenizer.encode(tokenizer.decode(ids)) == ids


def test_punctuation_is_a_token_and_decodes_without_spaces() -> None:
    ids = CASED.encode("Hello,  world! (don't panic)")
    assert CASED.pieces(ids) == ["Hello", ",", "world", "!", "(", "don't", "panic", ")"]
    assert CASED.decode(ids) == "Hello, world! (don't panic)"


def test_combining_vowel_signs_stay_in_their_word() -> None:
    assert CASED.pieces(CASED.encode("हिन्दी")) == ["हिन्दी"]


def test_words_of_a_list_are_taken_as_they_are_and_found_in_strings() -> None:
    assert CASED.pieces(CASED.encode(["Mr.", "Smith", "a b"])) == ["Mr.", "Smith", "a_b"]
    assert CASED.encode("Mr. Smith") == CASED.encode(["Mr.", "Smith"])


def test_unknown_words_are_unk_and_stay_visible() -> None:
    ids = CASED.encode("Hello, stranger!")
    assert ids[2] == CASED.unk_id
    assert CASED.decode(ids) == "Hello, <unk>!"


def test_lowercase_folds_case() -> None:
    assert LOWER.encode("HELLO") == LOWER.encode("hello") != [LOWER.unk_id]
    assert CASED.encode("HELLO") == [CASED.unk_id]


def test_frequent_words_come_first_and_limits_hold() -> None:
    texts = ["b b b a a c"]
    tokenizer = Word(max_size=6)
    tokenizer.fit(texts)
    assert tokenizer.vocab_size == 6
    assert tokenizer.state() == {"words": ["b", "a"]}
    tokenizer = Word(min_count=3)
    tokenizer.fit(texts)
    assert tokenizer.state() == {"words": ["b"]}


@pytest.mark.parametrize(("key", "value"), [("max_size", 4), ("min_count", 0)])
def test_limits_that_keep_no_word_are_refused(key: str, value: int) -> None:
    with pytest.raises(UsageError, match=f"tokenizer.{key}={value}"):
        Word(**{key: value})  # type: ignore[arg-type]

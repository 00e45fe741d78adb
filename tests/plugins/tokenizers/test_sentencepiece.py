from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbench.contracts import DataError, Text, UsageError
from rnnbench.plugins.tokenizers.sentencepiece import SentencePiece

TEXTS = ["the cat sat on the mat", "a cat and a dog sat", "naïve <unk> 日本語"]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RNNBENCH_CACHE", str(tmp_path))
    return tmp_path / "sentencepiece"


@pytest.fixture(scope="module", params=["unigram", "bpe"])
def fitted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SentencePiece:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        tokenizer = SentencePiece(request.param, size=320)
        tokenizer.fit(TEXTS)
    return tokenizer


@pytest.fixture(scope="module")
def with_lines(tmp_path_factory: pytest.TempPathFactory) -> SentencePiece:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        tokenizer = SentencePiece(size=320)
        tokenizer.fit(["the\ncat", *TEXTS])
    return tokenizer


@given(text=st.text() | st.text(alphabet="acdt ▁<unk>\ufffd\u2047\u0301\0") | st.lists(st.text(max_size=6)))
@settings(max_examples=300, deadline=None)
def test_decoding_is_inverted_by_encoding_for_every_text(fitted: SentencePiece, text: Text) -> None:
    ids = fitted.encode(text)
    assert fitted.encode(fitted.decode(ids)) == ids


def test_characters_that_training_did_not_show_survive(fitted: SentencePiece) -> None:
    assert fitted.decode(fitted.encode("Ω 漢字 🙂")) == "Ω 漢字 🙂"


def test_line_breaks_are_kept_where_training_shows_any(fitted: SentencePiece) -> None:
    assert fitted.decode(fitted.encode("the cat\n\nsat")) == "the cat sat"
    lines = SentencePiece(size=320)
    lines.fit([*TEXTS, "the\ncat"])
    text = "\nthe cat:\n\na dog sat\n"
    ids = lines.encode(text)
    assert lines.decode(ids) == text
    assert lines.pieces(ids).count("\N{SYMBOL FOR NEWLINE}") == text.count("\n")
    again = SentencePiece(size=320)
    again.restore(lines.state())
    assert again.decode(again.encode(text)) == text
    lines.fit(TEXTS)
    assert lines.decode(lines.encode(text)) == "the cat: a dog sat"


@given(text=st.text(alphabet="act \n\t\r▁\u2424\u2028") | st.lists(st.text(alphabet="a \n", max_size=4)))
@settings(max_examples=200, deadline=None)
def test_decoding_is_inverted_by_encoding_with_line_breaks(with_lines: SentencePiece, text: Text) -> None:
    ids = with_lines.encode(text)
    assert with_lines.encode(with_lines.decode(ids)) == ids


def test_special_ids_are_the_first_four(fitted: SentencePiece) -> None:
    assert fitted.pieces([0, 1, 2, 3]) == ["<pad>", "<unk>", "<s>", "</s>"]


def test_alignment_counts_subwords(fitted: SentencePiece) -> None:
    ids, spans = fitted.align(["the", "dogs", ""])
    assert [fitted.decode(ids[start:end]) for start, end in spans] == ["the", "dogs", "<unk>"]


@pytest.mark.parametrize("model_type", ["unigram", "bpe"])
def test_size_beyond_the_text_gives_a_smaller_vocabulary(model_type: Literal["bpe", "unigram"]) -> None:
    tokenizer = SentencePiece(model_type, size=8000)
    tokenizer.fit(TEXTS)
    assert 260 < tokenizer.vocab_size < 8000


def test_size_below_the_alphabet_names_the_smallest_possible() -> None:
    with pytest.raises(UsageError, match=r"tokenizer.size=50 .*at least (\d+)") as caught:
        SentencePiece(size=50).fit(TEXTS)
    SentencePiece(size=int(str(caught.value).rstrip(".").split()[-1])).fit(TEXTS)


def test_no_text_is_an_error() -> None:
    with pytest.raises(DataError, match="no text"):
        SentencePiece().fit(["", " "])


def test_long_sentences_are_learned_from() -> None:
    tokenizer = SentencePiece(size=300)
    tokenizer.fit(["ab " * 3000])
    assert len(tokenizer.encode("ab")) == 1


def test_training_is_silent_and_repeats_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    states = []
    for name in ("one", "two"):
        monkeypatch.setenv("RNNBENCH_CACHE", str(tmp_path / name))
        tokenizer = SentencePiece(size=300)
        tokenizer.fit(iter(TEXTS))
        states.append(tokenizer.state())
    assert states[0] == states[1]
    assert capfd.readouterr() == ("", "")


def test_trained_model_is_taken_from_the_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = SentencePiece(size=300)
    first.fit(TEXTS)
    again, other = SentencePiece(size=300), SentencePiece(size=310)
    monkeypatch.setattr(again, "_train", None)
    again.fit(TEXTS)
    assert again.state() == first.state()
    other.fit(TEXTS)
    assert len(list(cache.iterdir())) == 2


def test_damaged_cache_file_is_named(cache: Path) -> None:
    SentencePiece(size=300).fit(TEXTS)
    (file,) = cache.iterdir()
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(DataError, match=f"{file.name} is damaged; delete it"):
        SentencePiece(size=300).fit(TEXTS)

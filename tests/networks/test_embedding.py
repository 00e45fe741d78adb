"""Embeddings, learned and pre-trained."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch

from rnnbench.contracts import DataError
from rnnbench.networks import build_embedding, read_vectors

PIECES = ["<pad>", "<unk>", "<s>", "</s>", "dog", "bites", "man"]
LINES = ["dog 1 2 3", "cat 9 9 9", "man -0.5 1e-3 4"]


def write(folder: Path, *lines: str, end: str = "\n") -> Path:
    path = folder / "vectors.vec"
    path.write_bytes(end.join((*lines, "")).encode())
    return path


@pytest.mark.parametrize("header", [[], ["3 3"], ["\ufeff3 3"]], ids=["without header", "with header", "marked"])
@pytest.mark.parametrize("end", ["\n", " \n", "\r\n"], ids=["plain", "fastText's space", "Windows"])
def test_vectors_of_the_vocabulary_are_read_and_no_others(tmp_path: Path, header: list[str], end: str) -> None:
    vectors = read_vectors(write(tmp_path, *header, *LINES, end=end), PIECES)
    assert sorted(vectors) == [4, 6]
    assert vectors[4].tolist() == [1, 2, 3]
    assert vectors[6].tolist() == pytest.approx([-0.5, 1e-3, 4])


def test_packed_vectors_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, *LINES)
    packed = tmp_path / "vectors.vec.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read_vectors(packed, PIECES)[4].tolist() == [1, 2, 3]
    for damaged, place in ((packed.read_bytes()[:-12], r"after line \d"), (b"dog 1 2 3", "from line 1 on")):
        packed.write_bytes(damaged)
        with pytest.raises(DataError, match=rf"vectors\.vec\.gz, {place}: not a readable gzip file"):
            read_vectors(packed, PIECES)


def test_the_first_vector_of_a_word_counts(tmp_path: Path) -> None:
    assert read_vectors(write(tmp_path, "dog 1 2", "dog 3 4"), PIECES)[4].tolist() == [1, 2]


def test_words_may_hold_any_line_break_of_unicode_but_newline(tmp_path: Path) -> None:
    vectors = read_vectors(write(tmp_path, "dog 1 2", "a\u2028b\x85 3 4", "man 5 6"), PIECES)
    assert sorted(vectors) == [4, 6]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["dog 1 2 3", "man 1 2"], r"vectors\.vec, line 2: 2 values, but the first vector has 3"),
        (["3 3", "dog 1 2 3", "cat 1 2 3 4"], r"vectors\.vec, line 3: 4 values"),
        (["dog 1 2 3", "", "man 1 2 3"], r"vectors\.vec, line 2: 0 values"),
        (["dog 1 two 3"], r"vectors\.vec, line 1: 'two' is no number"),
        (["3 5", "dog 1 2 3 4", "cat 1 2 3 4 5"], r"vectors\.vec, line 2: 4 values, but the header in line 1 says 5"),
        (["dog", "man 1"], r"vectors\.vec, line 1: 0 values; every line"),
        (["hello world", "foo 1 2 x"], r"vectors\.vec, line 1: 'world' is no number"),
        (["dog 1 nan 3"], r"vectors\.vec, line 1: a value is not finite"),
        (["cat 1 2 3"], "has a vector for none of the 7 pieces"),
        ([], "has a vector for none of the 7 pieces"),
    ],
)
def test_malformed_vectors_are_named_by_file_and_line(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_vectors(write(tmp_path, *lines), PIECES)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latin.vec"
    path.write_bytes(b"dog 1 2\n" * 5000 + "m\xe4n 1 2\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"latin\.vec, line 5001: not UTF-8 .*; give vectors in text format"):
        read_vectors(path, PIECES)


def test_bytes_that_are_no_text_are_told_of_line_1(tmp_path: Path) -> None:
    path = tmp_path / "bin.vec"
    path.write_bytes(b"\xff\xfe" * 9)
    with pytest.raises(DataError, match=r"bin\.vec, line 1: not UTF-8"):
        read_vectors(path, PIECES)


def test_vectors_of_one_value_need_no_header(tmp_path: Path) -> None:
    assert sorted(read_vectors(write(tmp_path, "dog 1", "man 2"), PIECES)) == [4, 6]


def test_a_missing_file_is_named_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"model\.embedding=.*nowhere\.vec cannot be read: No such file"):
        read_vectors(tmp_path / "nowhere.vec", PIECES)


@pytest.mark.parametrize("freeze", [False, True])
def test_an_embedding_starts_from_the_vectors_and_pads_with_zeros(freeze: bool) -> None:
    vectors = {0: np.ones(3, np.float32), 4: np.array([1, 2, 3], np.float32)}
    embedding = build_embedding(7, 3, pad_id=0, vectors=vectors, freeze=freeze)
    assert embedding.weight[0].tolist() == [0, 0, 0]
    assert embedding.weight[4].tolist() == [1, 2, 3]
    assert bool(embedding.weight[5].any())
    assert embedding.weight.requires_grad is not freeze


def test_the_pad_row_is_never_trained() -> None:
    embedding = build_embedding(7, 3, pad_id=0)
    embedding(torch.tensor([[4, 0, 0]])).sum().backward()
    assert embedding.weight.grad is not None
    assert not bool(embedding.weight.grad[0].any())
    assert bool(embedding.weight.grad[4].all())

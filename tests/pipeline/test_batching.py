"""Batches: which rows, in which order, padded how."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnnbench.contracts import Batch, Sequences, Tokenizer
from rnnbench.pipeline.arrays import Encoded, Ragged
from rnnbench.pipeline.batching import Batches, by_length, collate, shuffled

LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=700).map(np.array)


def encoded(texts: list[list[int]]) -> Encoded:
    return Encoded(Ragged.of(texts), np.arange(len(texts)))


@given(LENGTHS, st.integers(1, 9), st.integers(0, 2**40), st.integers(0, 5))
def test_every_row_comes_once_an_epoch_in_full_batches_and_one_rest(
    lengths: np.ndarray, size: int, seed: int, epoch: int
) -> None:
    batches = shuffled(lengths, size, seed, epoch)
    assert sorted(np.concatenate(batches)) == list(range(len(lengths)))
    sizes = sorted(map(len, batches))
    assert sizes[1:] == [size] * (len(sizes) - 1)
    again = shuffled(lengths, size, seed, epoch)
    assert all(np.array_equal(one, other) for one, other in zip(batches, again, strict=True))


def test_order_changes_with_epoch_and_seed() -> None:
    lengths = np.random.default_rng(0).integers(1, 30, 200)
    orders = {tuple(np.concatenate(shuffled(lengths, 8, seed, epoch))) for seed in (1, 2) for epoch in (0, 1)}
    assert len(orders) == 4


def test_rows_of_a_batch_are_of_similar_length() -> None:
    lengths = np.random.default_rng(0).integers(1, 100, 2000)
    padded = sum(int(lengths[rows].max()) * len(rows) for rows in shuffled(lengths, 16, 0, 0))
    assert padded < 1.1 * lengths.sum()


@given(LENGTHS, st.integers(1, 9))
def test_evaluation_reads_every_row_from_the_shortest_to_the_longest(lengths: np.ndarray, size: int) -> None:
    rows = np.concatenate(by_length(lengths, size))
    assert sorted(rows) == list(range(len(lengths)))
    assert (np.diff(lengths[rows]) >= 0).all()


@given(st.lists(st.lists(st.integers(4, 99), min_size=1, max_size=12), min_size=1, max_size=9), st.randoms())
def test_a_batch_holds_its_rows_padded_at_the_end(texts: list[list[int]], random: np.random.Generator) -> None:
    rows = list(range(len(texts)))
    random.shuffle(rows)
    batch = collate(encoded(texts), np.array(rows))
    assert list(batch.rows) == rows
    assert batch.targets.tolist() == rows
    assert batch.lengths.tolist() == [len(texts[row]) for row in rows]
    assert batch.inputs.dtype == torch.int64
    longest = max(map(len, texts))
    assert batch.inputs.tolist() == [texts[row] + [Tokenizer.pad_id] * (longest - len(texts[row])) for row in rows]


def test_texts_to_predict_have_no_targets() -> None:
    source = encoded([[4, 5], [6]])
    assert collate(Encoded(source.inputs), np.array([1, 0])).targets is None


def test_several_answers_share_the_row_that_they_answer() -> None:
    subject = Encoded(Ragged.of([[4, 5], [6]]), Ragged.of([[7], [8, 9], [3]], np.int64), sources=np.array([0, 0, 1]))
    assert len(subject) == 3
    assert subject.sizes.tolist() == [3, 4, 2]
    batch = collate(subject, np.array([2, 1]))
    assert batch.inputs.tolist() == [[6, 0], [4, 5]]
    assert isinstance(batch.targets, Sequences)
    assert batch.targets.values.tolist() == [[3, 0], [8, 9]]
    assert batch.targets.lengths.tolist() == [1, 2]
    assert (batch.units, batch.tokens) == (3, 6)


def test_vectors_keep_their_width_and_images_are_one_step() -> None:
    vectors = Ragged.of([np.ones((2, 3)), np.full((1, 3), 2.0)], np.float32)
    batch = collate(Encoded(vectors, np.array([0.5, 1.5], np.float32)), np.array([1, 0]))
    assert batch.inputs.tolist() == [[[2.0] * 3, [0.0] * 3], [[1.0] * 3] * 2]
    assert batch.targets.tolist() == [1.5, 0.5]
    images = np.arange(24, dtype=np.uint8).reshape(2, 1, 3, 4)
    batch = collate(Encoded(images), np.array([1]))
    assert batch.inputs.shape == (1, 1, 3, 4)
    assert batch.lengths.tolist() == [1]


def test_words_come_with_their_tokens_and_letters() -> None:
    subject = Encoded(
        Ragged.of([[4, 5, 6], [7]]),
        words=Ragged.of([[(0, 1), (2, 2)], [(0, 0)]], np.int64),
        letters=Ragged.of([[2, 97, 3], [2, 98, 99, 3], [2, 3]]),
        spelling=Ragged.of([[2, 1], [2]], np.int64),
    )
    words = collate(subject, np.array([1, 0])).words
    assert words is not None
    assert words.first.tolist() == [[0, 0], [0, 2]]
    assert words.last.tolist() == [[0, 0], [1, 2]]
    assert words.lengths.tolist() == [1, 2]
    assert words.letters is not None
    assert words.spelling is not None
    spelled = words.letters.values[words.spelling].tolist()
    assert spelled[1] == [[2, 3, 0, 0], [2, 98, 99, 3]]
    assert spelled[0][0] == [2, 3, 0, 0]


def test_the_plan_is_asked_at_every_pass() -> None:
    subject = encoded([[4], [5]])

    def make(row: int) -> Callable[[], Batch]:
        return lambda: collate(subject, np.array([row]))

    plans = iter([[make(0)], [make(1), make(0)]])
    batches = Batches(lambda: next(plans))
    assert [list(batch.rows) for batch in batches] == [[0]]
    assert [list(batch.rows) for batch in batches] == [[1], [0]]

"""Batches: which rows, in which order, padded how."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnnbench.pipeline.batching import Batches, by_length, collate, shuffled
from rnnbench.pipeline.encoding import Encoded

LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=700).map(np.array)


def encoded(texts: list[list[int]]) -> Encoded:
    ids = np.array([token for text in texts for token in text], dtype=np.int32)
    offsets = np.cumsum([0, *map(len, texts)])
    return Encoded(ids, offsets, np.arange(len(texts)), references=[])


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
    batch = collate(encoded(texts), np.array(rows), pad_id=7)
    assert list(batch.rows) == rows
    assert batch.targets.tolist() == rows
    assert batch.lengths.tolist() == [len(texts[row]) for row in rows]
    assert batch.inputs.dtype == torch.int64
    longest = max(map(len, texts))
    assert batch.inputs.tolist() == [texts[row] + [7] * (longest - len(texts[row])) for row in rows]


def test_texts_to_predict_have_no_targets() -> None:
    source = encoded([[4, 5], [6]])
    assert collate(Encoded(source.ids, source.offsets, None, ()), np.array([1, 0]), 0).targets is None


def test_the_plan_is_asked_at_every_pass() -> None:
    plans = iter([[np.array([0])], [np.array([1]), np.array([0])]])
    batches = Batches(encoded([[4], [5]]), 0, lambda: next(plans))
    assert [list(batch.rows) for batch in batches] == [[0]]
    assert [list(batch.rows) for batch in batches] == [[1], [0]]

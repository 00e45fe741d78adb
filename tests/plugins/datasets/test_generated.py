"""What all generated sets have in common."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pyarrow
import pytest

from rnnbench.contracts import SPLITS, UsageError
from rnnbench.plugins.datasets._generated import Generated, distinct, lists, strings, vectors
from rnnbench.plugins.datasets.adding import Adding
from rnnbench.plugins.datasets.copy_memory import CopyMemory
from rnnbench.plugins.datasets.dyck import Dyck
from rnnbench.plugins.datasets.parity import Parity
from rnnbench.plugins.datasets.recall import Recall

KINDS: dict[type[Any], dict[str, int]] = {
    Adding: {"length": 6},
    CopyMemory: {"wait": 3},
    Dyck: {"length": 12, "test_length": 16},
    Parity: {"length": 10, "test_length": 14},
    Recall: {"pairs": 2},
}
SIZES = {"train": 300, "validation": 40, "test": 50}


@pytest.mark.parametrize("kind", KINDS)
def test_no_row_occurs_twice_and_splits_have_the_sizes_asked_for(kind: type[Generated]) -> None:
    dataset = kind(**KINDS[kind], **SIZES)
    rows = [str(row) for split in SPLITS for row in dataset.load(split)[dataset.info.columns[0]].to_pylist()]
    assert len(set(rows)) == len(rows) == 390
    assert {split: dataset.load(split).num_rows for split in SPLITS} == SIZES
    assert dataset.sources() == ()


@pytest.mark.parametrize("kind", KINDS)
def test_another_seed_gives_other_rows(kind: type[Generated]) -> None:
    one, other = (kind(**KINDS[kind], **SIZES, seed=seed) for seed in (0, 1))
    assert not one.load("train").equals(other.load("train"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"train": 0}, r"dataset\.train=0: expected a number from 1 to "),
        ({"seed": -1}, r"dataset\.seed=-1: expected a number from 0 to 4294967295"),
    ],
)
def test_sizes_and_seeds_that_make_no_sense_are_refused(
    kind: type[Generated], params: dict[str, int], sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        kind(**{**KINDS[kind], **SIZES, **params})


@pytest.mark.parametrize(("kind", "params"), [(Parity, {"length": 8}), (Dyck, {"length": 6}), (Recall, {"pairs": 2})])
def test_more_different_rows_than_there_are_is_refused(kind: type[Generated], params: dict[str, int]) -> None:
    with pytest.raises(UsageError, match=r"rows are too many, since these parameters can give \d+;"):
        kind(**{**params, "train": 10**6})


def test_distinct_rows_come_in_the_order_drawn_and_are_filled_up() -> None:
    numbers = itertools.cycle([3, 1, 3, 2, 1, 2, 5, 4])

    def draw(count: int) -> np.ndarray[Any, Any]:
        return np.array([[next(numbers)] for _ in range(count)])

    assert distinct(draw, 5).ravel().tolist() == [3, 1, 2, 5, 4]


def test_lists_strings_and_vectors_hold_what_they_are_given() -> None:
    assert lists(pyarrow.array([1, 2, 3]), [2, 0, 1]).to_pylist() == [[1, 2], [], [3]]
    assert strings(np.array([[97, 98], [99, 0]])) == ["ab", "c"]
    numbers = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
    assert vectors(numbers).to_pylist() == numbers.tolist()

"""Associative recall: which value belonged to this key?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import RandomState

from rnnbench.contracts import TaskInfo, check_range

from ._generated import Generated, check_possible, distinct, strings

if TYPE_CHECKING:
    import pyarrow

_LETTERS, _DIGITS = 26, 10


class Recall(Generated):
    """Letters, each with a digit, and then one of the letters again: give its digit, as 9 for c9k8j3f1??c.

    The `pairs` have different letters, and any of them may be asked for. The letter that is asked for tells nothing of
    its digit: without a memory one answer in ten is right. Published settings: rows as by default.
    """

    info = TaskInfo(
        "classification",
        "char",
        ("accuracy",),
        labels=tuple("0123456789"),
        floor=1 / _DIGITS,
        revision="1",
        licence="CC0-1.0",
        homepage="https://arxiv.org/abs/1610.06258",
        citation="Ba, Hinton, Mnih, Leibo and Ionescu 2016, Using fast weights to attend to the recent past, NeurIPS",
    )

    def __init__(
        self, pairs: int = 4, train: int = 100_000, validation: int = 10_000, test: int = 20_000, seed: int = 0
    ) -> None:
        super().__init__(train, validation, test, seed)
        check_range("dataset.pairs", pairs, 2, _LETTERS)
        check_possible(train + validation + test, math.perm(_LETTERS, pairs) * _DIGITS**pairs * pairs)
        self._pairs = pairs

    def _draw(self, random: RandomState) -> pyarrow.Table:
        """Return texts and labels."""
        import pyarrow

        rows = distinct(lambda count: self._codes(random, count), sum(self._sizes.values()))
        asked = (rows[:, : 2 * self._pairs : 2] == rows[:, -1:]).argmax(axis=1)
        answers = rows[np.arange(len(rows)), 2 * asked + 1]
        return pyarrow.table({"text": strings(rows), "label": strings(answers[:, None])})

    def _codes(self, random: RandomState, count: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
        """Return rows of ASCII codes (count, 2 pairs + 3)."""
        letters = random.random_sample((count, _LETTERS)).argsort(axis=1, kind="stable")[:, : self._pairs]
        rows = np.full((count, 2 * self._pairs + 3), ord("?"), dtype=np.uint8)
        rows[:, : 2 * self._pairs : 2] = ord("a") + letters
        rows[:, 1 : 2 * self._pairs : 2] = ord("0") + random.randint(_DIGITS, size=(count, self._pairs), dtype=np.int64)
        asked = random.randint(self._pairs, size=count, dtype=np.int64)
        rows[:, -1] = rows[np.arange(count), 2 * asked]
        return rows

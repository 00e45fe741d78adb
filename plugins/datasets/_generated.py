"""Generated sets: rows that a seed decides, no two the same, brought into Arrow without a loop over their values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray

from rnnbench.contracts import SPLITS, TaskInfo, UsageError, check_range

if TYPE_CHECKING:
    import pyarrow

Rows = NDArray[Any]
"""One row after the other along the first axis."""


class Generated(ABC):
    """Rows that are drawn all at once: those of train first, then those of validation and of test."""

    info: TaskInfo
    offline = True

    def __init__(self, train: int, validation: int, test: int, seed: int) -> None:
        self._sizes = {"train": train, "validation": validation, "test": test}
        for split, size in self._sizes.items():
            check_range(f"dataset.{split}", size, 1, 10**8)
        check_range("dataset.seed", seed, 0, 2**32 - 1)
        self._seed = seed

    def sources(self) -> Sequence[Path]:
        """Return nothing: the rows are generated."""
        return ()

    def load(self, split: str) -> pyarrow.Table:
        """Return the split's rows."""
        starts = dict(zip(SPLITS, accumulate(self._sizes.values(), initial=0), strict=False))
        return self._rows.slice(starts[split], self._sizes[split])

    @cached_property
    def _rows(self) -> pyarrow.Table:
        # Of numpy's generators only this one is promised to draw the same numbers in every version.
        return self._draw(RandomState(self._seed))

    @abstractmethod
    def _draw(self, random: RandomState) -> pyarrow.Table:
        """Return the rows of all splits."""


def check_possible(rows: int, possible: int) -> None:
    """Raise `UsageError` if more different rows are wanted than can be drawn in reasonable time."""
    if rows > possible // 2:
        raise UsageError(
            f"{rows} different rows are too many, since these parameters can give {possible}; ask for at most half of "
            "them with dataset.train, dataset.validation and dataset.test, or choose longer rows."
        )


def distinct(draw: Callable[[int], Rows], count: int) -> Rows:
    """Return `count` different rows in the order in which `draw`, given a number of rows, first drew them."""
    rows = draw(count)
    while True:
        _, first = np.unique(rows, axis=0, return_index=True)
        rows = rows[np.sort(first)]
        if len(rows) >= count:
            return rows[:count]
        rows = np.concatenate((rows, draw(count)))


def strings(letters: Rows) -> list[str]:
    """Return the ASCII codes (N, L), with zeros after each row's end, as strings."""
    codes = np.ascontiguousarray(letters, dtype=np.uint8)
    return [row.decode() for row in codes.view(f"S{codes.shape[1]}").ravel().tolist()]


def lists(values: pyarrow.Array, lengths: ArrayLike) -> pyarrow.Array:
    """Return lists of these lengths that hold the values one after the other."""
    import pyarrow

    offsets = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    return pyarrow.LargeListArray.from_arrays(offsets, values)


def vectors(values: NDArray[np.float32]) -> pyarrow.Array:
    """Return sequences of vectors (N, T, D) as lists of T lists of D numbers."""
    import pyarrow

    count, steps, size = values.shape
    return lists(lists(pyarrow.array(values.ravel()), np.full(count * steps, size)), np.full(count, steps))

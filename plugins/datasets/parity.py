"""Parity: an odd or an even number of b's?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

from rnnbench.contracts import TaskInfo, check_range

from ._generated import Generated, check_possible, distinct, strings

if TYPE_CHECKING:
    import pyarrow


class Parity(Generated):
    """Strings of a and b: is the number of b's even or odd? Tested on strings that are longer than any in training.

    Lengths are drawn evenly: 1 to `length` in train and validation, `length` + 1 to `test_length` in test; a short
    string that was drawn before is drawn anew. One bit of memory is enough, and without any one answer in two is
    right: it tells a rule that was learned from strings that were remembered. Published settings: `length` 40,
    `test_length` 500, training rows without end (Delétang et al.).
    """

    info = TaskInfo(
        "classification",
        "char",
        ("accuracy",),
        labels=("even", "odd"),
        floor=1 / 2,
        revision="1",
        licence="CC0-1.0",
        homepage="https://arxiv.org/abs/2207.02098",
        citation="Delétang et al. 2023, Neural networks and the Chomsky hierarchy, ICLR",
    )

    def __init__(
        self,
        length: int = 40,
        test_length: int = 100,
        train: int = 10_000,
        validation: int = 1_000,
        test: int = 2_000,
        seed: int = 0,
    ) -> None:
        super().__init__(train, validation, test, seed)
        check_range("dataset.length", length, 1, 10_000)
        check_range("dataset.test_length", test_length, length + 1, 10_000)
        check_possible(train + validation, 2 ** (length + 1) - 2)
        check_possible(test, 2 ** (test_length + 1) - 2 ** (length + 1))
        self._length, self._test_length = length, test_length

    def _draw(self, random: RandomState) -> pyarrow.Table:
        """Return texts and labels."""
        import pyarrow

        train, validation, test = self._sizes.values()
        known = distinct(lambda count: _codes(random, count, 1, self._length), train + validation)
        longer = distinct(lambda count: _codes(random, count, self._length + 1, self._test_length), test)
        odd = [(rows == ord("b")).sum(axis=1) % 2 for rows in (known, longer)]
        return pyarrow.table(
            {
                "text": strings(known) + strings(longer),
                "label": pyarrow.array(self.info.labels).take(np.concatenate(odd)),
            }
        )


def _codes(random: RandomState, count: int, shortest: int, longest: int) -> NDArray[np.uint8]:
    """Return rows of ASCII codes (count, longest), zero after each row's end."""
    lengths = random.randint(shortest, longest + 1, size=count, dtype=np.int64)
    letters = ord("a") + random.randint(2, size=(count, longest), dtype=np.int64)
    return np.where(np.arange(longest) < lengths[:, None], letters, 0).astype(np.uint8)

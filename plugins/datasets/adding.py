"""The adding problem: the sum of the two numbers that are marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.random import RandomState

from rnnbench.contracts import TaskInfo, check_range

from ._generated import Generated, vectors

if TYPE_CHECKING:
    import pyarrow


class Adding(Generated):
    """Steps of two numbers, one drawn evenly from 0 to 1, the other a mark: give the sum of the two marked numbers.

    One mark is in the first half of the `length` steps, one in the second. Always to answer 1, the mean, has the error
    1/6, the variance of the sum of two such numbers; papers give it as 0.167 and, wrongly, as 0.1767. Published
    settings: `length` 100 to 750 (Arjovsky et al.); 200, 400 and 600 with 50,000 training and 1,000 test rows (Bai et
    al.). It is not the task of Hochreiter and Schmidhuber 1997, whose numbers, marks and lengths are drawn otherwise.
    """

    info = TaskInfo(
        "regression",
        "none",
        ("mse",),
        modality="vectors",
        floor=1 / 6,
        revision="1",
        licence="CC0-1.0",
        homepage="https://arxiv.org/abs/1511.06464",
        citation="Arjovsky, Shah and Bengio 2016, Unitary evolution recurrent neural networks, ICML; "
        "Bai, Kolter and Koltun 2018, An empirical evaluation of generic convolutional and recurrent networks for "
        "sequence modeling, arXiv:1803.01271",
    )

    def __init__(
        self, length: int = 200, train: int = 50_000, validation: int = 1_000, test: int = 1_000, seed: int = 0
    ) -> None:
        super().__init__(train, validation, test, seed)
        check_range("dataset.length", length, 2, 100_000)
        self._length = length

    def _draw(self, random: RandomState) -> pyarrow.Table:
        """Return vectors and values."""
        import pyarrow

        count, half = sum(self._sizes.values()), self._length // 2
        steps = np.zeros((count, self._length, 2), dtype=np.float32)
        steps[:, :, 0] = random.random_sample((count, self._length))
        rows = np.arange(count)
        values = np.zeros(count)
        for low, high in ((0, half), (half, self._length)):
            places = random.randint(low, high, size=count, dtype=np.int64)
            steps[rows, places, 1] = 1.0
            values += steps[rows, places, 0]
        return pyarrow.table({"vectors": vectors(steps), "value": values})

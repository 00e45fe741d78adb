"""The copy memory task: repeat ten symbols after a long wait."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import RandomState

from rnnbench.contracts import TaskInfo, check_range

from ._generated import Generated, check_possible, distinct, lists

if TYPE_CHECKING:
    import pyarrow

_SYMBOLS = 8
_COPIED = 10
_WORDS = tuple("0123456789")
_BLANK, _DELIMITER = 0, 9


def _floor(wait: int) -> float:
    """Return the loss of a network that knows when to answer, but not what: nats a step."""
    return _COPIED * math.log(_SYMBOLS) / (wait + 2 * _COPIED)


class CopyMemory(Generated):
    """Ten symbols 1 to 8, a wait of blanks (0), a delimiter (9), ten blanks: repeat the symbols in the last ten steps.

    All `wait` + 20 steps have a tag, blank but for the last ten, and the loss is the mean over them all; without a
    memory it is 10 ln 8 / (wait + 20) at best, 0.1733 with the default wait of 100. Published settings: `wait` 100 to
    500 (Arjovsky et al.); 500, 1000 and 2000 with 10,000 training and 1,000 test rows (Bai et al.). Two or three
    waits tell how far a cell's memory reaches.
    """

    info = TaskInfo(
        "tagging",
        "word",
        ("loss", "accuracy"),
        labels=_WORDS[: _SYMBOLS + 1],
        floor=_floor(100),
        revision="1",
        licence="CC0-1.0",
        homepage="https://arxiv.org/abs/1511.06464",
        citation="Arjovsky, Shah and Bengio 2016, Unitary evolution recurrent neural networks, ICML; "
        "Bai, Kolter and Koltun 2018, An empirical evaluation of generic convolutional and recurrent networks for "
        "sequence modeling, arXiv:1803.01271",
    )

    def __init__(
        self, wait: int = 100, train: int = 10_000, validation: int = 1_000, test: int = 1_000, seed: int = 0
    ) -> None:
        super().__init__(train, validation, test, seed)
        check_range("dataset.wait", wait, 1, 100_000)
        check_possible(train + validation + test, _SYMBOLS**_COPIED)
        self._wait = wait
        self.info = replace(self.info, floor=_floor(wait))

    def _draw(self, random: RandomState) -> pyarrow.Table:
        """Return words and tags."""
        import pyarrow

        count = sum(self._sizes.values())
        symbols = distinct(lambda n: random.randint(1, _SYMBOLS + 1, size=(n, _COPIED), dtype=np.int64), count)
        read = np.full((count, self._wait + 2 * _COPIED), _BLANK)
        read[:, :_COPIED] = symbols
        read[:, -_COPIED - 1] = _DELIMITER
        answer = np.full_like(read, _BLANK)
        answer[:, -_COPIED:] = symbols
        names, lengths = pyarrow.array(_WORDS), np.full(count, read.shape[1])
        return pyarrow.table(
            {"words": lists(names.take(read.ravel()), lengths), "tags": lists(names.take(answer.ravel()), lengths)}
        )

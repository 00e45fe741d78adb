"""Dyck words: which bracket is to be closed next?"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

from rnnbench.contracts import TaskInfo, check_range

from ._generated import Generated, check_possible, distinct, lists

if TYPE_CHECKING:
    import pyarrow

_NOTHING = "-"
_END = -1
"""Stands where a word has ended."""


class Dyck(Generated):
    """Balanced brackets of some `kinds`, nested at most `depth` deep: after each, which is the bracket to close next?

    The tag of a step is the closing bracket that may follow, or - where none is open. An opening bracket may follow
    anywhere short of the greatest depth, so that this is the set of next symbols that Suzgun et al. let a network
    predict, and with a bounded depth the language Dyck-(k, m) and the closing bracket of Hewitt et al. All words of a
    length and nesting are equally likely. Even lengths are drawn evenly: 2 to `length` in train and validation, above
    that to `test_length` in test; a short word that was drawn before is drawn anew. Published settings: 2 kinds,
    lengths 50 and 100, depth without bounds (Suzgun et al.); 2 to 128 kinds, depths 3 and 5 (Hewitt et al.).
    """

    info = TaskInfo(
        "tagging",
        "word",
        ("accuracy", "loss"),
        labels=(_NOTHING, "1)", "2)"),
        revision="1",
        licence="CC0-1.0",
        homepage="https://arxiv.org/abs/2010.07515",
        citation="Suzgun, Gehrmann, Belinkov and Shieber 2019, Memory-augmented recurrent neural networks can learn "
        "generalized Dyck languages, arXiv:1911.03329; Hewitt, Hahn, Ganguli, Liang and Manning 2020, RNNs can "
        "generate bounded hierarchical languages with optimal memory, EMNLP",
    )

    def __init__(
        self,
        kinds: int = 2,
        depth: int = 5,
        length: int = 50,
        test_length: int = 100,
        train: int = 10_000,
        validation: int = 1_000,
        test: int = 1_000,
        seed: int = 0,
    ) -> None:
        super().__init__(train, validation, test, seed)
        check_range("dataset.kinds", kinds, 1, 1000)
        check_range("dataset.depth", depth, 1, 1000)
        check_range("dataset.length", length, 2, 2000)
        check_range("dataset.test_length", test_length, length + 2, 4000)
        self._kinds, self._depth = kinds, depth
        self._pairs, self._test_pairs = length // 2, test_length // 2
        self._endings = _endings(2 * self._test_pairs, depth)
        words = [self._endings[2 * pairs][0] * kinds**pairs for pairs in range(self._test_pairs + 1)]
        check_possible(train + validation, sum(words[1 : self._pairs + 1]))
        check_possible(test, sum(words[self._pairs + 1 :]))
        self.info = replace(self.info, labels=(_NOTHING, *self._closing))

    @property
    def _closing(self) -> list[str]:
        return [f"{kind})" for kind in range(1, self._kinds + 1)]

    def _draw(self, random: RandomState) -> pyarrow.Table:
        """Return words and tags."""
        import pyarrow

        train, validation, test = self._sizes.values()
        known = distinct(lambda count: self._codes(random, count, 1, self._pairs), train + validation)
        longer = distinct(lambda count: self._codes(random, count, self._pairs + 1, self._test_pairs), test)
        opening = [f"({kind}" for kind in range(1, self._kinds + 1)]
        lengths = np.concatenate([(rows[:, 0] != _END).sum(axis=1) for rows in (known, longer)])

        def column(place: int, names: list[str]) -> pyarrow.Array:
            codes = np.concatenate([rows[:, place][rows[:, place] != _END] for rows in (known, longer)])
            return lists(pyarrow.array(names).take(codes), lengths)

        return pyarrow.table(
            {"words": column(0, [*opening, *self._closing]), "tags": column(1, [_NOTHING, *self._closing])}
        )

    def _codes(self, random: RandomState, count: int, shortest: int, longest: int) -> NDArray[np.int16]:
        """Return each word's symbols and its tags (count, 2, 2 longest), all of them words of so many pairs."""
        lengths = 2 * random.randint(shortest, longest + 1, size=count, dtype=np.int64)
        codes = np.full((count, 2, 2 * longest), _END, dtype=np.int16)
        # What is open at each level; at level 0 there is nothing.
        stack = np.zeros((count, self._depth + 1), dtype=np.int16)
        level = np.zeros(count, dtype=np.int64)
        for step in range(2 * longest):
            kinds = random.randint(1, self._kinds + 1, size=count, dtype=np.int64)
            chance = random.random_sample(count) < self._opening[np.maximum(lengths - step, 0), level]
            (opened,), (closed,) = np.nonzero((step < lengths) & chance), np.nonzero((step < lengths) & ~chance)
            level[opened] += 1
            stack[opened, level[opened]] = kinds[opened]
            codes[opened, 0, step] = kinds[opened] - 1
            codes[closed, 0, step] = self._kinds + stack[closed, level[closed]] - 1
            level[closed] -= 1
            (read,) = np.nonzero(step < lengths)
            codes[read, 1, step] = stack[read, level[read]]
        return codes

    @cached_property
    def _opening(self) -> NDArray[np.float64]:
        """Return how likely a bracket opens, by the steps that are left and the level, if all words are as likely."""
        chances = np.zeros((len(self._endings), self._depth + 1))
        for left in range(1, len(self._endings)):
            for level in range(self._depth):
                if self._endings[left][level]:
                    chances[left, level] = self._endings[left - 1][level + 1] / self._endings[left][level]
        return chances


def _endings(steps: int, depth: int) -> list[list[int]]:
    """Return in how many ways as many steps lead from each level down to 0, brackets of one kind."""
    ways = [[1] + [0] * depth]
    for _ in range(steps):
        before = [0, *ways[-1], 0]
        ways.append([before[level] + before[level + 2] for level in range(depth + 1)])
    return ways

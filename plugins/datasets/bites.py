"""Dog bites man, or man bites dog: sentences that differ in nothing but word order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from rnnbench.contracts import SPLITS, TaskInfo, UsageError, split_of

from ._splits import Example, table
from ._templates import below

if TYPE_CHECKING:
    import pyarrow


def _words(line: str) -> tuple[str, ...]:
    return tuple(line.split())


_ANIMALS = _words("badger bear beaver cat dog donkey eagle fox goat goose hare horse lynx otter owl parrot pig")
_VERBS = _words("annoys bites calms chases feeds fears finds follows greets hears hugs kicks licks meets sees")
_PEOPLE = _words("aunt baker banker boy butcher chef clerk doctor farmer girl judge man miner nurse painter")
_OTHERS = _words(
    "again alas almost apparently behind calmly daily early finally gladly here indeed just later likely loudly maybe "
    "mostly never nearby now often once outside perhaps quickly quietly rarely really sadly slowly softly sometimes "
    "soon still suddenly then there today tomorrow tonight truly usually yesterday yet"
)
_LABELS = ("dog bites man", "man bites dog")


class Bites:
    """Generated sentences with an animal, a verb and a person in a row: who does it to whom?

    `length` is a sentence's words; those around the three are distractors. Each of the `pairs` is two sentences that
    differ in the animal and the person changing places, and both are in the same split: a bag of words is exactly at
    chance. `seed` draws other sentences.
    """

    info = TaskInfo(
        "classification",
        "word",
        ("accuracy", "macro_f1"),
        labels=_LABELS,
        languages=("en",),
        revision="1",
        licence="CC0-1.0",
    )
    offline = True

    def __init__(self, length: int = 7, pairs: int = 2000, seed: int = 0) -> None:
        if length < 3:
            raise UsageError(f"dataset.length={length} is too short for dog bites man; give at least 3.")
        different = len(_ANIMALS) * len(_VERBS) * len(_PEOPLE) * (length - 2) * len(_OTHERS) ** (length - 3)
        # Drawing more than half of all sentences without repetition would take ever longer.
        if not 100 <= pairs <= different // 2:
            raise UsageError(
                f"dataset.pairs={pairs} is outside 100..{different // 2}, what length={length} can give; "
                "choose another number or a longer sentence."
            )
        self._length, self._pairs, self._seed = length, pairs, seed

    def sources(self) -> Sequence[Path]:
        """Return nothing: the sentences are generated."""
        return ()

    def load(self, split: str) -> pyarrow.Table:
        """Return the sentences of the split, as many of one label as of the other."""
        return table(self._splits[split])

    @cached_property
    def _splits(self) -> dict[str, list[Example]]:
        random = Random(self._seed)
        pairs: dict[str, str] = {}
        while len(pairs) < self._pairs:
            first, second = self._draw(random)
            pairs[first] = second
        splits: dict[str, list[Example]] = {split: [] for split in SPLITS}
        for pair in pairs.items():
            splits[split_of(pair[0])].extend(zip(pair, _LABELS, strict=True))
        return splits

    def _draw(self, random: Random) -> tuple[str, str]:
        """Return a sentence and its mirror image."""
        animal, verb, person = (_pick(random, words) for words in (_ANIMALS, _VERBS, _PEOPLE))
        others = [_pick(random, _OTHERS) for _ in range(self._length - 3)]
        place = below(random, self._length - 2)
        before, after = others[:place], others[place:]
        return (
            " ".join([*before, animal, verb, person, *after]),
            " ".join([*before, person, verb, animal, *after]),
        )


def _pick(random: Random, words: Sequence[str]) -> str:
    return words[below(random, len(words))]

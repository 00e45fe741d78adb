from __future__ import annotations

from collections import Counter

import pytest
from numpy.random import RandomState

from rnnbench.contracts import UsageError
from rnnbench.plugins.datasets.dyck import Dyck

SIZES = {"train": 400, "validation": 40, "test": 60}


@pytest.mark.parametrize(("kinds", "depth"), [(1, 9), (2, 5), (3, 1), (128, 3)])
def test_every_word_is_balanced_and_its_tags_are_the_brackets_to_close(kinds: int, depth: int) -> None:
    dataset = Dyck(kinds=kinds, depth=depth, length=26, test_length=40, **SIZES)
    deepest = 0
    for split in SIZES:
        for row in dataset.load(split).to_pylist():
            open_: list[str] = []
            for word, tag in zip(row["words"], row["tags"], strict=True):
                if word.startswith("("):
                    open_.append(f"{word[1:]})")
                else:
                    assert word == open_.pop()
                assert tag == (open_[-1] if open_ else "-")
                deepest = max(deepest, len(open_))
            assert not open_
    assert deepest == depth
    assert len(dataset.info.labels or ()) == kinds + 1


def test_test_words_are_longer_than_any_in_training() -> None:
    dataset = Dyck(length=20, test_length=24, **SIZES)
    lengths = {split: set(map(len, dataset.load(split)["words"].to_pylist())) for split in SIZES}
    assert max(lengths["train"]) == 20
    assert min(lengths["train"]) == 2
    assert lengths["test"] == {22, 24}


def test_all_words_of_a_length_are_equally_likely() -> None:
    # Of one kind and nested at most twice there are eight words of four pairs.
    codes = Dyck(kinds=1, depth=2, length=40, test_length=60, **SIZES)._codes(RandomState(0), 8000, 4, 4)
    words = Counter(map(bytes, codes[:, 0]))
    assert len(words) == 8
    assert min(words.values()) > 900


def test_a_seed_gives_the_same_words_everywhere() -> None:
    words = "(2 (1 (2 (1 1) (2 2) 2) (1 (2 (2 2) 2) 1) (2 2) (1 1) 1) (1 1) (1 1) 2) (2 2)"
    assert Dyck().load("train")["words"][0].as_py() == words.split()


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"depth": 0}, r"dataset\.depth=0: expected a number from 1 to "),
        ({"kinds": 0}, r"dataset\.kinds=0: expected a number from 1 to "),
        ({"length": 100}, r"dataset\.test_length=100: expected a number from 102 to "),
        ({"kinds": 1, "depth": 1}, r"11000 different rows are too many, since these parameters can give 25;"),
    ],
)
def test_what_cannot_be_generated_is_refused(params: dict[str, int], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        Dyck(**params)

from __future__ import annotations

from collections import Counter

import pytest

from rnnbench.contracts import SPLITS, UsageError
from rnnbench.plugins.datasets.bites import Bites


@pytest.mark.parametrize("length", [3, 4, 7, 20])
def test_every_bag_of_words_occurs_once_with_each_label_in_the_same_split(length: int) -> None:
    dataset = Bites(length=length, pairs=300)
    total = 0
    for split in SPLITS:
        rows = dataset.load(split).to_pylist()
        bags: dict[tuple[str, ...], list[str]] = {}
        for row in rows:
            words = row["text"].split()
            assert len(words) == length
            bags.setdefault(tuple(sorted(words)), []).append(row["label"])
        for labels in bags.values():
            assert labels.count("dog bites man") == labels.count("man bites dog")
        assert len({row["text"] for row in rows}) == len(rows)
        total += len(rows)
    assert total == 600


def test_mirrored_sentences_differ_in_two_places_only() -> None:
    rows = Bites(pairs=100).load("train").to_pylist()
    for first, second in zip(rows[::2], rows[1::2], strict=True):
        pairs = list(zip(first["text"].split(), second["text"].split(), strict=True))
        places = [index for index, (one, other) in enumerate(pairs) if one != other]
        assert len(places) == 2
        assert places[1] - places[0] == 2
        assert pairs[places[0]] == pairs[places[1]][::-1]


def test_the_three_words_stand_at_every_place() -> None:
    rows = Bites(length=5, pairs=1000).load("train").to_pylist()
    verbs = {row["text"].split()[1] for row in Bites(length=3, pairs=1000).load("train").to_pylist()}
    places = Counter(next(i for i, word in enumerate(row["text"].split()) if word in verbs) for row in rows)
    assert set(places) == {1, 2, 3}
    assert min(places.values()) > 400


def test_a_seed_gives_the_same_sentences_everywhere() -> None:
    assert Bites().load("train")["text"][0].as_py() == "indeed owl kicks clerk outside never suddenly"
    assert not Bites(seed=1).load("train").equals(Bites().load("train"))


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"length": 2}, "dataset.length=2 is too short"),
        ({"length": 3, "pairs": 5000}, r"dataset.pairs=5000 is outside 100\.\.\d+"),
        ({"pairs": 5}, "dataset.pairs=5 is outside"),
    ],
)
def test_what_cannot_be_generated_is_refused(params: dict[str, int], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        Bites(**params)

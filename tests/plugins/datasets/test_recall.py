from __future__ import annotations

from collections import Counter

import pytest

from rnnbench.contracts import UsageError
from rnnbench.plugins.datasets.recall import Recall


@pytest.mark.parametrize("pairs", [2, 4, 26])
def test_label_is_the_digit_after_the_letter_asked_for(pairs: int) -> None:
    for row in Recall(pairs=pairs, train=200, validation=10, test=10).load("train").to_pylist():
        text = row["text"]
        letters, digits, rest = text[: 2 * pairs : 2], text[1 : 2 * pairs : 2], text[2 * pairs :]
        assert len(set(letters)) == pairs
        assert digits.isdigit()
        assert rest[:2] == "??"
        assert row["label"] == digits[letters.index(rest[2:])]


def test_every_digit_is_as_likely_and_every_pair_is_asked_for() -> None:
    rows = Recall(train=5000).load("train").to_pylist()
    labels = Counter(row["label"] for row in rows)
    assert max(labels.values()) / 5000 == pytest.approx(Recall.info.floor, abs=0.02)
    places = Counter(row["text"].index(row["text"][-1]) for row in rows)
    assert set(places) == {0, 2, 4, 6}
    assert min(places.values()) > 1100


def test_a_seed_gives_the_same_texts_everywhere() -> None:
    assert Recall().load("train").slice(0, 1).to_pylist() == [{"text": "q1o2p7y1??o", "label": "2"}]


@pytest.mark.parametrize("pairs", [1, 27])
def test_other_numbers_of_pairs_are_refused(pairs: int) -> None:
    with pytest.raises(UsageError, match=rf"dataset\.pairs={pairs}: expected a number from 2 to 26"):
        Recall(pairs=pairs)

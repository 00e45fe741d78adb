from __future__ import annotations

from collections import Counter

import pytest

from rnnbench.contracts import UsageError
from rnnbench.plugins.datasets.parity import Parity


def test_label_tells_whether_the_number_of_bs_is_even() -> None:
    for split in ("train", "validation", "test"):
        for row in Parity(train=500).load(split).to_pylist():
            assert set(row["text"]) <= {"a", "b"}
            assert row["label"] == ("odd" if row["text"].count("b") % 2 else "even")


def test_test_strings_are_longer_than_any_in_training() -> None:
    dataset = Parity(length=12, test_length=15, train=2000, validation=200, test=900)
    lengths = {
        split: Counter(map(len, dataset.load(split)["text"].to_pylist())) for split in ("train", "validation", "test")
    }
    assert set(lengths["train"]) == set(range(1, 13))
    assert max(lengths["validation"]) == 12
    assert set(lengths["test"]) == {13, 14, 15}
    assert min(lengths["test"].values()) > 250


def test_a_seed_gives_the_same_strings_everywhere() -> None:
    assert Parity().load("test")["text"][0].as_py() == "babbbbababaaababaaabaabaaaaaabbababbbabaabbaabaabb"


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"length": 0}, r"dataset\.length=0: expected a number from 1 to "),
        ({"length": 40, "test_length": 40}, r"dataset\.test_length=40: expected a number from 41 to "),
        ({"length": 10}, r"11000 different rows are too many, since these parameters can give 2046"),
    ],
)
def test_what_cannot_be_generated_is_refused(params: dict[str, int], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        Parity(**params)

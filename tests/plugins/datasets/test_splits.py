from __future__ import annotations

import pytest

from rnnbench.contracts import SPLITS, DataError
from rnnbench.plugins.datasets._splits import apportion, carve, without_repeats

EXAMPLES = [(f"text {number}", "ab"[number % 2]) for number in range(400)]


def test_missing_splits_are_carved_from_train_by_the_text() -> None:
    splits = carve({"train": EXAMPLES + EXAMPLES[:50]}, "data")
    assert sorted(example for split in SPLITS for example in splits[split]) == sorted(EXAMPLES + EXAMPLES[:50])
    texts = [{text for text, _ in splits[split]} for split in SPLITS]
    assert not texts[0] & texts[1]
    assert not texts[0] & texts[2]
    assert not texts[1] & texts[2]
    assert 320 < len(splits["train"]) < 400


@pytest.mark.parametrize(("given", "carved"), [("test", "validation"), ("validation", "test")])
def test_only_the_missing_split_is_carved(given: str, carved: str) -> None:
    held = [("held", "a"), ("out", "b")]
    splits = carve({"train": EXAMPLES, given: held}, "data")
    assert splits[given] == held
    assert 20 < len(splits[carved]) < 60
    assert len(splits["train"]) + len(splits[carved]) == len(EXAMPLES)


def test_given_splits_are_left_as_they_are() -> None:
    given = {"train": EXAMPLES, "validation": EXAMPLES[:2], "test": EXAMPLES[:2]}
    assert carve(given, "data") == given


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"train": EXAMPLES[:2]}, "leaves no example for"),
        ({"train": EXAMPLES[::2]}, "only one class"),
        ({"train": EXAMPLES, "test": [("x", "c")]}, "the class c in test but not in train"),
    ],
)
def test_data_that_cannot_be_learned_from_is_refused(given: dict[str, list[tuple[str, str]]], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        carve(given, "data")


def test_what_an_earlier_split_has_is_left_out_of_later_ones() -> None:
    splits = {"test": ["a1", "b1", "c1", "c2"], "train": ["a2", "a3"], "validation": ["a4", "b2"]}
    kept = without_repeats(splits, lambda row: row[0])
    assert kept == {"train": ["a2", "a3"], "validation": ["b2"], "test": ["c1", "c2"]}


@pytest.mark.parametrize(("count", "held"), [(3, 1), (19, 1), (20, 2), (38, 3)])
def test_a_few_keys_have_exact_shares(count: int, held: int) -> None:
    keys = [f"key {number}" for number in range(count)]
    splits = apportion(keys)
    assert splits == apportion(set(keys))
    assert sorted(splits) == sorted(keys)
    shares = [list(splits.values()).count(split) for split in SPLITS]
    assert shares == [count - 2 * held, held, held]

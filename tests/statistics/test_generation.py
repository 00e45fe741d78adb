"""The scores of generated text, by name."""

from __future__ import annotations

import pytest

from rnnbench.contracts import METRICS
from rnnbench.statistics.generation import SCORERS, score

PREDICTIONS = ["the cat sat on the mat", "a dog ran"]
REFERENCES = [["the cat sat on the mat"], ["a dog ran", "the dog was running"]]


def test_each_metric_is_declared_and_at_its_best_for_perfect_texts() -> None:
    assert set(SCORERS) <= set(METRICS)
    for found in score(list(SCORERS), PREDICTIONS, REFERENCES, "en"):
        kind = METRICS[found.name]
        if not found.name.startswith("distinct"):
            assert found.value == pytest.approx(kind.high if kind.higher_is_better else kind.low)
        assert found.signature


def test_scores_come_in_the_order_of_the_names() -> None:
    names = ["rouge_l", "bleu", "distinct_2", "per"]
    assert [found.name for found in score(names, PREDICTIONS, REFERENCES)] == names


def test_distinct_words_and_pairs_by_hand() -> None:
    one, two = score(["distinct_1", "distinct_2"], ["I see. I see!", "You see", ""], [["x"]] * 3, "en")
    assert one.value == pytest.approx(3 / 6)
    assert two.value == pytest.approx(3 / 4)
    assert one.ci95 is two.ci95 is None
    (nothing,) = score(["distinct_2"], ["", "one"], [["x"]] * 2)
    assert nothing.value == 0


def test_characters_are_the_words_of_languages_without_spaces() -> None:
    (found,) = score(["distinct_1"], ["ネコ ネコ。"], [["x"]], "ja")
    assert found.value == pytest.approx(2 / 4)


def test_vowel_signs_belong_to_their_words() -> None:
    (found,) = score(["distinct_1"], ["हिन्दी हिन्दी"], [["x"]], "hi")
    assert found.value == pytest.approx(1 / 2)


@pytest.mark.parametrize(
    ("names", "predictions", "references", "sentence"),
    [
        (["bleu", "accuracy"], ["a"], [["a"]], "accuracy cannot be computed from texts; bleu, chrf"),
        (["bleu"], [], [], "0 predictions and 0 references"),
        (["bleu"], ["a"], [["a"], ["b"]], "1 predictions and 2 references"),
        (["bleu"], ["a"], [[]], "no reference"),
    ],
)
def test_what_cannot_be_scored_is_said(
    names: list[str], predictions: list[str], references: list[list[str]], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        score(names, predictions, references)

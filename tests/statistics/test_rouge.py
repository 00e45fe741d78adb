"""ROUGE against values computed by hand and rouge-score's own."""

from __future__ import annotations

import pytest
from rouge_score.rouge_scorer import RougeScorer

from rnnbench.statistics.rouge import rouge

PREDICTION = "the cat was found under the bed"
REFERENCE = "the cat was under the bed"


@pytest.mark.parametrize(
    ("name", "expected"),
    # Of 7 and 6 words 6 are shared, of 6 and 5 pairs 4; the longest common subsequence is the reference.
    [("rouge_1", 12 / 13), ("rouge_2", 8 / 11), ("rouge_l", 12 / 13)],
)
def test_scores_by_hand(name: str, expected: float) -> None:
    for language in ("en", "fi"):
        assert rouge(name, [PREDICTION], [[REFERENCE]], language).value == pytest.approx(expected)


def test_english_words_are_stemmed_as_rouge_score_does() -> None:
    prediction, reference = "Deletes the tables", "delete a table"
    expected = RougeScorer(["rouge1"], use_stemmer=True).score(reference, prediction)["rouge1"].fmeasure
    score = rouge("rouge_1", [prediction], [[reference]], "en-GB")
    assert score.value == pytest.approx(expected) == pytest.approx(2 / 3)
    assert "rouge1 F1, Porter stems" in score.signature
    assert rouge("rouge_1", [prediction], [[reference]], "fi").value == 0


def test_other_alphabets_are_not_lost() -> None:
    score = rouge("rouge_2", ["кошка на кровати", "ネコがいる"], [["Кошка, на кровати!"], ["ネコがいた"]], "ru")
    assert score.value == pytest.approx(1 / 2)
    assert rouge("rouge_1", ["ネコがいる"], [["ネコがいた"]], "ja").value == pytest.approx(4 / 5)
    assert "Porter" not in score.signature


def test_the_most_similar_reference_counts_and_values_are_averaged() -> None:
    score = rouge("rouge_l", [PREDICTION, "x"], [["nothing alike", REFERENCE, PREDICTION], ["y"]], "en")
    assert score.value == pytest.approx(1 / 2)
    assert score.n == 2
    assert score.ci95 == (0, 1)

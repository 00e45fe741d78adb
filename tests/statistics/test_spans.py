"""Spans and their scores, against seqeval and against counts by hand."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.scheme import IOB2

from rnnbench.statistics.schemes import may_follow
from rnnbench.statistics.spans import f1, precision, recall, span_counts, span_counts_by_type, spans

TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")


def random_tags(random: Random, length: int, legal: bool) -> list[str]:
    tags: list[str] = []
    while len(tags) < length:
        tag = random.choice(TAGS)
        if not legal or may_follow(tags[-1] if tags else None, tag, "IOB2"):
            tags.append(tag)
    return tags


@pytest.mark.parametrize(
    ("gold", "prediction", "strict", "conlleval"),
    [
        # An illegal prediction: nothing to the strict, the whole span to conlleval.
        (["B-PER", "I-PER"], ["I-PER", "I-PER"], 0.0, 1.0),
        # IOB1 targets that were not converted: a perfect prediction is worth nothing under the strict rules.
        (["I-PER", "I-PER", "O"], ["I-PER", "I-PER", "O"], 0.0, 1.0),
        (["B-PER", "I-PER", "O", "B-LOC"], ["B-PER", "I-PER", "O", "B-LOC"], 1.0, 1.0),
        (["B-PER", "I-PER"], ["B-PER", "B-PER"], 0.0, 0.0),
        (["B-PER", "O"], ["B-PER", "I-LOC"], 1.0, 2 / 3),
        (["O", "O"], ["O", "O"], 0.0, 0.0),
    ],
)
def test_f1_of_small_cases(gold: list[str], prediction: list[str], strict: float, conlleval: float) -> None:
    assert f1(span_counts([gold], [prediction], "strict").sum(0)) == pytest.approx(strict)
    assert f1(span_counts([gold], [prediction], "conlleval").sum(0)) == pytest.approx(conlleval)


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_seqevals(seed: int) -> None:
    random = Random(seed)
    lengths = [random.randrange(1, 12) for _ in range(60)]
    gold = [random_tags(random, length, legal=True) for length in lengths]
    prediction = [random_tags(random, length, legal=False) for length in lengths]
    for convention, options in (("strict", {"mode": "strict", "scheme": IOB2}), ("conlleval", {})):
        total = span_counts(gold, prediction, convention).sum(0)
        for ours, theirs in ((f1, f1_score), (precision, precision_score), (recall, recall_score)):
            assert ours(total) == pytest.approx(theirs(gold, prediction, **options))


def test_perfect_predictions_have_perfect_scores() -> None:
    random = Random(0)
    gold = [random_tags(random, 8, legal=True) for _ in range(20)]
    for score in (f1, precision, recall):
        assert score(span_counts(gold, gold).sum(0)) == 1.0


def test_counts_are_per_sentence_and_per_type() -> None:
    gold = [["B-PER", "O", "B-LOC"], ["O"], ["B-PER", "I-PER", "O"]]
    prediction = [["B-PER", "B-PER", "B-LOC"], ["B-LOC"], ["B-PER", "O", "O"]]
    assert span_counts(gold, prediction).tolist() == [[2, 3, 2], [0, 1, 0], [0, 1, 1]]
    by_type = {kind: counts.tolist() for kind, counts in span_counts_by_type(gold, prediction).items()}
    assert by_type == {"LOC": [1, 2, 1], "PER": [1, 3, 2]}
    assert list(by_type) == ["LOC", "PER"]


def test_many_counts_are_scored_at_once() -> None:
    counts = np.array([[2, 3, 2], [0, 1, 0]])
    assert f1(counts) == pytest.approx([4 / 5, 0])
    assert precision(counts) == pytest.approx([2 / 3, 0])
    assert recall(counts) == pytest.approx([1, 0])


def test_types_keep_their_names() -> None:
    assert spans(["B-CREATIVE-WORK", "I-CREATIVE-WORK"]) == {("CREATIVE-WORK", 0, 2)}


@pytest.mark.parametrize(("gold", "prediction"), [([], []), ([["O"]], [["O", "O"]]), ([["O"]], [])])
def test_what_are_no_tags_of_the_same_sentences_is_refused(gold: list[list[str]], prediction: list[list[str]]) -> None:
    with pytest.raises(ValueError, match="tags of the same sentences"):
        span_counts(gold, prediction)

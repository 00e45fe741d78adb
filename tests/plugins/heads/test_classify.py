"""The classification head."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional

from rnnbench.contracts import Batch, Features, UsageError, Vocabulary
from rnnbench.plugins.heads.classify import Classify
from rnnbench.testing import check_head

VOCABULARY = Vocabulary(10, 0, 1, 2, 3, labels=("a", "b", "c"), label_counts=(6, 2, 1))


def features(causal: bool = True, directions: int = 1) -> Features:
    outputs = torch.randn(3, 4, 6, generator=torch.Generator().manual_seed(0))
    return Features(outputs, torch.tensor([4, 2, 1]), (), causal, directions)


def batch(targets: list[int]) -> Batch:
    return Batch(torch.zeros(3, 4, dtype=torch.long), torch.tensor([4, 2, 1]), torch.tensor(targets), range(3))


@pytest.mark.parametrize("pooling", ["auto", "last", "mean", "max", "attention"])
@pytest.mark.parametrize("rest", [{}, {"class_weights": "balanced"}, {"label_smoothing": 0.2}])
def test_every_choice_keeps_the_contract(pooling: str, rest: dict[str, Any]) -> None:
    check_head("classify", pooling=pooling, **rest)


def test_balanced_weights_give_every_class_the_same_say() -> None:
    head = Classify(6, VOCABULARY, class_weights="balanced")
    assert head.weights is not None
    share = head.weights * torch.tensor(VOCABULARY.label_counts)
    assert torch.allclose(share, torch.full((3,), 3.0))
    targets = torch.tensor([0, 2, 1])
    each = functional.cross_entropy(head.logits(features()), targets, reduction="none")
    expected = (each * head.weights[targets]).mean()
    assert torch.allclose(head.loss(features(), batch([0, 2, 1])), expected)


def test_label_smoothing_is_cross_entropys_own() -> None:
    head = Classify(6, VOCABULARY, label_smoothing=0.3)
    expected = functional.cross_entropy(head.logits(features()), torch.tensor([0, 2, 1]), label_smoothing=0.3)
    assert torch.allclose(head.loss(features(), batch([0, 2, 1])), expected)


def test_probability_is_that_of_the_prediction() -> None:
    head = Classify(6, VOCABULARY)
    shares = head.logits(features()).softmax(-1)
    for row, share in zip(head.predict(features(), batch([0, 0, 0])), shares, strict=True):
        assert row["probability"] == pytest.approx(share.max().item())
        assert row["prediction"] == VOCABULARY.labels[share.argmax()]


def test_metrics_are_of_the_whole_split() -> None:
    rows = [{"prediction": word[0], "target": word[1]} for word in ("aa", "ab", "bb", "ba", "aa")]
    accuracy, macro_f1 = Classify(6, VOCABULARY).metrics(rows)
    assert (accuracy.name, accuracy.value, accuracy.n) == ("accuracy", 0.6, 5)
    # a: 2·2 / (2·2 + 1 + 1), b: 2·1 / (2·1 + 1 + 1); c never occurs.
    assert (macro_f1.name, macro_f1.value) == ("macro_f1", pytest.approx((2 / 3 + 1 / 2) / 2))
    assert accuracy.ci95 is not None
    assert accuracy.ci95[0] <= 0.6 <= accuracy.ci95[1]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"pooling": "first"}, "head.pooling=first: it is one of auto, last"),
        ({"label_smoothing": 1.0}, "head.label_smoothing=1.0"),
    ],
)
def test_wrong_parameters_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Classify(6, VOCABULARY, **parameters)

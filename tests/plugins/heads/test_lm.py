"""The head of language models."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rnnbench.contracts import Batch, Features, Sequences, TaskInfo, UsageError, Vocabulary
from rnnbench.plugins.heads.lm import Lm

INFO = TaskInfo("language_modelling", "char", ("perplexity",))
LENGTHS = [4, 1, 3]
OUTPUTS = torch.randn(3, 4, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
NEXT = [[5, 6, 7, 3], [3], [8, 9, 3]]
TOKENS = 8


def head(**params: Any) -> Lm:
    torch.manual_seed(0)
    return Lm(6, INFO, Vocabulary(10), nn.Embedding(10, 6), **params).double()


def features(padding: float = 0.0) -> Features:
    outputs = OUTPUTS.clone()
    for row, length in enumerate(LENGTHS):
        outputs[row, length:] = padding
    return Features(outputs, torch.tensor(LENGTHS), (), causal=True)


def batch() -> Batch:
    targets = torch.zeros(3, 4, dtype=torch.long)
    for row, tokens in enumerate(NEXT):
        targets[row, : len(tokens)] = torch.tensor(tokens)
    lengths = torch.tensor(LENGTHS)
    return Batch(torch.zeros(3, 4, dtype=torch.long), lengths, Sequences(targets, lengths), range(3))


def nlls(model: Lm) -> list[float]:
    """Return each row's negative log-probability, computed token by token."""
    weight, bias = model.readout.scores.weight, model.readout.scores.bias
    found = []
    for row, tokens in enumerate(NEXT):
        total = torch.zeros((), dtype=torch.float64)
        for step, token in enumerate(tokens):
            scores = weight @ OUTPUTS[row, step] + bias
            total = total + scores.exp().sum().log() - scores[token]
        found.append(total.item())
    return found


def mean_square(vectors: list[Tensor]) -> float:
    return sum(float((vector**2).sum()) for vector in vectors) / (6 * len(vectors))


STEPS = [OUTPUTS[row, step] for row, length in enumerate(LENGTHS) for step in range(length)]
CHANGES = [
    OUTPUTS[row, step + 1] - OUTPUTS[row, step] for row, length in enumerate(LENGTHS) for step in range(length - 1)
]


@pytest.mark.parametrize("tied", [False, True])
def test_loss_is_the_mean_over_next_tokens_and_predictions_are_the_rows_sums(tied: bool) -> None:
    model = head(tied=tied)
    assert model.loss(features(), batch()).item() == pytest.approx(sum(nlls(model)) / TOKENS)
    rows = model.predict(features(), batch())
    assert [row["nll"] for row in rows] == pytest.approx(nlls(model))
    assert [row["tokens"] for row in rows] == LENGTHS


def test_tied_scores_are_products_with_the_embeddings() -> None:
    embedding = nn.Embedding(10, 6)
    model = Lm(6, INFO, Vocabulary(10), embedding, tied=True)
    given = features().outputs.float()
    scores = model.scores(Features(given, torch.tensor(LENGTHS), (), causal=True))
    torch.testing.assert_close(scores, given @ embedding.weight.T + model.readout.scores.bias)


@pytest.mark.parametrize("padding", [0.0, 1e3])
@pytest.mark.parametrize(("activation", "slowness"), [(2.0, 0.0), (0.0, 3.0), (2.0, 3.0)])
def test_penalties_are_mean_squares_of_valid_steps_and_of_their_changes(
    activation: float, slowness: float, padding: float
) -> None:
    model = head(activation_penalty=activation, slowness_penalty=slowness)
    expected = sum(nlls(model)) / TOKENS + activation * mean_square(STEPS) + slowness * mean_square(CHANGES)
    assert model.loss(features(padding), batch()).item() == pytest.approx(expected)


def test_penalties_are_of_training_only() -> None:
    model = head(activation_penalty=2.0, slowness_penalty=3.0).eval()
    assert model.loss(features(), batch()).item() == pytest.approx(sum(nlls(model)) / TOKENS)


@pytest.mark.parametrize("steps", [1, 2])
def test_where_no_row_has_two_steps_nothing_changes(steps: int) -> None:
    model, ones = head(slowness_penalty=3.0), torch.ones(3, dtype=torch.long)
    given = Features(OUTPUTS[:, :steps], ones, (), causal=True)
    tokens = torch.zeros(3, steps, dtype=torch.long)
    tokens[:, 0] = 5
    asked = Batch(tokens, ones, Sequences(tokens, ones), range(3))
    assert model.loss(given, asked).item() == pytest.approx(head().loss(given, asked).item())


@pytest.mark.parametrize("name", ["activation_penalty", "slowness_penalty"])
def test_a_negative_penalty_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=rf"head\.{name}=-1\.0: expected a number at least 0\."):
        head(**{name: -1.0})

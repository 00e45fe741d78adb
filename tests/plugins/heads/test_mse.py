"""The regression head."""

from __future__ import annotations

import pytest
import torch

from rnnbench.contracts import Batch, Features
from rnnbench.networks import Pooling
from rnnbench.plugins.heads.mse import Mse
from rnnbench.testing import check_head

LENGTHS = torch.tensor([4, 2, 1])
FEATURES = Features(torch.randn(3, 4, 6, generator=torch.Generator().manual_seed(0)), LENGTHS, (), causal=True)
BATCH = Batch(torch.zeros(3, 4, 2), LENGTHS, torch.tensor([1.0, -2.0, 0.5]), range(3))


@pytest.mark.parametrize("pooling", ["auto", "last", "mean", "max", "attention"])
def test_every_pooling_keeps_the_contract(pooling: Pooling) -> None:
    check_head("mse", pooling=pooling)


def test_loss_is_the_mean_of_squared_differences() -> None:
    head = Mse(6)
    expected = (
        sum((value - target) ** 2 for value, target in zip(head.values(FEATURES), BATCH.targets, strict=True)) / 3
    )
    assert torch.allclose(head.loss(FEATURES, BATCH), expected)


def test_values_that_come_in_another_precision_are_learned_from() -> None:
    batch = Batch(BATCH.inputs, LENGTHS, BATCH.targets.double(), range(3))
    assert Mse(6).loss(FEATURES, batch).dtype == torch.float32


def test_metric_is_of_the_whole_split() -> None:
    rows = [{"prediction": 1.0, "target": 1}, {"prediction": 0.0, "target": 3.0}, {"prediction": 2.0, "target": 2.0}]
    (score,) = Mse(6).metrics(rows)
    assert (score.name, score.value, score.n) == ("mse", 3.0, 3)
    assert score.ci95 is not None
    assert score.ci95[0] < 3.0 < score.ci95[1]

"""Regression: one number for a whole sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from torch import Tensor, nn
from torch.nn import functional

from rnnbench.contracts import Batch, Features, Score
from rnnbench.networks import Pool, Pooling
from rnnbench.statistics.intervals import bootstrap_mean


class Mse(nn.Module):
    """One number for a whole sequence: pooled over time, then a linear layer, trained on the squared error.

    `pooling` is as of `classify`: the last state, the mean, each feature's maximum, or learned attention over the valid
    steps; auto is the last state where the cell reads in a direction, and else the maximum.
    """

    accepts: ClassVar[frozenset[str]] = frozenset({"regression"})
    uses_state: ClassVar[bool] = False

    def __init__(self, input_size: int, pooling: Pooling = "auto") -> None:
        super().__init__()
        self.pool = Pool(pooling, input_size)
        self.output = nn.Linear(input_size, 1)

    def values(self, features: Features) -> Tensor:
        """Return one number per example (B,)."""
        numbers: Tensor = self.output(self.pool(features))
        return numbers.squeeze(-1)

    def loss(self, features: Features, batch: Batch) -> Tensor:
        """Return the mean squared error over the examples."""
        values = self.values(features)
        return functional.mse_loss(values, batch.targets.to(values.dtype))

    def predict(self, features: Features, batch: Batch) -> list[dict[str, Any]]:
        """Return the number given to each example."""
        return [{"prediction": value} for value in self.values(features).tolist()]

    def metrics(self, rows: Sequence[dict[str, Any]]) -> list[Score]:
        """Return the mean squared error of a whole split, with a bootstrap interval over its examples."""
        predictions, targets = (np.array([row[key] for row in rows], dtype=float) for key in ("prediction", "target"))
        errors = (predictions - targets) ** 2
        return [
            Score(
                name="mse",
                value=float(errors.mean()),
                n=len(rows),
                ci95=bootstrap_mean(errors),
                signature="mean squared error; percentile bootstrap over examples",
            )
        ]

"""Evaluation: a split's predictions in the order of its rows, and their scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from pytorch_lightning.plugins.precision import Precision

from rnnbench.contracts import METRICS, Batch, PluginError, Score
from rnnbench.networks import Network
from rnnbench.pipeline.batching import to_device


def predict_rows(network: Network, batches: Iterable[Batch], precision: Precision) -> list[dict[str, Any]]:
    """Return the prediction row of every example, each at its place in the split."""
    found: dict[int, dict[str, Any]] = {}
    device = next(network.parameters()).device
    was_training = network.training
    carried, network.carried = network.carried, None
    network.eval()
    with torch.no_grad(), precision.forward_context():
        for batch in batches:
            found.update(zip(batch.rows, network.predict(to_device(batch, device)), strict=True))
    network.train(was_training)
    network.carried = carried
    return [found[row] for row in range(len(found))]


def score_rows(
    network: Network, rows: Sequence[dict[str, Any]], references: Sequence[dict[str, Any]], name: str
) -> list[Score]:
    """Return the scores of the head called `name`; each prediction row is joined with its reference."""
    for row, reference in zip(rows, references, strict=True):
        row |= reference
    scores: list[Score] = network.head.metrics(rows)
    for score in scores:
        if score.name not in METRICS:
            raise PluginError(f"head={name} gives the metric {score.name!r}, which is none of {', '.join(METRICS)}.")
    return scores

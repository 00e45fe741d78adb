"""Classification: one label for a whole sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from rnnbench.contracts import Batch, Features, Score, Vocabulary, check_range
from rnnbench.networks import Pool, Pooling
from rnnbench.statistics.classification import accuracy, confusion_matrix, macro_f1
from rnnbench.statistics.intervals import bootstrap_confusion


class Classify(nn.Module):
    """One label for a whole sequence: pooled over time, then a linear layer and softmax.

    * `pooling`: the last state, the mean, each feature's maximum, or learned attention over the valid steps; auto is
      the last state where the cell reads in a direction, and the maximum where it sees the whole sequence at once,
    * `class_weights`: "balanced" counts each class in the loss by the inverse of its share of the training split,
    * `label_smoothing`: the share of each target that is spread over all classes.
    """

    accepts: ClassVar[frozenset[str]] = frozenset({"classification"})
    uses_state: ClassVar[bool] = False

    def __init__(
        self,
        input_size: int,
        vocabulary: Vocabulary,
        pooling: Pooling = "auto",
        class_weights: Literal["none", "balanced"] = "none",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        check_range("head.label_smoothing", label_smoothing, 0, 0.99)
        self.labels = vocabulary.labels
        self.label_smoothing = label_smoothing
        self.pool = Pool(pooling, input_size)
        self.output = nn.Linear(input_size, len(self.labels))
        self.weights: Tensor | None
        self.register_buffer("weights", _balanced(vocabulary) if class_weights == "balanced" else None)

    def logits(self, features: Features) -> Tensor:
        """Return one score per class (B, classes)."""
        scores: Tensor = self.output(self.pool(features))
        return scores

    def loss(self, features: Features, batch: Batch) -> Tensor:
        """Return the mean cross-entropy over the examples, in nats."""
        losses = functional.cross_entropy(
            self.logits(features),
            batch.targets,
            weight=self.weights,
            label_smoothing=self.label_smoothing,
            reduction="none",
        )
        return losses.mean()

    def predict(self, features: Features, batch: Batch) -> list[dict[str, Any]]:
        """Return the likeliest label of each example and its probability."""
        best, index = self.logits(features).float().softmax(dim=-1).max(dim=-1)
        return [
            {"prediction": self.labels[which], "probability": probability}
            for which, probability in zip(index.tolist(), best.tolist(), strict=True)
        ]

    def metrics(self, rows: Sequence[dict[str, Any]]) -> list[Score]:
        """Return accuracy and macro-averaged F1 of a whole split, with bootstrap intervals over its examples."""
        index = {label: place for place, label in enumerate(self.labels)}
        targets, predictions = ([index[row[key]] for row in rows] for key in ("target", "prediction"))
        confusion = confusion_matrix(targets, predictions, len(self.labels))
        return [
            Score(
                name=statistic.__name__,
                value=float(statistic(confusion)),
                n=len(rows),
                ci95=bootstrap_confusion(confusion, statistic),
                signature=f"{how}; percentile bootstrap over examples",
            )
            for statistic, how in (
                (accuracy, "correct / all"),
                (macro_f1, "mean F1 of the classes among targets or predictions, 0 where none is right"),
            )
        ]


def _balanced(vocabulary: Vocabulary) -> Tensor:
    """Return n / (classes x count), so that the weights' mean over the training examples is one."""
    counts = torch.tensor(vocabulary.label_counts, dtype=torch.get_default_dtype())
    return counts.sum() / (len(counts) * counts.clamp(min=1))

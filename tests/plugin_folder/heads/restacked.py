"""A head with recurrent layers of its own, whose cell can be another than the run's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from torch import Tensor, nn

from rnnbench.contracts import Batch, Features, Score, Vocabulary


class Restacked(nn.Module):
    """Reads the features once more, forwards, and classifies the last output."""

    accepts: ClassVar[frozenset[str]] = frozenset({"classification"})
    parts: ClassVar[frozenset[str]] = frozenset({"decoder.cell"})

    def __init__(self, input_size: int, vocabulary: Vocabulary, build_stack: Callable[..., Any]) -> None:
        super().__init__()
        self.labels = vocabulary.labels
        self.stack = build_stack(input_size, causal=True, part="decoder")
        self.output = nn.Linear(self.stack.output_size, len(self.labels))

    def _logits(self, features: Features) -> Tensor:
        outputs = self.stack(features.outputs, features.lengths)[0]
        last = (features.lengths - 1)[:, None, None].expand(-1, 1, outputs.shape[-1])
        logits: Tensor = self.output(outputs.gather(1, last)[:, 0])
        return logits

    def loss(self, features: Features, batch: Batch) -> Tensor:
        """Return the cross-entropy."""
        return nn.functional.cross_entropy(self._logits(features), batch.targets)

    def predict(self, features: Features, batch: Batch) -> list[dict[str, Any]]:
        """Return the most probable class of each example."""
        return [{"prediction": self.labels[index]} for index in self._logits(features).argmax(1).tolist()]

    def metrics(self, rows: Sequence[dict[str, Any]]) -> list[Score]:
        """Return the accuracy over all rows."""
        return [Score("accuracy", sum(row["prediction"] == row["target"] for row in rows) / len(rows), len(rows))]

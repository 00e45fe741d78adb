"""The network: an embedding, a stack of cells and a task's head."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from rnnbench.contracts import Batch, Features
from rnnbench.networks.stack import Stack


class Network(nn.Module):
    """Reads a batch of token ids; its head says what is made of it."""

    def __init__(self, embedding: nn.Embedding, stack: Stack, head: nn.Module, dropout: float = 0.0) -> None:
        super().__init__()
        self.embedding = embedding
        self.stack = stack
        self.head: Any = head
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()
        # A head that never looks at the state saves its computation by saying so.
        self._need_state: bool = getattr(head, "uses_state", True)

    def forward(self, batch: Batch) -> Features:
        """Return the features of the batch: outputs (B, T, F)."""
        outputs, state = self.stack(self.embedding(batch.inputs), batch.lengths, need_state=self._need_state)
        return Features(self.dropout(outputs), batch.lengths, state, self.stack.causal, self.stack.directions)

    def loss(self, batch: Batch) -> Tensor:
        """Return the head's loss, a scalar."""
        loss: Tensor = self.head.loss(self(batch), batch)
        return loss

    def predict(self, batch: Batch) -> list[dict[str, Any]]:
        """Return the head's prediction rows, one per example."""
        rows: list[dict[str, Any]] = self.head.predict(self(batch), batch)
        return rows

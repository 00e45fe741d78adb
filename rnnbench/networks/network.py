"""The network: what is read, a stack of cells, and a task's head."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from rnnbench.contracts import Batch, Features, State, Words
from rnnbench.networks.stack import Stack
from rnnbench.recurrence import padding_mask


class Network(nn.Module):
    """Reads a batch; its head says what is made of it.

    Without a stack, as in captioning, the head sees what the input module made. `carried` are the states of every
    layer after the last window of a stream; they are set and looked at by the batches of streams only.
    """

    def __init__(self, inputs: nn.Module, stack: Stack | None, head: nn.Module, dropout: nn.Module) -> None:
        super().__init__()
        self.inputs: Any = inputs
        self.stack = stack
        self.head: Any = head
        self.dropout = dropout
        self.carried: tuple[State, ...] | None = None
        # A head that never looks at the state saves its computation by saying so.
        self._need_state: bool = getattr(head, "uses_state", True)

    def forward(self, batch: Batch) -> Features:
        """Return the features of the batch: outputs (B, T, F), of sentences given as words (B, W, F)."""
        x = self.inputs(batch)
        if self.stack is None:
            return Features(self.dropout(x), batch.lengths, (), causal=False)
        stream = batch.fresh is not None
        before = self._before(batch, x) if stream else None
        outputs, states = self.stack(x, batch.lengths, before, need_state=self._need_state or stream)
        if stream:
            self.carried = tuple(tuple(tensor.detach() for tensor in state) for state in states)
        lengths = batch.lengths
        if batch.words is not None:
            outputs, lengths = _by_word(outputs, batch.words, self.stack.directions), batch.words.lengths
        state = states[-1] if states else ()
        return Features(self.dropout(outputs), lengths, state, self.stack.causal, self.stack.directions)

    def advance(self, ids: Tensor, states: tuple[State, ...] | None) -> tuple[Features, tuple[State, ...]]:
        """Return the features of further tokens (B, T), read on from the states (None: from the beginning)."""
        assert self.stack is not None
        lengths = torch.full((len(ids),), ids.shape[1], device=ids.device)
        x = self.inputs(Batch(ids, lengths, targets=None, rows=range(len(ids))))
        outputs, after = self.stack(x, lengths, states)
        return Features(outputs, lengths, after[-1], self.stack.causal), after

    def loss(self, batch: Batch) -> Tensor:
        """Return the head's loss, a scalar."""
        loss: Tensor = self.head.loss(self(batch), batch)
        return loss

    def predict(self, batch: Batch) -> list[dict[str, Any]]:
        """Return the head's prediction rows, one per example."""
        rows: list[dict[str, Any]] = self.head.predict(self(batch), batch)
        return rows

    def _before(self, batch: Batch, x: Tensor) -> tuple[State, ...] | None:
        """Return the states that the rows of a stream go on from; None if all begin anew."""
        assert self.stack is not None
        assert batch.fresh is not None
        if self.carried is None or bool(batch.fresh.all()):
            return None
        rows = len(batch.rows)
        initial = self.stack.initial_state(rows, x)
        fresh = batch.fresh.unsqueeze(-1)
        return tuple(
            tuple(torch.where(fresh, new, old[:rows]) for new, old in zip(fresh_state, carried, strict=True))
            for fresh_state, carried in zip(initial, self.carried, strict=True)
        )


def _by_word(outputs: Tensor, words: Words, directions: int) -> Tensor:
    """Return one output a word (B, W, F), zero at padding: where each direction has read all of the word's tokens."""
    if directions == 1:
        parts = [(outputs, words.last)]
    else:
        forwards, backwards = outputs.chunk(2, dim=-1)
        parts = [(forwards, words.last), (backwards, words.first)]
    picked = [part.gather(1, place.unsqueeze(-1).expand(-1, -1, part.shape[-1])) for part, place in parts]
    padding = padding_mask(words.lengths, words.first.shape[1])
    return torch.cat(picked, dim=-1).masked_fill(padding.unsqueeze(-1), 0.0)

"""Cells that exist for the tests alone: one written as `step`, one with a parameter per unit, and broken ones."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from rnnbench.contracts import State
from rnnbench.recurrence import PointwiseCell, SequenceCell, StepCell


class MinimalGated(StepCell):
    """The minimal gated unit of Zhou et al. (2016, arXiv 1603.09420): its gate acts before the product with h."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.gate = nn.Linear(input_size + hidden_size, hidden_size)
        self.candidate = nn.Linear(input_size + hidden_size, hidden_size)

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the next hidden state, twice."""
        (h,) = state
        f = torch.sigmoid(self.gate(torch.cat([x_t, h], -1)))
        n = torch.tanh(self.candidate(torch.cat([x_t, f * h], -1)))
        h = (1 - f) * h + f * n
        return h, (h,)


class Peephole(PointwiseCell):
    """An LSTM whose gates see the cell state (Gers and Schmidhuber 2000)."""

    gates = ("i", "f", "g", "o")
    state = ("h", "c")
    vectors = ("p_i", "p_f", "p_o")

    def update(self, x: Any, h: Any, state: Any, *vectors: Any) -> tuple[Tensor, ...]:
        """Return the next hidden state and cell state."""
        (p,) = vectors
        i = torch.sigmoid(x.i + h.i + p.p_i * state.c)
        f = torch.sigmoid(x.f + h.f + p.p_f * state.c)
        c = f * state.c + i * torch.tanh(x.g + h.g)
        return torch.sigmoid(x.o + h.o + p.p_o * c) * torch.tanh(c), c


class _Layer(SequenceCell):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.linear = nn.Linear(input_size, hidden_size)


class ReadsPadding(_Layer):
    """Broken: the mean over all steps depends on how far a row is padded."""

    def forward(self, x: Tensor, lengths: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the same mean at every step."""
        return self.linear(x).mean(1, keepdim=True).expand(-1, x.shape[1], -1), ()


class MixesRows(_Layer):
    """Broken: every row sees the others."""

    def forward(self, x: Tensor, lengths: Tensor, state: State) -> tuple[Tensor, State]:
        """Return outputs less their mean over the batch."""
        y = self.linear(x)
        return y - y.mean(0, keepdim=True), ()


class SeesTheFuture(_Layer):
    """Broken: it says that it is causal, and is not."""

    causal = True

    def forward(self, x: Tensor, lengths: Tensor, state: State) -> tuple[Tensor, State]:
        """Return sums from each step to the end."""
        return self.linear(x.flip(1).cumsum(1).flip(1)), ()


class ForgetsItsState(StepCell):
    """Broken: what it returns as its state is not what it goes on with."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.linear = nn.Linear(input_size + hidden_size, hidden_size)

    def forward(self, x: Tensor, lengths: Tensor, state: State) -> tuple[Tensor, State]:
        """Run all steps from zero, whatever state was given."""
        h, outputs = x.new_zeros(x.shape[0], self.hidden_size), []
        for t in range(x.shape[1]):
            h = torch.tanh(self.linear(torch.cat([x[:, t], h], -1)))
            outputs.append(h)
        y = torch.stack(outputs, 1)
        return y, (y[torch.arange(len(y)), lengths - 1],)

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the next hidden state, twice."""
        h = torch.tanh(self.linear(torch.cat([x_t, state[0]], -1)))
        return h, (h,)


class NormalisesRows(_Layer):
    """Broken: in training, its statistics are those of the whole batch."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.norm = nn.BatchNorm1d(hidden_size)

    def forward(self, x: Tensor, lengths: Tensor, state: State) -> tuple[Tensor, State]:
        """Return normalised outputs."""
        return self.norm(self.linear(x).transpose(1, 2)).transpose(1, 2), ()


class ClaimsTorch(PointwiseCell):
    """Broken: a ReLU network that says it is torch's tanh network."""

    gates = ("a",)
    state = ("h",)
    torch_equivalent = "rnn_tanh"

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        """Return the next state."""
        return (torch.relu(x.a + h.a),)


class LosesAGradient(PointwiseCell):
    """Broken: nothing flows back through the products with h."""

    gates = ("a",)
    state = ("h",)

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        """Return the next state."""
        return (torch.tanh(x.a + h.a.detach()),)


class DropsAState(PointwiseCell):
    """Broken: it names two tensors and returns one."""

    gates = ("a",)
    state = ("h", "c")

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        """Return the hidden state only."""
        return (torch.tanh(x.a + h.a),)


class KeepsItsState(StepCell):
    """Broken: it remembers the last step itself, beside the state it is given."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.linear = nn.Linear(input_size, hidden_size)
        self.last = 0.0

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the next hidden state, twice."""
        h = torch.tanh(self.linear(x_t) + state[0] + self.last)
        self.last = float(h.detach().mean())
        return h, (h,)

"""A recurrent cell by hand: one step at a time, or unrolled."""

from __future__ import annotations

import contextlib
import inspect
from typing import Any

import torch
from torch import Tensor, nn

from rnnbench.catalog import registry
from rnnbench.contracts import PluginError, State, UsageError, near_matches
from rnnbench.recurrence.recurrence import Recurrence


class Stepper(nn.Module):
    """A network that remembers: each `step` takes one input and gives one output.

    In the vanilla cell `step` is h = A(W_hh h + W_xh x) and y = W_hy h (every cell replaces the first formula by its
    own; biases are left out here). Without an `output_size` there is no W_hy, and y is h.

    `state` is the cell's state, a tuple of tensors (B, ·) with one row for a single sequence; None before the first
    step. Nothing here records gradients; training goes through `Recurrence`.
    """

    def __init__(self, cell: Any, output_size: int | None = None) -> None:
        super().__init__()
        self.recurrence = Recurrence(cell)
        self.readout = nn.Identity() if output_size is None else nn.Linear(cell.output_size, output_size, bias=False)
        self.state: State | None = None

    def reset(self) -> None:
        """Forget everything: the next step is the first."""
        self.state = None

    @torch.no_grad()
    def step(self, x: Any) -> Tensor:
        """Take one input, (D,) or (B, D) as numbers, lists, an array or a tensor; return y of the same rank."""
        x_t = self._tensor(x, "step", 1)
        rows = x_t.reshape(-1, x_t.shape[-1])
        if self.state is None:
            self.state = self.recurrence.initial_state(len(rows), rows)
        if self.state and len(self.state[0]) != len(rows):
            raise UsageError(
                f"step: {len(rows)} rows were given after steps of {len(self.state[0])} rows; call reset() first."
            )
        h, self.state = self.recurrence.step(rows, self.state)
        y: Tensor = self.readout(h)
        return y if x_t.dim() == 2 else y[0]

    @torch.no_grad()
    def run(self, xs: Any) -> Tensor:
        """Return the outputs for a whole sequence, (T, D) or (B, T, D): the same cell unrolled, from its first state.

        Equal to `reset` and a `step` for each input, but the state kept here is neither used nor changed.
        """
        sequence = self._tensor(xs, "run", 2)
        batch = sequence.reshape(-1, *sequence.shape[-2:])
        lengths = torch.full((len(batch),), batch.shape[1])
        y: Tensor = self.readout(self.recurrence(batch, lengths, need_state=False)[0])
        return y if sequence.dim() == 3 else y[0]

    def _tensor(self, values: Any, method: str, least: int) -> Tensor:
        """Return the input as a tensor of the weights' dtype; it has `least` dimensions, or a batch's one more."""
        weight = next(self.parameters())
        size = self.recurrence.input_size
        expected = f"({'T, ' * (least - 1)}{size})" if least > 1 else f"({size},)"
        wanted = f"{method} takes {expected} numbers or a batch of them"
        try:
            tensor = torch.as_tensor(values, dtype=weight.dtype, device=weight.device)
        except (TypeError, ValueError, RuntimeError) as error:
            raise UsageError(f"{wanted}; what was given is no such thing: {error}.") from error
        if tensor.dim() not in (least, least + 1) or tensor.shape[-1] != size or not tensor.numel():
            raise UsageError(f"{wanted}, not {tuple(tensor.shape)}.")
        return tensor


def stepper(
    cell: str,
    *,
    input_size: int,
    hidden_size: int,
    output_size: int | None = None,
    seed: int | None = None,
    **params: Any,
) -> Stepper:
    """Return a `Stepper` around a new cell of that registered name; `params` are the cell's own.

        rnn = rnnbench.stepper("rnn", input_size=3, hidden_size=8, output_size=2, seed=0)
        y = rnn.step([1.0, 0.0, 0.0])

    The same seed gives the same weights, and leaves torch's random numbers elsewhere alone. Raises `UsageError` for
    a cell that cannot be stepped, and for sizes and parameters that make no sense.
    """
    for name, size in (("input_size", input_size), ("hidden_size", hidden_size), ("output_size", output_size)):
        if size is not None and (not isinstance(size, int) or size < 1):
            raise UsageError(f"stepper: {name}={size!r} must be a whole number of at least 1.")
    kind: Any = registry.find("cell", cell).load()
    if not kind.steppable:
        raise UsageError(
            f"cell={cell} sees whole sequences and cannot be stepped; cells that can: {', '.join(_steppable())}."
        )
    known = list(inspect.signature(kind).parameters)
    for name in params:
        if name not in known:
            raise UsageError(f"cell={cell} has no parameter {name}.{near_matches(name, known)}")
    with torch.random.fork_rng(devices=[]) if seed is not None else contextlib.nullcontext():
        if seed is not None:
            torch.manual_seed(seed)
        return Stepper(kind(input_size=input_size, hidden_size=hidden_size, **params), output_size)


def _steppable() -> list[str]:
    names = []
    for name in registry.names("cell"):
        # A plugin that cannot be imported is not the asker's concern here.
        with contextlib.suppress(PluginError, UsageError):
            kind: Any = registry.find("cell", name).load()
            if kind.steppable:
                names.append(name)
    return names

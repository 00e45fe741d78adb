"""The one adapter between a cell, whatever level it is written at, and the rest of the code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from rnnbench.contracts import State, UnavailableError, UsageError, near_matches
from rnnbench.recurrence.backends import BACKENDS
from rnnbench.recurrence.level import level_of
from rnnbench.recurrence.padding import padding_mask


class Recurrence(nn.Module):
    """A cell over a whole sequence, in one direction.

    `backend` is "auto" or a name in `BACKENDS`; `backend_used` is the one that ran the last call, and `why` tells how
    it came to that. With "auto" an input that a backend declines for its dtype or device, or a cell that has changed
    into one that it cannot run, runs on the next one that takes it, in the order of `BACKENDS`, and on CUDA on torch's
    cuDNN where torch has the cell. Raises `UnavailableError` if a named backend cannot run the cell, or an input.

    With `reverse`, each row is read from its own last valid token to its first. torch.compile and torch.export take the
    whole of it, from torch 2.13 on.
    """

    def __init__(self, cell: Any, *, backend: str = "auto", reverse: bool = False) -> None:
        super().__init__()
        self.level = level_of(cell)
        self.cell = cell
        self.reverse = reverse
        self.input_size: int = cell.input_size
        self.output_size: int = cell.output_size
        self.causal: bool = cell.causal and not reverse
        self.steppable: bool = cell.steppable and not reverse
        self.backend, self._why = _choose(cell, backend)
        self._automatic = backend == "auto"
        self.backend_used = self._declined = ""

    @property
    def why(self) -> str:
        """Why `backend` is the one, and why it did not run the last call if it did not."""
        return f"{self._why}; {self._declined}" if self._declined else self._why

    def initial_state(self, batch_size: int, like: Tensor) -> State:
        """Return the state before the first step, on `like`'s device and in its dtype."""
        state: State = self.cell.initial_state(batch_size, like)
        return state

    def forward(
        self, x: Tensor, lengths: Tensor, state: State | None = None, *, need_state: bool = True
    ) -> tuple[Tensor, State]:
        """Return y (B, T, output_size) and the state after the last valid step of each row.

        x is (B, T, D) and `lengths` (B,), each at least 1 and at most T. y is zero at padding; what x holds there,
        NaN included, changes nothing. A reversed recurrence gives y in the original order and the state after each
        row's first token. Say `need_state=False` where only y is wanted, which can be cheaper; the state is then ().
        """
        # Taken once: nn.Module looks for a module in three dictionaries, which takes a microsecond.
        cell = self.cell
        self._check(cell, x, lengths, state)
        lengths = lengths.to(x.device)
        padding = _padding(lengths, x.shape[1])
        backend = BACKENDS[self._taker(cell, x)]
        zeroed = None if backend.heeds_padding(x) else padding
        if zeroed is not None:
            x = _zeroed(x, zeroed)
        if state is None:
            state = cell.initial_state(x.shape[0], x)
        if self.reverse:
            x = _reversed(x, lengths, padding)
        # Drawn here, so that it is the same whoever runs the cell.
        masks = cell.draw_masks(*x.shape[:2], x) if self.level == "update" else None
        y, state = backend.run(cell, x, lengths, padding, state, masks, need_state)
        if self.reverse:
            y = _reversed(y, lengths, padding)
        if zeroed is not None:
            y = _zeroed(y, zeroed)
        return y, state if need_state else ()

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """Return y_t (B, output_size) and the next state from x_t (B, D); raises `UsageError` if it cannot be done."""
        if not self.steppable:
            reason = "is reversed" if self.reverse else "sees whole sequences"
            raise UsageError(f"cell {type(self.cell).__name__} {reason} and cannot be stepped; call it on a sequence.")
        stepped: tuple[Tensor, State] = self.cell.step(x_t, state)
        return stepped

    def _taker(self, cell: Any, x: Tensor) -> str:
        """Return the backend that runs this input: the chosen one if it does not decline; by itself, cuDNN on CUDA."""
        if self._automatic and x.is_cuda and not _unavailable("torch", cell):
            return self._note("torch", "on CUDA torch has cuDNN, against which no generated kernel has been measured")
        backend = self.backend
        declined = BACKENDS[backend].declines(x)
        # Asked again at every call: a cell's attributes, its noise and whether it trains may change.
        reason = declined or _unavailable(backend, cell)
        if not reason:
            return self._note(backend, "")
        if not self._automatic:
            what = "this input" if declined else f"cell {type(cell).__name__} as it is now"
            raise UnavailableError(f"backend={backend} cannot run {what}: {reason}; use backend=auto.")
        taking = (name for name, other in BACKENDS.items() if not other.declines(x))
        taker = next(name for name in taking if not _unavailable(name, cell))
        return self._note(taker, f"not {backend}: {reason}")

    def _note(self, taker: str, declined: str) -> str:
        """Remember who runs the call, and why not the chosen backend; return who."""
        # Only if it is new: to set an attribute of a module takes microseconds.
        if (self.backend_used, self._declined) != (taker, declined):
            self.backend_used, self._declined = taker, declined
        return taker

    def _check(self, cell: Any, x: Tensor, lengths: Tensor, state: State | None) -> None:
        shape = x.shape
        if len(shape) != 3 or shape[-1] != self.input_size:
            raise UsageError(f"cell {_name(cell)} reads inputs (B, T, {self.input_size}), not {tuple(shape)}.")
        if not (shape[0] and shape[1]):
            raise UsageError(f"cell {_name(cell)} needs a row and a step at least, not an input {tuple(shape)}.")
        if not isinstance(lengths, Tensor) or lengths.shape != shape[:1]:
            given = tuple(lengths.shape) if isinstance(lengths, Tensor) else f"a {_name(lengths)}"
            raise UsageError(
                f"cell {_name(cell)} needs a tensor of one length for each of {shape[0]} rows, not {given}."
            )
        if lengths.is_floating_point():
            raise UsageError(f"lengths are whole numbers of steps, not {lengths.dtype}.")
        if state is not None:
            _check_state(cell, shape[0], state)


def _name(thing: object) -> str:
    return type(thing).__name__


def _check_state(cell: Any, rows: int, state: State) -> None:
    given = [tensor.shape for tensor in state]
    # Widths are known of cells that say what they carry.
    sizes = getattr(cell, "state_sizes", None)
    wanted = [(rows, *shape[1:]) for shape in given] if sizes is None else [(rows, size) for size in sizes]
    if given != wanted:
        raise UsageError(f"cell {_name(cell)} carries a state {_listed(wanted)}, and was given one {_listed(given)}.")


def _listed(shapes: Sequence[tuple[int, ...]]) -> str:
    return " and ".join(str(tuple(shape)) for shape in shapes) or "of no tensor"


def _unavailable(backend: str, cell: Any) -> str:
    """Return why a backend cannot run the cell as it is, or an empty string."""
    return BACKENDS[backend].unavailable(cell)


# All that torch.compiler.assume_constant_result does; it would import torch's compiler, which takes a second.
_unavailable._dynamo_marked_constant = True  # type: ignore[attr-defined]


def _choose(cell: Any, backend: str) -> tuple[str, str]:
    """Return the backend's name and why it is the one."""
    name = type(cell).__name__
    if backend == "auto":
        passed: list[str] = []
        for candidate, module in BACKENDS.items():
            reason = module.unavailable(cell) or module.drawback(cell)
            if not reason:
                return candidate, "; ".join(passed) or f"the first choice of {', '.join(BACKENDS)}"
            passed.append(f"not {candidate}: {reason}")
    if backend not in BACKENDS:
        raise UsageError(
            f"backend={backend}: there is no such backend.{near_matches(backend, BACKENDS)} "
            f"The backends are: auto, {', '.join(BACKENDS)}."
        )
    reason = BACKENDS[backend].unavailable(cell)
    if reason:
        raise UnavailableError(f"backend={backend} cannot run cell {name}: {reason}; use backend=auto.")
    drawback = BACKENDS[backend].drawback(cell)
    return backend, "asked for by name" + (f"; {drawback}" if drawback else "")


def _padding(lengths: Tensor, steps: int) -> Tensor | None:
    """Return a mask (B, T), True at padding; None if every row is full.

    Under torch.compile there always is a mask, and lengths are not checked: their values are not known.
    """
    if not torch.compiler.is_compiling():
        counts = lengths.tolist()
        shortest, longest = min(counts), max(counts)
        if shortest < 1 or longest > steps:
            raise UsageError(
                f"lengths must lie between 1 and {steps}, the steps of the input, not {shortest} to {longest}."
            )
        if shortest == steps:
            return None
    return padding_mask(lengths, steps)


def _zeroed(x: Tensor, padding: Tensor) -> Tensor:
    """Return x with zeros at padding, whatever was there."""
    # Not masked_fill: it takes 1.6 times as long on CPU.
    return torch.where(padding.unsqueeze(-1), x.new_zeros(()), x)


def _reversed(x: Tensor, lengths: Tensor, padding: Tensor | None) -> Tensor:
    """Return each row's valid part turned around, its padding where it was."""
    if padding is None:
        return x.flip(1)
    batch, steps = padding.shape
    t = torch.arange(steps, device=x.device)
    order = torch.where(padding, t, lengths.unsqueeze(-1) - 1 - t)
    rows = order + steps * torch.arange(batch, device=x.device).unsqueeze(-1)
    return x.flatten(0, 1).index_select(0, rows.flatten()).view(x.shape)

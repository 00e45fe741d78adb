"""torch's own RNN, GRU and LSTM, run on the cell's parameters: oneDNN or ATen on CPU, cuDNN on CUDA.

A `PointwiseCell` whose maths one of them has says so by `torch_equivalent` (a key of `FUNCTIONS`) in its class.
Rows of unequal lengths run padded: a PackedSequence loses oneDNN and cuDNN's persistent kernels.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rnnbench.contracts import State

FUNCTIONS: dict[str, Any] = {
    "lstm": torch.lstm,
    "gru": torch.gru,
    "rnn_tanh": torch.rnn_tanh,
    "rnn_relu": torch.rnn_relu,
}

_MATHS = {"update", "output", "project", "advance", "advanced", "step", "gates", "state", "vectors", "hidden_product"}


def unavailable(cell: Any) -> str:
    """Return why torch has no such cell, or an empty string."""
    name = type(cell).__name__
    if getattr(cell, "noise", None):
        return "torch has neither zoneout nor recurrent dropout"
    if getattr(cell, "torch_equivalent", "") not in FUNCTIONS:
        return f"{name} declares no equivalent in torch"
    # A subclass with maths of its own is no longer what its parent declared.
    for owner in (cell, *type(cell).__mro__):
        if isinstance(owner, type) and "torch_equivalent" in vars(owner):
            return ""
        own = sorted(_MATHS & vars(owner).keys())
        if own:
            return f"{name} has {' and '.join(own)} of its own"
    return f"{name} declares no equivalent in torch"


def drawback(cell: Any) -> str:
    """Return an empty string."""
    return ""


def declines(x: Tensor) -> str:
    """Return an empty string: torch runs in every dtype."""
    return ""


def heeds_padding(x: Tensor) -> bool:
    """Return that padding has to be zeroed before, and after."""
    return False


def run(
    cell: Any,
    x: Tensor,
    lengths: Tensor,
    padding: Tensor | None,
    state: State,
    masks: Tensor | None,
    need_state: bool,
) -> tuple[Tensor, State]:
    """Run the whole sequence in one call; see `Backend.run`."""
    kind = cell.torch_equivalent
    weights = [cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh]
    before = [tensor.unsqueeze(0) for tensor in state]
    if torch.is_autocast_enabled(x.device.type):
        # Autocast finds oneDNN's LSTM after torch has checked the dtype it is chosen by, and fails on older CPUs.
        dtype = torch.get_autocast_dtype(x.device.type)
        x, weights, before = x.to(dtype), [w.to(dtype) for w in weights], [tensor.to(dtype) for tensor in before]
    if padding is not None and (kind == "rnn_relu" or (kind == "lstm" and need_state)):
        x, weights[0] = _hold_at_padding(kind, x, weights[0], padding)
    # "Training" is what a backward pass needs, not the module's mode: gradients are wanted in evaluation too.
    training = torch.is_grad_enabled()
    y, *after = FUNCTIONS[kind](
        x, before if kind == "lstm" else before[0], weights, True, 1, 0.0, training, False, True
    )
    if padding is not None and need_state:
        last = (lengths - 1)[:, None, None].expand(-1, 1, y.shape[-1])
        after[0] = y.gather(1, last).transpose(0, 1)
    return y, tuple(tensor.squeeze(0) for tensor in after)


def _hold_at_padding(kind: str, x: Tensor, weight_ih: Tensor, padding: Tensor) -> tuple[Tensor, Tensor]:
    """Return x with one more column, 1 at padding, and weights for it that saturate the units there.

    LSTM: the input gate is shut and the forget gate open, so that the cell state passes unchanged to the last step.
    ReLU: the units are off; fed by zeros they could grow without bound and end in 0 · inf in the weights' gradient.
    """
    hidden_size = weight_ih.shape[0] // (4 if kind == "lstm" else 1)
    column = weight_ih.new_zeros(weight_ih.shape[0], 1)
    # Sigmoid is exactly 0 and 1 here in every dtype, float16's range included.
    if kind == "lstm":
        column[:hidden_size] = -1e4
        column[hidden_size : 2 * hidden_size] = 1e4
    else:
        column[:] = torch.finfo(column.dtype).min / 2
    return torch.cat([x, padding.unsqueeze(-1).to(x.dtype)], -1), torch.cat([weight_ih, column], -1)

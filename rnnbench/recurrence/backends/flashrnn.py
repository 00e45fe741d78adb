"""The kernels of the package flashrnn for the tanh network, the LSTM and the GRU; on CUDA, where it is installed.

It runs by name alone: `auto` does not choose what has not been measured. Versions from 1.0.8 are Apache-2.0. Its sLSTM
is not `SLSTM`: there the forget gate is a sigmoid and the normaliser at least 1.

Pöppel et al. 2024, "FlashRNN: I/O-aware optimization of traditional RNNs on modern hardware";
https://github.com/NX-AI/flashrnn
"""

from __future__ import annotations

import functools
import importlib.util
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rnnbench.contracts import State, UnavailableError
from rnnbench.recurrence.backends import torch_nn
from rnnbench.recurrence.backends.final_state import final_state


@dataclass(frozen=True)
class Function:
    """One of flashrnn's cells, and where its gates are among torch's."""

    name: str
    recurrent: tuple[int, ...]
    """The gates of R, and of the bias beside it."""
    apart: int = 0
    """Gates whose products are not added up: each has one more bias, of the input's product."""


FUNCTIONS = {
    "rnn_tanh": Function("elman", (0,)),
    "lstm": Function("lstm", (0, 1, 2, 3)),
    # torch's are r, z, n.
    "gru": Function("gru", (2, 0, 1), apart=1),
}
"""By torch's name for the same maths."""

DTYPES = {torch.float32: "float32", torch.float16: "float16", torch.bfloat16: "bfloat16"}

ROWS = 8
"""The batch size that its kernels are built for, whatever they are run on: for another one they would be built anew."""

TILE = 16
"""Its fused kernel takes a multiple of so many units."""


def unavailable(cell: Any) -> str:
    """Return why flashrnn cannot run the cell here, or an empty string."""
    name = type(cell).__name__
    if getattr(cell, "noise", None):
        return "flashrnn has neither zoneout nor recurrent dropout"
    if torch_nn.unavailable(cell) or cell.torch_equivalent not in FUNCTIONS:
        return f"{name} is none of the cells of flashrnn: the tanh network, the LSTM and the GRU of torch"
    # Its wheel forgets to say that it needs packaging.
    for package in ("flashrnn", "packaging"):
        if importlib.util.find_spec(package) is None:
            return f"{package} is not installed; install it with pip install 'rnnbench[flashrnn]'"
    return "" if torch.cuda.is_available() else "torch finds no CUDA device"


def drawback(cell: Any) -> str:
    """Return why `auto` leaves it alone."""
    return "no figure of it has been measured on a GPU yet"


def declines(x: Tensor) -> str:
    """Return why this input cannot be run, or an empty string."""
    if not x.is_cuda:
        return "it runs on CUDA alone"
    dtype = _dtype(x)
    if dtype not in DTYPES:
        return f"it does not compute in {dtype}"
    capability = torch.cuda.get_device_capability(x.device)
    if capability < (8, 0):
        return f"the device has compute capability {capability[0]}.{capability[1]}, and 8.0 is needed"
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
    """Run the whole sequence in one call; see `Backend.run`. Raises `UnavailableError` if a kernel cannot be built."""
    kernel = kernel_of(FUNCTIONS[cell.torch_equivalent], cell.hidden_size, _dtype(x))
    return run_by(kernel, cell, x, lengths, padding, state, need_state)


def kernel_of(function: Function, units: int, dtype: torch.dtype) -> str:
    """Return flashrnn's name of the kernel: all steps in one launch, or a product and a pointwise part for each step.

    The former does not have a GRU or other numbers of units, and in float32 its products are of ten bits (TF32).
    """
    fits = function.name != "gru" and units % TILE == 0 and dtype != torch.float32
    return "cuda_fused" if fits else "cuda"


def run_by(
    kernel: str, cell: Any, x: Tensor, lengths: Tensor, padding: Tensor | None, state: State, need_state: bool
) -> tuple[Tensor, State]:
    """Run the whole sequence by a kernel of flashrnn's, or by its own loop in torch, `vanilla`."""
    from flashrnn import flashrnn

    function, dtype = FUNCTIONS[cell.torch_equivalent], _dtype(x)
    units = cell.hidden_size
    reason = _failure(kernel, function, units, dtype, x.device)
    if reason:
        raise UnavailableError(
            f"backend=flashrnn cannot build its kernel {kernel} for cell {type(cell).__name__} of {units} units in "
            f"{dtype}: {reason}; use backend=auto."
        )
    products = cell.project(x).to(dtype).view(*x.shape[:2], -1, 1, units)
    weight, bias = recurrent_parameters(cell, function, dtype)
    before = torch.stack(state).to(dtype)[:, :, None, None]
    states, _ = flashrnn(products, weight, bias, before, config=_config(kernel, function, units, dtype))
    y, *others = (each.squeeze(2) for each in states.unbind(0))
    return y, tuple(final_state(each, lengths, padding) for each in (y, *others)) if need_state else ()


def recurrent_parameters(cell: Any, function: Function, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return R (gates, 1 head, H, H) and b (gates, 1 head, H); the input's bias is part of its product already."""
    units = cell.hidden_size
    weights = cell.weight_hh.to(dtype).view(-1, 1, units, units)
    biases = cell.bias_hh.to(dtype).view(-1, 1, units)
    order = list(function.recurrent)
    return weights[order], torch.cat([biases[order], biases.new_zeros(function.apart, 1, units)])


def _dtype(x: Tensor) -> torch.dtype:
    kind = x.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else x.dtype


def _config(kernel: str, function: Function, units: int, dtype: torch.dtype) -> Any:
    from flashrnn import FlashRNNConfig

    return FlashRNNConfig(
        backend=kernel, function=function.name, num_heads=1, head_dim=units, batch_size=ROWS, dtype=DTYPES[dtype]
    )


@functools.cache
def _failure(kernel: str, function: Function, units: int, dtype: torch.dtype, device: torch.device) -> str:
    """Return why a kernel cannot be built, or an empty string; builds it for both passes, and runs it on zeros."""
    from flashrnn import flashrnn

    gates = len(function.recurrent)
    shapes = (ROWS, 1, gates, 1, units), (gates, 1, units, units), (gates + function.apart, 1, units)
    try:
        with torch.inference_mode(False), torch.enable_grad():
            zeros = [torch.zeros(shape, dtype=dtype, device=device, requires_grad=True) for shape in shapes]
            states, _ = flashrnn(*zeros, config=_config(kernel, function, units, dtype))
            states.sum().backward()
    # Whatever a compiler, a solver of constraints or a driver may raise.
    except Exception as error:
        return str(error).strip().partition("\n")[0] or type(error).__name__
    return ""

"""Who can run a case: each makes a pass of the same material, or raises `UnavailableError` with the reason alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnbench.contracts import State, UnavailableError
from rnnbench.recurrence import BACKENDS, Recurrence
from rnnbench.throughput.case import CANDIDATES, Case
from rnnbench.throughput.jax_scan import run_by_jax
from rnnbench.throughput.material import Material
from rnnbench.throughput.onnx_runtime import run_by_onnx
from rnnbench.throughput.passes import Pass, make_pass

Candidate = Callable[[Material], Pass]


def candidates_of(case: Case) -> list[str]:
    """Return all candidates that the case makes sense for, where none is named."""
    # All is measured on the CPU; who names flashrnn is told so. And bfloat16 is for those who ask for it.
    senseless = {"flashrnn", "fused_bfloat16"}
    if case.lengths == "full":
        senseless.add("torch_packed")
    if case.mode != "inference":
        senseless.add("onnxruntime")
    if case.mode == "decode":
        senseless.add("jax")
    return [name for name in CANDIDATES if name not in senseless]


def run_by_recurrence(backend: str, material: Material) -> Pass:
    """Return a pass by one of rnnbench's backends."""
    _require(material.cell, backend, material.x)
    recurrence = Recurrence(material.cell, backend=backend)
    lengths, one = material.lengths, torch.ones_like(material.lengths)

    def forward(x: Tensor) -> Tensor:
        y: Tensor = recurrence(x, lengths, need_state=False)[0]
        return y

    def step(x_t: Tensor, state: Any) -> tuple[Tensor, State]:
        y, after = recurrence(x_t.unsqueeze(1), one, state)
        return y[:, 0], after

    def plain_step(x_t: Tensor, state: Any) -> tuple[Tensor, State]:
        if state is None:
            state = recurrence.initial_state(len(x_t), x_t)
        return recurrence.step(x_t, state)

    return make_pass(material, forward, plain_step if backend == "reference" else step)


def run_in_bfloat16(material: Material) -> Pass:
    """Return a pass by backend=fused under autocast: what goes in and comes out is float32."""
    _require(material.cell, "fused", material.x.bfloat16())
    if material.case.mode == "decode":
        raise UnavailableError("a single step would round all weights for one product")
    recurrence = Recurrence(material.cell, backend="fused")

    def forward(x: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            y: Tensor = recurrence(x, material.lengths, need_state=False)[0]
        return y.float()

    return make_pass(material, forward, step=_no_step)


def run_by_torch(material: Material) -> Pass:
    """Return a pass by torch.nn's module, called as anyone would: rows padded, whatever their lengths."""
    module = _module(material)

    def forward(x: Tensor) -> Tensor:
        y: Tensor = module(x)[0]
        return y

    def step(x_t: Tensor, state: Any) -> tuple[Tensor, Any]:
        y, after = module(x_t.unsqueeze(1), state)
        return y[:, 0], after

    return make_pass(material, forward, step)


def run_by_packing(material: Material) -> Pass:
    """Return a pass by torch.nn's module over a PackedSequence; packing and unpacking are part of it."""
    if material.case.mode == "decode":
        raise UnavailableError("a single step has nothing to pack")
    module = _module(material)

    def forward(x: Tensor) -> Tensor:
        packed = pack_padded_sequence(x, material.lengths, batch_first=True, enforce_sorted=False)
        y: Tensor = pad_packed_sequence(module(packed)[0], batch_first=True, total_length=x.shape[1])[0]
        return y

    return make_pass(material, forward, step=_no_step)


BUILDERS: dict[str, Candidate] = {
    "fused_bfloat16": run_in_bfloat16,
    "torch_packed": run_by_packing,
    "onnxruntime": run_by_onnx,
    "jax": run_by_jax,
    **{name: partial(run_by_recurrence, name) for name in BACKENDS},
    "torch": run_by_torch,
}
"""By name, one for each of `CANDIDATES`; `torch` is torch.nn itself, not rnnbench's way to it."""


def _require(cell: Any, backend: str, x: Tensor) -> None:
    reason = BACKENDS[backend].unavailable(cell) or BACKENDS[backend].declines(x)
    if reason:
        raise UnavailableError(reason)


def _module(material: Material) -> nn.Module:
    """Return torch.nn's module on the cell's own parameters."""
    _require(material.cell, "torch", material.x)
    kind = material.cell.torch_equivalent
    size = material.case.shape.hidden_size
    makers: dict[str, Callable[..., nn.RNNBase]] = {"lstm": nn.LSTM, "gru": nn.GRU}
    if kind in makers:
        module = makers[kind](size, size, batch_first=True)
    else:
        module = nn.RNN(size, size, batch_first=True, nonlinearity=kind.removeprefix("rnn_"))
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        setattr(module, f"{name}_l0", getattr(material.cell, name))
    return module.train(material.case.mode == "train")


def _no_step(x_t: Tensor, state: object) -> tuple[Tensor, object]:
    raise AssertionError("this pass is not made of steps")

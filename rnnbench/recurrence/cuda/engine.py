"""Triton kernels as torch operations: known to autograd and to torch.compile, the same graph for every length."""

from __future__ import annotations

import hashlib
import importlib.util
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

from rnnbench.contracts import State
from rnnbench.recurrence.cuda.kernel import Kernel
from rnnbench.recurrence.fused.engine import carried, parameters_of, refusal
from rnnbench.recurrence.fused.traced import traced
from rnnbench.recurrence.pointwise import PointwiseCell

DTYPES = (torch.float32, torch.float16, torch.bfloat16)

KERNELS: dict[str, Kernel] = {}
"""Every cell's kernels so far, by the digest of their text."""


def unavailable(device: torch.device) -> str:
    """Return why there can be no such kernels on a device, or an empty string."""
    if device.type != "cuda" or not torch.cuda.is_available():
        return "torch finds no CUDA device"
    if importlib.util.find_spec("triton") is None:
        return "Triton is not installed (pip install rnnbench[cuda])"
    capability = torch.cuda.get_device_capability(device)
    if capability < (8, 0):
        return f"the device has compute capability {capability[0]}.{capability[1]}, and 8.0 is needed"
    return ""


def kernel_of(cell: PointwiseCell) -> str:
    """Return the name of the cell's kernels, made once for as long as its maths stays the same."""
    trace = traced(cell)
    if trace.step is None:
        raise refusal(cell, trace.reason)
    if "cuda" not in trace.made:
        kernel = Kernel(trace.step, type(cell).__name__)
        name = trace.made["cuda"] = hashlib.sha256(kernel.text.encode()).hexdigest()
        KERNELS.setdefault(name, kernel)
    made: str = trace.made["cuda"]
    return made


# All that torch.compiler.assume_constant_result does; it would import torch's compiler, which takes a second.
kernel_of._dynamo_marked_constant = True  # type: ignore[attr-defined]


def run(
    cell: PointwiseCell, x: Tensor, lengths: Tensor, state: State, masks: Tensor | None = None
) -> tuple[Tensor, State]:
    """Return y (B, T, H) and the final state of a cell that can be fused; `lengths` is on x's device."""
    name = kernel_of(cell)
    weight_ih, weight_hh, bias_ih, bias_hh, vectors = parameters_of(cell, x.shape[-1])
    values = KERNELS[name].values
    dtype = torch.get_autocast_dtype(x.device.type) if torch.is_autocast_enabled(x.device.type) else x.dtype
    gates = len(cell.gates)

    def parameter(tensor: Tensor | None, order: tuple[int, ...]) -> Any:
        return None if tensor is None else _reordered(tensor.to(dtype), gates, order)

    weight, bias = (parameter(each, values.hidden_order) for each in (weight_hh, bias_hh))
    projected = linear(x.to(dtype), *(parameter(each, values.input_order) for each in (weight_ih, bias_ih)))
    initial = torch.stack(carried(cell, state, masks), 1)
    tensors = (projected, initial, weight, bias, vectors)
    keep = torch.is_grad_enabled() and any(tensor is not None and tensor.requires_grad for tensor in tensors)
    y, final, _, _ = FORWARD(projected, lengths, initial, masks, weight, bias, vectors, name, keep)
    return y, final.unbind(1)[-len(state) :]


def _reordered(tensor: Tensor, gates: int, order: tuple[int, ...]) -> Tensor:
    """Return a weight or bias with its gates in another order."""
    if order == tuple(range(gates)):
        return tensor
    # Not an index: it would have to be brought to the device, which a CUDA graph cannot capture.
    parts = tensor.chunk(gates)
    return torch.cat([parts[gate] for gate in order])


def forward(
    projected: Tensor,
    lengths: Tensor,
    initial: Tensor,
    masks: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    vectors: Tensor | None,
    kernel: str,
    keep: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return y, the final state, and what the backward pass needs; see `Kernel.forward`."""
    return KERNELS[kernel].forward(
        projected.contiguous(),
        lengths.contiguous(),
        initial.contiguous(),
        _plain(masks),
        _plain(weight),
        _plain(bias),
        _plain(vectors),
        keep,
    )


def _forward_shapes(
    projected: Tensor,
    lengths: Tensor,
    initial: Tensor,
    masks: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    vectors: Tensor | None,
    kernel: str,
    keep: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    batch, steps = projected.shape[:2]
    units = initial.shape[-1]
    tape = KERNELS[kernel].empty_tape(projected, batch, steps, units, keep)
    return projected.new_empty(batch, steps, units), initial.new_empty(initial.shape), *tape


def backward(
    d_y: Tensor,
    d_final: Tensor,
    lengths: Tensor,
    masks: Tensor | None,
    weight: Tensor | None,
    vectors: Tensor | None,
    states: Tensor,
    kept: Tensor,
    kernel: str,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return the gradients of x's products, the initial state, W_hh, b_hh and the vectors, empty for what is not."""
    used = KERNELS[kernel]
    d_products, d_initial, d_vectors = used.backward(
        d_y.contiguous(),
        d_final.contiguous(),
        lengths.contiguous(),
        _plain(masks),
        _plain(weight),
        _plain(vectors),
        states,
        kept,
    )
    d_weight, d_bias = d_y.new_empty(0), d_y.new_empty(0)
    if weight is not None:
        # One product over all tokens; at padding the gradients are 0.
        d_hidden = used.of_hidden(d_products).flatten(0, 1)
        d_weight = d_hidden.T @ states[:, :-1, 0].to(weight.dtype).flatten(0, 1)
        d_bias = d_hidden.sum(0)
    given = d_vectors.to(vectors.dtype) if vectors is not None else d_y.new_empty(0)
    return used.of_projected(d_products), d_initial, d_weight, d_bias, given


def _backward_shapes(
    d_y: Tensor,
    d_final: Tensor,
    lengths: Tensor,
    masks: Tensor | None,
    weight: Tensor | None,
    vectors: Tensor | None,
    states: Tensor,
    kept: Tensor,
    kernel: str,
) -> tuple[Tensor, ...]:
    batch, steps, units = d_y.shape
    used = KERNELS[kernel]
    d_products = d_y.new_empty(batch, steps, len(used.values.products), units)
    return (
        used.of_projected(d_products),
        d_final.new_empty(d_final.shape),
        d_y.new_empty(0 if weight is None else weight.shape),
        d_y.new_empty(0 if weight is None else weight.shape[0]),
        d_y.new_empty(0) if vectors is None else vectors.new_empty(vectors.shape),
    )


def _keep_for_backward(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    _, lengths, _, masks, weight, _, vectors, ctx.kernel, _ = inputs
    ctx.save_for_backward(lengths, masks, weight, vectors, *output)
    # The tape has no gradient, and none must be made of zeros.
    ctx.set_materialize_grads(False)


def _gradients(ctx: Any, d_y: Tensor | None, d_final: Tensor | None, *_: Tensor | None) -> tuple[Tensor | None, ...]:
    lengths, masks, weight, vectors, y, final, states, kept = ctx.saved_tensors
    d_y = torch.zeros_like(y) if d_y is None else d_y
    d_final = torch.zeros_like(final) if d_final is None else d_final
    d_projected, d_initial, d_weight, d_bias, d_vectors = BACKWARD(
        d_y, d_final, lengths, masks, weight, vectors, states, kept, ctx.kernel
    )
    hidden = (d_weight, d_bias) if weight is not None else (None, None)
    return d_projected, None, d_initial, None, *hidden, d_vectors if vectors is not None else None, None, None


def _refuse(ctx: Any, *gradients: Tensor | None) -> None:
    raise RuntimeError("the gradient of a gradient is not computed by backend=fused; use backend=reference for it.")


def _plain(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else tensor.contiguous()


def _operation(function: Any, shapes: Any, gradients: Any, setup_context: Any = None) -> Any:
    """Make a function an operation of torch: with shapes for torch.compile, and gradients."""
    name = f"triton_{function.__name__}"
    _LIBRARY.define(name + torch.library.infer_schema(function, mutates_args=()))  # type: ignore[no-untyped-call]
    # For every device: Triton's interpreter takes tensors on the CPU.
    _LIBRARY.impl(name, function, "CompositeExplicitAutograd")  # type: ignore[no-untyped-call]
    torch.library.register_fake(f"rnnbench::{name}", shapes, lib=_LIBRARY)
    torch.library.register_autograd(f"rnnbench::{name}", gradients, setup_context=setup_context, lib=_LIBRARY)
    return getattr(torch.ops.rnnbench, name).default


_LIBRARY = torch.library.Library("rnnbench", "FRAGMENT")  # type: ignore[no-untyped-call]
FORWARD = _operation(forward, _forward_shapes, _gradients, _keep_for_backward)
BACKWARD = _operation(backward, _backward_shapes, _refuse)

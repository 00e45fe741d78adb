"""Fused cells as torch operations: known to autograd and to torch.compile, the same graph for every length."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rnnbench.contracts import DataError, State, UnavailableError, UsageError
from rnnbench.recurrence.fused.compiler import CompilerError, NoCompilerError, build
from rnnbench.recurrence.fused.emit import emit
from rnnbench.recurrence.fused.kernel import Kernel
from rnnbench.recurrence.fused.trace import Step
from rnnbench.recurrence.fused.traced import traced
from rnnbench.recurrence.fused.uncompiled import UncompiledKernel
from rnnbench.recurrence.noise import DROPPED
from rnnbench.recurrence.pointwise import PointwiseCell

KERNELS: dict[str, Kernel | UncompiledKernel] = {}
"""Every kernel so far, by the digest of its text."""

WORTH_A_THREAD = 2.5e7
"""Multiplications of a forward pass for each thread; with fewer, starting it takes longer than it saves.

To wake a virtual machine's idle core takes a quarter of a millisecond.
"""


@dataclass(frozen=True)
class Fused:
    """What there is for a cell: its C text and its kernel's name, or the reason why not."""

    text: str = ""
    kernel: str = ""
    reason: str = ""
    uncompiled: str = ""
    """Why the kernel is no compiled library, if it is none."""


def fused(cell: PointwiseCell, bfloat16: bool = False) -> Fused:
    """Return the cell's C text and kernel, made once for as long as its maths stays the same."""
    trace = traced(cell)
    key = ("fused", bfloat16)
    if key not in trace.made:
        step = trace.step
        trace.made[key] = Fused(reason=trace.reason) if step is None else _made(step, type(cell).__name__, bfloat16)
    made: Fused = trace.made[key]
    return made


def load(text: str, bfloat16: bool = False) -> str:
    """Build and load a C text, and return its kernel's name; raises `CompilerError`."""
    name = _digest(text)
    if name not in KERNELS:
        try:
            KERNELS[name] = Kernel(build(text), bfloat16)
        except OSError:
            # What stands in the cache may be damaged.
            KERNELS[name] = _built_anew(text, bfloat16)
    return name


def _built_anew(text: str, bfloat16: bool) -> Kernel:
    library = build(text, anew=True)
    try:
        return Kernel(library, bfloat16)
    except OSError as error:
        raise NoCompilerError(
            f"nothing that is built in {library.parent} can be loaded ({error}); set RNNBENCH_CACHE to another folder"
        ) from error


def _made(step: Step, name: str, bfloat16: bool) -> Fused:
    # Reasons are parts of a sentence: the full stop is put behind it.
    text = emit(step, name, bfloat16)
    try:
        return Fused(text, load(text, bfloat16))
    except (NoCompilerError, DataError) as error:
        name = f"uncompiled {_digest(text)}"
        KERNELS[name] = UncompiledKernel(step)
        return Fused(text, name, uncompiled=str(error).removesuffix("."))
    except CompilerError as error:
        return Fused(reason=str(error).removesuffix("."))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def kernel_of(cell: PointwiseCell, bfloat16: bool = False) -> str:
    """Return the name of the cell's kernel; raises `UnavailableError` if there is none."""
    made = fused(cell, bfloat16)
    if made.reason:
        raise refusal(cell, made.reason)
    return made.kernel


def refusal(cell: PointwiseCell, reason: str) -> UnavailableError:
    """Return the error for a cell without a kernel."""
    return UnavailableError(f"backend=fused cannot run cell {type(cell).__name__}: {reason}; use backend=auto.")


def threads_now() -> int:
    """Return how many threads torch may use."""
    return torch.get_num_threads()


for _constant in (kernel_of, threads_now):
    # All that torch.compiler.assume_constant_result does; it would import torch's compiler, which takes a second.
    setattr(_constant, "_dynamo_marked_constant", True)  # noqa: B010


def run(
    cell: PointwiseCell, x: Tensor, lengths: Tensor, state: State, masks: Tensor | None = None
) -> tuple[Tensor, State]:
    """Return y (B, T, H) and the final state of a cell that can be fused; x (B, T, D) is on the CPU.

    Where x or autocast asks for bfloat16, what is multiplied by a matrix is rounded to it, and so are y and the state
    that are returned; everything else stays float32.
    """
    bfloat16 = in_bfloat16(x)
    parameters = parameters_of(cell, x.shape[-1])
    if bfloat16:
        x, masks, state = x.float(), None if masks is None else masks.float(), tuple(each.float() for each in state)
        parameters = tuple(None if each is None else each.float() for each in parameters)
    initial = _stacked(carried(cell, state, masks))
    keep = torch.is_grad_enabled() and any(
        tensor is not None and tensor.requires_grad for tensor in (x, initial, *parameters)
    )
    if torch.compiler.is_compiling():
        operation = FORWARD
    else:
        # Without torch's dispatcher, which would take longer than a short sequence does.
        operation = _Eager.apply if keep else forward
    kernel = kernel_of(cell, bfloat16)
    y, final, _ = operation(x, lengths, initial, masks, *parameters, kernel, keep, threads_now())
    if bfloat16:
        y, final = y.bfloat16(), final.bfloat16()
    return y, final.unbind(0)[-len(state) :]


def _stacked(state: State) -> Tensor:
    # One tensor needs no copy; it is half of all states there are.
    return state[0].unsqueeze(0) if len(state) == 1 else torch.stack(state)


def in_bfloat16(x: Tensor) -> bool:
    """Return whether an input on the CPU is to be computed in bfloat16."""
    if torch.is_autocast_enabled("cpu"):
        return torch.get_autocast_dtype("cpu") is torch.bfloat16
    return x.dtype is torch.bfloat16


def parameters_of(cell: PointwiseCell, inputs: int) -> tuple[Tensor | None, ...]:
    """Return weight_ih, weight_hh, bias_ih, bias_hh and the vectors stacked, None for what the cell has not.

    Raises `UsageError` for one that a kernel would read beyond its end.
    """
    # Not attributes where it can be helped: nn.Module looks for each in three dictionaries, which takes a microsecond.
    own = cell._parameters
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh") if cell.hidden_product else ("weight_ih", "bias_ih")
    found = [own[name] if name in own else getattr(cell, name) for name in names]
    if not cell.hidden_product:
        found = [found[0], None, found[1], None]
    parameters = (*found, torch.stack([getattr(cell, name) for name in cell.vectors]) if cell.vectors else None)
    _check_shapes(cell, inputs, parameters)
    return parameters


def _check_shapes(cell: PointwiseCell, inputs: int, parameters: tuple[Tensor | None, ...]) -> None:
    units = cell.hidden_size
    rows = len(cell.gates) * units
    wanted = ((rows, inputs), (rows, units), (rows,), (rows,), (len(cell.vectors), units))
    given = [None if tensor is None else tensor.shape for tensor in parameters]
    for name, needed, shape in zip(_PARAMETERS, wanted, given, strict=True):
        if shape is not None and shape != needed:
            raise UsageError(
                f"cell {type(cell).__name__} has {name} of shape {tuple(shape)}; backend=fused needs {needed}."
            )


_PARAMETERS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "vectors")


def carried(cell: PointwiseCell, state: State, masks: Tensor | None) -> State:
    """Return the tensors (B, H) that a kernel carries: the cell's state, and before it what W_hh sees of the first."""
    if masks is None or DROPPED not in cell.masks:
        return state
    first = masks[:, 0, : cell.hidden_size]
    return (state[0] * first, *state)


def _parts(x: Tensor, initial: Tensor, weight_ih: Tensor, threads: int) -> int:
    """Return in how many parts the rows are run: as many as there are threads, rows, and enough work."""
    batch, steps, inputs = x.shape
    work = batch * steps * weight_ih.shape[0] * (inputs + initial.shape[-1])
    return max(1, min(threads, batch, int(work / WORTH_A_THREAD)))


def forward(
    x: Tensor,
    lengths: Tensor,
    initial: Tensor,
    masks: Tensor | None,
    weight_ih: Tensor,
    weight_hh: Tensor | None,
    bias_ih: Tensor,
    bias_hh: Tensor | None,
    vectors: Tensor | None,
    kernel: str,
    keep: bool,
    threads: int,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return y, the final state (S, B, H), and what the backward pass needs; see `Kernel.forward`."""
    parameters = [_plain(tensor) for tensor in (weight_ih, weight_hh, bias_ih, bias_hh, vectors)]
    _check(x, initial, parameters)
    parts = _parts(x, initial, weight_ih, threads)
    return KERNELS[kernel].forward(
        x.contiguous(), _counts(lengths), initial.contiguous(), _plain(masks), parameters, keep, parts
    )


def _forward_shapes(
    x: Tensor,
    lengths: Tensor,
    initial: Tensor,
    masks: Tensor | None,
    weight_ih: Tensor,
    weight_hh: Tensor | None,
    bias_ih: Tensor,
    bias_hh: Tensor | None,
    vectors: Tensor | None,
    kernel: str,
    keep: bool,
    threads: int,
) -> tuple[Tensor, Tensor, Tensor]:
    batch, steps, _ = x.shape
    units = initial.shape[-1]
    tape = x.new_empty(KERNELS[kernel].tape_floats(batch, steps, units) if keep else 0)
    return x.new_empty(batch, steps, units), x.new_empty(initial.shape), tape


def backward(
    d_y: Tensor,
    d_final: Tensor,
    x: Tensor,
    lengths: Tensor,
    initial: Tensor,
    masks: Tensor | None,
    weight_ih: Tensor,
    weight_hh: Tensor | None,
    bias_ih: Tensor,
    bias_hh: Tensor | None,
    vectors: Tensor | None,
    tape: Tensor,
    kernel: str,
    threads: int,
    need_x: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return the gradients of x, the initial state and the five parameters, empty for what there is not."""
    parameters = [_plain(tensor) for tensor in (weight_ih, weight_hh, bias_ih, bias_hh, vectors)]
    d_x, d_initial, d_parameters = KERNELS[kernel].backward(
        d_y.contiguous(),
        d_final.contiguous(),
        x.contiguous(),
        _counts(lengths),
        initial.contiguous(),
        _plain(masks),
        parameters,
        tape,
        _parts(x, initial, weight_ih, threads),
        need_x,
    )
    return (d_x, d_initial, *d_parameters)  # type: ignore[return-value]


def _backward_shapes(
    d_y: Tensor,
    d_final: Tensor,
    x: Tensor,
    lengths: Tensor,
    initial: Tensor,
    masks: Tensor | None,
    weight_ih: Tensor,
    weight_hh: Tensor | None,
    bias_ih: Tensor,
    bias_hh: Tensor | None,
    vectors: Tensor | None,
    tape: Tensor,
    kernel: str,
    threads: int,
    need_x: bool,
) -> tuple[Tensor, ...]:
    given = (x if need_x else None, initial, weight_ih, weight_hh, bias_ih, bias_hh, vectors)
    return tuple(x.new_empty(0 if tensor is None else tensor.shape) for tensor in given)


def _keep_for_backward(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    *tensors, kernel, _, threads = inputs
    ctx.save_for_backward(*tensors, output[2])
    ctx.kernel, ctx.threads = kernel, threads
    # The tape has no gradient, and none must be made of zeros.
    ctx.set_materialize_grads(False)


def _gradients(ctx: Any, d_y: Tensor | None, d_final: Tensor | None, _: Tensor | None) -> tuple[Tensor | None, ...]:
    *tensors, tape = ctx.saved_tensors
    x, _, initial = tensors[:3]
    if d_y is None:
        d_y = x.new_zeros(*x.shape[:2], initial.shape[-1])
    if d_final is None:
        d_final = torch.zeros_like(initial)
    need_x = ctx.needs_input_grad[0]
    # Only where gradients of gradients are asked for, the operation is needed that refuses them.
    operation: Any = BACKWARD if torch.is_grad_enabled() or torch.compiler.is_compiling() else backward
    d_x, d_initial, *d_parameters = operation(d_y, d_final, *tensors, tape, ctx.kernel, ctx.threads, need_x)
    given = [None if of is None else gradient for of, gradient in zip(tensors[4:], d_parameters, strict=True)]
    return d_x if need_x else None, None, d_initial, None, *given, None, None, None


def _refuse(ctx: Any, *gradients: Tensor | None) -> None:
    raise RuntimeError("the gradient of a gradient is not computed by backend=fused; use backend=reference for it.")


class _Eager(torch.autograd.Function):
    """`FORWARD` with its gradients, called directly."""

    @staticmethod
    def forward(ctx: Any, *arguments: Any) -> tuple[Tensor, Tensor, Tensor]:
        # Not setup_context: before it, torch inspects the signature at every call.
        output = forward(*arguments)
        _keep_for_backward(ctx, arguments, output)
        return output

    backward = staticmethod(_gradients)


def _check(x: Tensor, initial: Tensor, parameters: list[Tensor | None]) -> None:
    """Raise `UsageError` for what C would read as something else."""
    if initial.shape[1] != x.shape[0]:
        raise UsageError(f"the state of {initial.shape[1]} rows does not fit an input of {x.shape[0]} rows.")
    for tensor in (x, initial, *parameters):
        if tensor is not None and (tensor.dtype is not torch.float32 or not tensor.is_cpu):
            raise UsageError(
                f"backend=fused was given {tensor.dtype} on {tensor.device} beside float32 on the CPU; "
                f"bring input, state and parameters to one dtype and device."
            )


def _counts(lengths: Tensor) -> Tensor:
    return lengths.to(torch.int64).contiguous()


def _plain(tensor: Tensor | None) -> Tensor | None:
    return tensor if tensor is None or tensor.is_contiguous() else tensor.contiguous()


def _operation(function: Any, shapes: Any, gradients: Any, setup_context: Any = None) -> Any:
    """Make a function an operation of torch: with shapes for torch.compile, and gradients."""
    # Not torch.library.custom_op: it costs 50 microseconds a call more, and imports torch's compiler.
    name = f"fused_{function.__name__}"
    _LIBRARY.define(name + torch.library.infer_schema(function, mutates_args=()))  # type: ignore[no-untyped-call]
    _LIBRARY.impl(name, function, "CPU")  # type: ignore[no-untyped-call]
    torch.library.register_fake(f"rnnbench::{name}", shapes, lib=_LIBRARY)
    torch.library.register_autograd(f"rnnbench::{name}", gradients, setup_context=setup_context, lib=_LIBRARY)
    return getattr(torch.ops.rnnbench, name).default


_LIBRARY = torch.library.Library("rnnbench", "FRAGMENT")  # type: ignore[no-untyped-call]
FORWARD = _operation(forward, _forward_shapes, _gradients, _keep_for_backward)
BACKWARD = _operation(backward, _backward_shapes, _refuse)

"""Triton's kernels in its interpreter, on the CPU, against the loop; prints what it found as JSON.

A process of its own: TRITON_INTERPRET is read when a kernel is defined. `python -m tests.recurrence.cuda_parity`
"""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor
from torch._dynamo.testing import CompileCounterWithBackend

from rnnbench.catalog.registry import build, find, names
from rnnbench.recurrence import BACKENDS, PointwiseCell
from rnnbench.recurrence.cuda import engine, launch
from rnnbench.recurrence.noise import Noise
from tests.recurrence.cells import LosesAGradient
from tests.recurrence.parity import difference, run, states


class EveryOperation(PointwiseCell):
    """All that a graph can be made of, in no order that means anything."""

    gates = ("a", "b", "c")
    state = ("h", "m")
    vectors = ("v",)

    def update(self, x: Any, h: Any, state: Any, *vectors: Any) -> tuple[Tensor, ...]:
        """Return the next state."""
        (own,) = vectors
        a = torch.clamp(x.a + h.a, -0.9, 0.9) / (2 + torch.abs(x.b - h.b))
        b = torch.where(x.c > h.c, torch.exp(-torch.relu(x.c)), torch.log1p(h.c * h.c))
        m = torch.maximum(a, state.m * 0.5) + torch.minimum(b, torch.sqrt(1 + x.b * x.b))
        positive = torch.nn.functional.softplus(m) + torch.log(1 + torch.square(own.v))
        return torch.tanh(a - b * positive) + torch.sigmoid(m) * state.h, torch.where(m <= 1.0, m, 1.0 - h.b)

    def output(self, state: Any) -> Tensor:
        """Return something that is no state."""
        return state.h - 0.5 * state.m


CLASSES = {"every operation": EveryOperation, "loses a gradient": LosesAGradient}
PARAMS = {"rnn relu": ("rnn", {"activation": "relu"}), "indrnn tanh": ("indrnn", {"activation": "tanh"})}
POINTWISE = [name for name in names("cell") if issubclass(find("cell", name).load(), PointwiseCell)]
NOISY = {"noisy lstm": "lstm", "noisy gru": "gru", "noisy slstm": "slstm", "noisy sru": "sru"}
CELLS = [*POINTWISE, *PARAMS, *CLASSES, *NOISY]

CASES: dict[str, tuple[int, int, int, list[int], float, torch.dtype]] = {
    "one step": (1, 3, 5, [1, 1], 1.0, torch.float32),
    "one row": (3, 3, 31, [3], 1.0, torch.float32),
    "ties and ones": (4, 3, 19, [4, 1, 2, 2, 1, 4], 1.0, torch.float32),
    "more rows than a program's": (2, 3, 16, [1, 2] * 9, 1.0, torch.float32),
    "saturated": (3, 4, 20, [3, 1, 2], 300.0, torch.float32),
    "half precision": (3, 3, 5, [3, 1, 2], 1.0, torch.float16),
}
"""T, D, H, the lengths, what inputs are multiplied by, and the dtype."""

WAYS = {"in one launch": sys.maxsize, "in single steps": 0}
"""The shared memory in bytes that a device is said to have."""

SHORT = ("one row", "more rows than a program's")
"""Cases in which single steps are no different."""


def cell_of(name: str, inputs: int, units: int) -> Any:
    """Return a cell with the same parameters every time."""
    torch.manual_seed(0)
    if name in CLASSES:
        return CLASSES[name](inputs, units)
    plugin, params = PARAMS.get(name, (NOISY.get(name, name), {}))
    cell = build("cell", plugin, params, input_size=inputs, hidden_size=units)
    if name in NOISY:
        cell.noise = Noise(zoneout=0.3, zoneout_cell=0.5, recurrent_dropout=0.25 if cell.hidden_product else 0.0)
    return cell


def apart(name: str, case: str, way: str) -> float:
    """Return how far the kernels are from the loop in float64."""
    launch.shared_limit = lambda device: WAYS[way]
    steps, inputs, units, lengths, scale, dtype = CASES[case]
    cell = cell_of(name, inputs, units)
    x, state = scale * torch.randn(len(lengths), steps, inputs), states(cell, len(lengths))
    fast = run(cell, "interpreted", x, torch.tensor(lengths), state, dtype)
    return difference(fast, run(cell, "reference", x, torch.tensor(lengths), state, torch.float64))


def malformed(name: str) -> str:
    """Return what torch finds wrong with the operations, or an empty string."""
    launch.shared_limit = lambda device: sys.maxsize
    cell, lengths = cell_of(name, 4, 6), torch.tensor([3, 1])
    cell.noise = Noise(zoneout=0.5)
    kernel = engine.kernel_of(cell)
    gates, vectors = len(cell.gates), len(cell.vectors)
    floats = [torch.randn(2, 3, gates * 6), torch.rand(2, len(cell.state), 6)]
    parameters = [torch.randn(gates * 6, 6), torch.randn(gates * 6)] if cell.hidden_product else [None, None]
    parameters.append(torch.randn(vectors, 6) if vectors else None)
    projected, initial, weight, bias, own = (
        tensor if tensor is None else tensor.requires_grad_() for tensor in (*floats, *parameters)
    )
    masks = cell.draw_masks(2, 3, projected)
    arguments = (projected, lengths, initial, masks, weight, bias, own, kernel, True)
    try:
        torch.library.opcheck(
            engine.FORWARD, arguments, test_utils=("test_schema", "test_autograd_registration", "test_faketensor")
        )
        y, final, *tape = (tensor.detach() for tensor in engine.FORWARD(*arguments))
        weight, own = (tensor if tensor is None else tensor.detach() for tensor in (weight, own))
        given = (torch.rand_like(y), torch.rand_like(final), lengths, masks, weight, own, *tape, kernel)
        torch.library.opcheck(engine.BACKWARD, given, test_utils=("test_schema", "test_faketensor"))
    except Exception as error:
        return repr(error)
    return ""


def graphs(name: str) -> int:
    """Return how many graphs torch.compile makes for five lengths."""
    launch.shared_limit = lambda device: sys.maxsize
    cell, counter = cell_of(name, 4, 6), CompileCounterWithBackend("aot_eager")

    def total(x: Tensor, lengths: Tensor, *state: Tensor) -> Tensor:
        return engine.run(cell, x, lengths, state)[1][0].square().mean()

    compiled = torch.compile(total, backend=counter, fullgraph=True)
    for steps in range(2, 7):
        given = (torch.randn(3, steps, 4), torch.tensor([steps, 1, 2]), *states(cell, 3))
        cell.zero_grad()
        loss = compiled(*given)
        loss.backward()
        gradient = cell.weight_hh.grad.clone()
        cell.zero_grad()
        expected = total(*given)
        expected.backward()
        torch.testing.assert_close(loss, expected)
        torch.testing.assert_close(gradient, cell.weight_hh.grad)
    return counter.frame_count


def main() -> None:
    """Print all that is found."""
    BACKENDS["interpreted"] = SimpleNamespace(  # type: ignore[assignment]
        drawback=lambda cell: "",
        unavailable=lambda cell: "",
        declines=lambda x: "",
        run=lambda cell, x, lengths, padding, state, masks, need_state: engine.run(cell, x, lengths, state, masks),
    )
    differences = {
        f"{name}, {case}, {way}": apart(name, case, way)
        for name in CELLS
        for way in WAYS
        for case in CASES
        if way == "in one launch" or (case not in SHORT and cell_of(name, 1, 1).hidden_product)
    }
    found = {
        "differences": differences,
        "malformed": {name: malformed(name) for name in ("gru", "sru", "every operation")},
        "graphs": graphs("gru"),
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()

"""Triton's kernels on a GPU; skipped where there is none."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from rnnbench.catalog.registry import build, find, names
from rnnbench.recurrence import PointwiseCell, Recurrence
from rnnbench.recurrence.cuda import engine, graph, launch
from tests.recurrence.parity import difference, states

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device"),
]

POINTWISE = [name for name in names("cell") if issubclass(find("cell", name).load(), PointwiseCell)]
CLOSE = {torch.float32: 2e-5, torch.float16: 5e-3, torch.bfloat16: 4e-2}
LENGTHS = [33, 1, 7, 7, 1, 33, 20] * 3


def run(cell: Any, backend: str, x: Tensor, state: tuple[Tensor, ...]) -> dict[str, Tensor]:
    recurrence = Recurrence(cell, backend=backend)
    inputs = [tensor.detach().requires_grad_() for tensor in (x, *state)]
    y, after = recurrence(inputs[0], torch.tensor(LENGTHS, device=x.device), tuple(inputs[1:]))
    assert recurrence.backend_used == backend
    found = {"y": y} | {f"state {k}": tensor for k, tensor in enumerate(after)}
    generator = torch.Generator().manual_seed(1)
    weights = [torch.randn(tensor.shape, generator=generator).to(tensor) for tensor in found.values()]
    loss = sum((tensor * weight).sum() for tensor, weight in zip(found.values(), weights, strict=True))
    wanted = [*inputs, *cell.parameters()]
    gradients = torch.autograd.grad(loss, wanted, materialize_grads=True)
    found |= {f"gradient {k}": gradient for k, gradient in enumerate(gradients)}
    return {what: tensor.detach().cpu() for what, tensor in found.items()}


def cell_of(name: str, inputs: int, units: int) -> Any:
    torch.manual_seed(0)
    return build("cell", name, {}, input_size=inputs, hidden_size=units).cuda()


@pytest.mark.parametrize("dtype", CLOSE)
@pytest.mark.parametrize("units", [5, 64, 100, 300])
@pytest.mark.parametrize("name", POINTWISE)
def test_a_kernel_is_the_loop(name: str, units: int, dtype: torch.dtype) -> None:
    cell = cell_of(name, 9, units).to(dtype)
    x = torch.randn(len(LENGTHS), 33, 9).to("cuda", dtype)
    state = tuple(tensor.to(x) for tensor in states(cell, len(LENGTHS)))
    fast = run(cell, "fused", x, state)
    truth = run(cell.double(), "reference", x.double(), tuple(tensor.double() for tensor in state))
    assert difference(fast, truth) < CLOSE[dtype]


def test_auto_is_cudnn_where_torch_has_the_cell_and_triton_elsewhere() -> None:
    for name, backend in (("lstm", "torch"), ("janet", "fused")):
        recurrence = Recurrence(cell_of(name, 4, 8))
        recurrence(torch.randn(2, 3, 4, device="cuda"), torch.tensor([3, 1]))
        assert recurrence.backend_used == backend


def test_autocast_multiplies_in_its_dtype_and_keeps_the_state() -> None:
    recurrence = Recurrence(cell_of("lstm", 4, 8), backend="fused")
    with torch.autocast("cuda", torch.bfloat16):
        y, state = recurrence(torch.randn(2, 3, 4, device="cuda"), torch.tensor([3, 1]))
    assert recurrence.backend_used == "fused"
    assert y.dtype == torch.bfloat16
    assert {tensor.dtype for tensor in state} == {torch.float32}
    y.float().sum().backward()
    assert recurrence.cell.weight_hh.grad.dtype == torch.float32


def test_single_steps_run_as_graphs_that_serve_every_length() -> None:
    cell, captured = cell_of("gru", 4, 300), []
    for steps in (graph.STEPS + 1, 40, 100):
        lengths = torch.tensor([steps, 1, steps // 2], device="cuda")
        x = torch.randn(3, steps, 4, device="cuda")
        fast, _ = Recurrence(cell, backend="fused")(x, lengths)
        slow, _ = Recurrence(cell, backend="reference")(x, lengths)
        torch.testing.assert_close(fast, slow, atol=2e-5, rtol=2e-5)
        captured.append(len(graph._GRAPHS))
    assert captured == [captured[0]] * 3


@pytest.mark.parametrize("limit", [None, 0])
def test_it_can_be_captured_as_a_graph(limit: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if limit is not None:
        monkeypatch.setattr(launch, "shared_limit", lambda device: limit)
    cell, lengths = cell_of("gru", 4, 32), torch.tensor([6, 2, 4], device="cuda")
    x = torch.randn(3, 6, 4, device="cuda")
    state = (torch.zeros(3, 32, device="cuda"),)
    with torch.no_grad():
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            engine.run(cell, x, lengths, state)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            y, (last,) = engine.run(cell, x, lengths, state)
        x.copy_(torch.randn_like(x))
        graph.replay()
        expected, (end,) = engine.run(cell, x, lengths, state)
    torch.testing.assert_close(last, end)
    torch.testing.assert_close(y[0], expected[0])


def test_other_lengths_and_rows_compile_nothing() -> None:
    cell = cell_of("gru", 4, 24)
    kernel = engine.KERNELS[engine.kernel_of(cell)].module.sequence_forward

    def compiled() -> int:
        return sum(len(cache[0]) for cache in kernel.device_caches.values())

    counts = []
    for rows, steps in ((2, 3), (1, 1), (16, 16), (33, 50), (7, 1)):
        with torch.no_grad():
            x, lengths = torch.randn(rows, steps, 4, device="cuda"), torch.full((rows,), steps, device="cuda")
            engine.run(cell, x, lengths, (torch.zeros(rows, 24, device="cuda"),))
        counts.append(compiled())
    assert counts == [counts[0]] * 5

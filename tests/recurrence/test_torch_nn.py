"""torch's own layers run padded: what keeps padding from showing, and oneDNN from being lost."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.profiler import ProfilerActivity, profile

from rnnbench.catalog.registry import build
from rnnbench.recurrence import Recurrence
from rnnbench.recurrence.backends import torch_nn

RAGGED = torch.tensor([3, 9, 1])


def lstm(dtype: torch.dtype = torch.float32) -> Any:
    torch.manual_seed(0)
    return build("cell", "lstm", {}, input_size=5, hidden_size=7).to(dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
def test_an_lstms_cell_state_passes_padding_without_losing_a_bit(dtype: torch.dtype) -> None:
    cell = lstm(dtype)
    x, padding = torch.zeros(3, 50, 5, dtype=dtype), torch.ones(3, 50, dtype=torch.bool)
    h, c = torch.rand(3, 7, dtype=dtype), torch.randn(3, 7, dtype=dtype, requires_grad=True)
    with torch.no_grad():
        c[0, 0], c[1], c[2] = 0, c[1] * 1e-3, c[2] * 1e3
    _, (_, after) = torch_nn.run(cell, x, torch.ones(3, dtype=torch.long), padding, (h, c), None, True)
    assert torch.equal(after, c)
    weights = torch.randn_like(after)
    gradients = torch.autograd.grad((after * weights).sum(), [c, *cell.parameters()])
    assert torch.equal(gradients[0], weights)
    assert not any(gradient.any() for gradient in gradients[1:])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_near_the_reference(dtype: torch.dtype) -> None:
    cell, x = lstm(dtype), torch.randn(3, 9, 5, dtype=dtype)
    fast, loop = (Recurrence(cell, backend=backend)(x, RAGGED) for backend in ("torch", "reference"))
    for one, other in zip((fast[0], *fast[1]), (loop[0], *loop[1]), strict=True):
        assert one.dtype == dtype
        torch.testing.assert_close(one, other, atol=2e-2, rtol=2e-2)


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("backend", ["torch", "reference"])
def test_mixed_precision_runs_forward_and_backward(name: str, backend: str) -> None:
    recurrence = Recurrence(build("cell", name, {}, input_size=5, hidden_size=7), backend=backend)
    x = torch.randn(3, 9, 5)
    with torch.autocast("cpu", torch.bfloat16):
        y, _ = recurrence(x, RAGGED)
    torch.testing.assert_close(y.float(), recurrence(x, RAGGED)[0], atol=2e-2, rtol=2e-2)
    y.float().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in recurrence.parameters())


@pytest.mark.parametrize("backend", ["torch", "reference"])
def test_units_that_explode_do_not_do_so_at_padding(backend: str) -> None:
    cell = build("cell", "rnn", {"activation": "relu"}, input_size=5, hidden_size=7)
    with torch.no_grad():
        cell.weight_hh.copy_(4 * torch.eye(7))
        cell.bias_ih.fill_(1)
    x = torch.randn(2, 200, 5)
    # Four to the power of 200 is beyond float32; sixteen steps are not.
    y, _ = Recurrence(cell, backend=backend)(x, torch.tensor([16, 2]))
    y.sum().backward()
    assert y.isfinite().all()
    assert cell.weight_hh.grad.isfinite().all()


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="torch was built without oneDNN")
@pytest.mark.parametrize("need_state", [True, False])
@pytest.mark.parametrize("gradients", [True, False])
def test_onednn_runs_the_lstm_whatever_the_lengths(need_state: bool, gradients: bool) -> None:
    recurrence = Recurrence(lstm(), backend="torch")
    with torch.set_grad_enabled(gradients), profile(activities=[ProfilerActivity.CPU]) as seen:
        recurrence(torch.randn(3, 9, 5), RAGGED, need_state=need_state)
    assert "aten::mkldnn_rnn_layer" in {event.key for event in seen.key_averages()}


@pytest.mark.parametrize("backend", ["torch", "reference"])
def test_a_state_that_nobody_needs_is_not_given(backend: str) -> None:
    recurrence = Recurrence(lstm(), backend=backend)
    x = torch.randn(3, 9, 5)
    y, state = recurrence(x, RAGGED, need_state=False)
    assert state == ()
    torch.testing.assert_close(y, recurrence(x, RAGGED)[0])

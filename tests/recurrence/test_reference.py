"""The plain loop: its gradients are those of finite differences, for everything that has one, at every level."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from rnnbench.catalog.registry import build
from rnnbench.contracts import PluginError
from rnnbench.recurrence import PointwiseCell, Recurrence
from tests.recurrence.cells import MinimalGated, Peephole


class Independent(PointwiseCell):
    """IndRNN (Li et al. 2018): no product with h, one recurrent weight a unit."""

    gates = ("a",)
    state = ("h",)
    vectors = ("u",)
    hidden_product = False

    def update(self, x: Any, h: Any, state: Any, *vectors: Any) -> tuple[Tensor]:
        assert h is None
        return (torch.tanh(x.a + vectors[0].u * state.h),)


class Highway(PointwiseCell):
    """SRU's shape (Lei et al. 2018): what is put out is not what is carried."""

    gates = ("n", "f", "r")
    state = ("c", "h")
    hidden_product = False

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, Tensor]:
        f = torch.sigmoid(x.f)
        c = f * state.c + (1 - f) * x.n
        return c, torch.sigmoid(x.r) * torch.tanh(c)

    def output(self, state: Any) -> Tensor:
        h: Tensor = state.h
        return h


def made(kind: str | type) -> Any:
    torch.manual_seed(0)
    sizes = {"input_size": 2, "hidden_size": 3}
    return (build("cell", kind, {}, **sizes) if isinstance(kind, str) else kind(**sizes)).double()


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru", MinimalGated, Peephole, Independent, Highway])
def test_gradients_of_input_state_and_parameters_are_those_of_finite_differences(kind: Any, reverse: bool) -> None:
    cell = made(kind)
    recurrence = Recurrence(cell, backend="reference", reverse=reverse)
    x = torch.randn(2, 4, 2, dtype=torch.float64, requires_grad=True)
    state = [torch.randn_like(tensor).requires_grad_() for tensor in recurrence.initial_state(2, x)]
    names = [name for name, _ in cell.named_parameters()]

    def run(x: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        parameters = {f"cell.{name}": tensor for name, tensor in zip(names, rest[len(state) :], strict=True)}
        arguments = (x, torch.tensor([4, 2]), tuple(rest[: len(state)]))
        y, after = torch.func.functional_call(recurrence, parameters, arguments)
        return (y, *after)

    assert torch.autograd.gradcheck(run, (x, *state, *cell.parameters()))


def test_a_cell_without_the_product_has_no_parameters_for_it() -> None:
    assert [name for name, _ in made(Independent).named_parameters()] == ["weight_ih", "bias_ih", "u"]


def test_what_is_put_out_can_be_another_tensor_than_the_first() -> None:
    recurrence = Recurrence(made(Highway))
    y, (_, h) = recurrence(torch.randn(1, 4, 2, dtype=torch.float64), torch.tensor([4]))
    assert torch.equal(y[:, -1], h)


def test_an_update_that_returns_no_state_is_told() -> None:
    class Bare(Independent):
        def update(self, x: Any, h: Any, state: Any, *vectors: Any) -> Any:
            return x.a

    recurrence = Recurrence(made(Bare))
    with pytest.raises(PluginError, match=r"update returned one Tensor, not the tuple of its state \(h\)"):
        recurrence(torch.zeros(1, 4, 2, dtype=torch.float64), torch.tensor([4]))

"""One step of each cell against its paper's formula, written out with numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rnnbench.catalog.registry import build

Array = NDArray[np.float64]
D, H = 3, 4


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def peephole(x: Array, s: list[Array], w: dict[str, Array], g: list[Array]) -> list[Array]:
    _h, c = s
    i = sigmoid(g[0] + w["peephole_i"] * c)
    f = sigmoid(g[1] + w["peephole_f"] * c)
    after = f * c + i * np.tanh(g[2])
    return [sigmoid(g[3] + w["peephole_o"] * after) * np.tanh(after), after]


def coupled(x: Array, s: list[Array], w: dict[str, Array], g: list[Array]) -> list[Array]:
    f = sigmoid(g[0])
    c = f * s[1] + (1 - f) * np.tanh(g[1])
    return [sigmoid(g[2]) * np.tanh(c), c]


def janet(x: Array, s: list[Array], w: dict[str, Array], g: list[Array]) -> list[Array]:
    return [sigmoid(g[0]) * s[0] + (1 - sigmoid(g[0] - 1)) * np.tanh(g[1])]


def indrnn(x: Array, s: list[Array], w: dict[str, Array], g: list[Array]) -> list[Array]:
    return [np.maximum(g[0] + w["u"] * s[0], 0)]


def sru(x: Array, s: list[Array], w: dict[str, Array], g: list[Array]) -> list[Array]:
    f, r = sigmoid(g[0] + w["v_f"] * s[0]), sigmoid(g[1] + w["v_r"] * s[0])
    c = f * s[0] + (1 - f) * g[2]
    return [c, r * c + (1 - r) * g[3]]


def fastgrnn(x: Array, s: list[Array], w: dict[str, Array], g: list[Array]) -> list[Array]:
    z, n = sigmoid(g[0] + w["bias_z"]), np.tanh(g[0] + w["bias_n"])
    return [(sigmoid(w["zeta"]) * (1 - z) + sigmoid(w["nu"])) * n + z * s[0]]


def slstm(x: Array, s: list[Array], w: dict[str, Array], g: list[Array]) -> list[Array]:
    # The stabiliser cancels: c and n are both scaled by exp(-m).
    _, c, n, m = s
    true_c = np.exp(g[1]) * c * np.exp(m) + np.exp(g[0]) * np.tanh(g[2])
    true_n = np.exp(g[1]) * n * np.exp(m) + np.exp(g[0])
    after = np.maximum(g[1] + m, g[0])
    return [sigmoid(g[3]) * true_c / true_n, true_c * np.exp(-after), true_n * np.exp(-after), after]


def mingru(x: Array, s: list[Array], w: dict[str, Array], g: list[Array]) -> list[Array]:
    z = sigmoid(g[0])
    return [(1 - z) * s[0] + z * g[1]]


def minlstm(x: Array, s: list[Array], w: dict[str, Array], g: list[Array]) -> list[Array]:
    f, i = sigmoid(g[0]), sigmoid(g[1])
    return [(f * s[0] + i * g[2]) / (f + i)]


def layer_norm_lstm(x: Array, s: list[Array], w: dict[str, Array], g: list[Array]) -> list[Array]:
    def norm(v: Array, weight: str, bias: str | None) -> Array:
        centred = v - v.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
        return scaled * w[weight] + (w[bias] if bias else 0)

    products = norm(x @ w["input_product.weight"].T, "input_norm.weight", "input_norm.bias")
    products = products + norm(s[0] @ w["hidden_product.weight"].T, "hidden_norm.weight", None)
    i, f, n, o = np.split(products, 4, -1)
    c = sigmoid(f) * s[1] + sigmoid(i) * np.tanh(n)
    return [sigmoid(o) * np.tanh(norm(c, "cell_norm.weight", "cell_norm.bias")), c]


def mgu(x: Array, s: list[Array], w: dict[str, Array], g: list[Array]) -> list[Array]:
    f = sigmoid(np.concatenate([x, s[0]], -1) @ w["gate.weight"].T + w["gate.bias"])
    n = np.tanh(np.concatenate([x, f * s[0]], -1) @ w["candidate.weight"].T + w["candidate.bias"])
    return [(1 - f) * s[0] + f * n]


FORMULAS: dict[str, Callable[..., list[Array]]] = {
    "peephole_lstm": peephole,
    "coupled_lstm": coupled,
    "janet": janet,
    "indrnn": indrnn,
    "sru": sru,
    "fastgrnn": fastgrnn,
    "slstm": slstm,
    "mingru": mingru,
    "minlstm": minlstm,
    "layer_norm_lstm": layer_norm_lstm,
    "mgu": mgu,
}


def gates(x: Array, s: list[Array], w: dict[str, Array]) -> list[Array]:
    """Return W x + U h + b, gate by gate, for cells that have these."""
    if "weight_ih" not in w:
        return []
    products = x @ w["weight_ih"].T + w["bias_ih"]
    if "weight_hh" in w:
        products = products + s[0] @ w["weight_hh"].T + w["bias_hh"]
    return np.split(products, products.shape[-1] // H, -1)


@pytest.mark.parametrize("name", FORMULAS)
def test_a_step_is_the_papers(name: str) -> None:
    torch.manual_seed(0)
    cell: Any = build("cell", name, {}, input_size=D, hidden_size=H).double()
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.uniform_(-1, 1)
    x = torch.randn(2, D, dtype=torch.float64)
    # Normalisers are positive in any state that can occur.
    state = tuple(torch.rand(2, size, dtype=torch.float64) for size in cell.state_sizes)
    weights = {key: value.detach().numpy() for key, value in cell.named_parameters()}
    before = [tensor.numpy() for tensor in state]
    y, after = cell.step(x, state)
    expected = FORMULAS[name](x.numpy(), before, weights, gates(x.numpy(), before, weights))
    for got, wanted in zip(after, expected, strict=True):
        np.testing.assert_allclose(got.detach().numpy(), wanted, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(y.detach().numpy(), expected[1 if name == "sru" else 0], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["slstm", "minlstm"])
@pytest.mark.parametrize("size", [-100.0, 100.0])
def test_gates_far_out_give_no_nan(name: str, size: float) -> None:
    cell: Any = build("cell", name, {}, input_size=1, hidden_size=1)
    for column in range(len(cell.gates)):
        with torch.no_grad():
            for parameter in cell.parameters():
                parameter.zero_()
            cell.bias_ih[column] = size
        state = cell.initial_state(1, torch.zeros(1, 1))
        for _ in range(5):
            y, state = cell.step(torch.zeros(1, 1), state)
            assert y.isfinite().all()
        y.sum().backward()
        assert all(parameter.grad.isfinite().all() for parameter in cell.parameters())

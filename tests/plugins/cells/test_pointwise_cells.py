"""The vanilla, LSTM and GRU cells are the formulas of their papers, written out once more with numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from rnnbench.catalog.registry import build, find
from rnnbench.contracts import UsageError

D, H, B = 3, 4, 2
Array = np.ndarray[Any, np.dtype[np.float64]]


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def made(name: str, **params: Any) -> tuple[Any, Array, list[Array]]:
    """Return a float64 cell, an input and the blocks of both products, gate by gate: x's first, then h's."""
    torch.manual_seed(0)
    cell = build("cell", name, params, input_size=D, hidden_size=H).double()
    x, h = np.random.default_rng(0).normal(size=(B, D)), np.random.default_rng(1).normal(size=(B, H))
    w_x, w_h, b_x, b_h = (
        getattr(cell, key).detach().numpy() for key in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    gates = len(cell.gates)
    products = [*np.split(x @ w_x.T + b_x, gates, 1), *np.split(h @ w_h.T + b_h, gates, 1)]
    return cell, h, [torch.as_tensor(x).numpy(), *products]


def stepped(cell: Any, x: Array, *state: Array) -> list[Array]:
    y, after = cell.step(torch.as_tensor(x), tuple(torch.as_tensor(tensor) for tensor in state))
    assert torch.equal(y, after[0])
    return [tensor.detach().numpy() for tensor in after]


@pytest.mark.parametrize(("activation", "function"), [("tanh", np.tanh), ("relu", lambda total: np.maximum(total, 0))])
def test_rnn_squeezes_input_and_state_together(activation: str, function: Any) -> None:
    cell, h, (x, x_a, h_a) = made("rnn", activation=activation)
    (after,) = stepped(cell, x, h)
    np.testing.assert_allclose(after, function(x_a + h_a), atol=1e-12)


def test_lstm_gates_its_cell_state() -> None:
    cell, h, (x, x_i, x_f, x_g, x_o, h_i, h_f, h_g, h_o) = made("lstm")
    c = np.random.default_rng(2).normal(size=(B, H))
    expected = sigmoid(x_f + h_f) * c + sigmoid(x_i + h_i) * np.tanh(x_g + h_g)
    after_h, after_c = stepped(cell, x, h, c)
    np.testing.assert_allclose(after_c, expected, atol=1e-12)
    np.testing.assert_allclose(after_h, sigmoid(x_o + h_o) * np.tanh(expected), atol=1e-12)


def test_gru_resets_after_the_product_and_mixes_the_old_state_with_the_new() -> None:
    cell, h, (x, x_r, x_z, x_n, h_r, h_z, h_n) = made("gru")
    z = sigmoid(x_z + h_z)
    expected = (1 - z) * np.tanh(x_n + sigmoid(x_r + h_r) * h_n) + z * h
    (after,) = stepped(cell, x, h)
    np.testing.assert_allclose(after, expected, atol=1e-12)


@pytest.mark.parametrize(("name", "peer"), [("rnn", nn.RNN), ("lstm", nn.LSTM), ("gru", nn.GRU)])
def test_a_seed_gives_the_initial_weights_of_torch(name: str, peer: Any) -> None:
    torch.manual_seed(3)
    ours = build("cell", name, {}, input_size=D, hidden_size=H).state_dict()
    torch.manual_seed(3)
    theirs = peer(D, H).state_dict()
    assert {f"{key}_l0" for key in ours} == theirs.keys()
    assert all(torch.equal(value, theirs[f"{key}_l0"]) for key, value in ours.items())


def test_forget_bias_is_added_to_the_forget_gate_alone() -> None:
    plain, open_ = made("lstm")[0], made("lstm", forget_bias=1.0)[0]
    added = (open_.bias_ih - plain.bias_ih).detach()
    torch.testing.assert_close(added, torch.tensor([0.0, 1.0, 0.0, 0.0], dtype=torch.float64).repeat_interleave(H))


def test_an_unknown_activation_is_told() -> None:
    for name, known in (("rnn", "tanh, relu"), ("indrnn", "relu, tanh")):
        with pytest.raises(UsageError, match=f"cell.activation=sigmoid: it is one of {known}"):
            find("cell", name).load()(D, H, activation="sigmoid")

"""The lecture's own way: one step at a time equals the unrolled network, for every cell that can be stepped."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import rnnbench
from rnnbench.catalog.registry import find, names
from rnnbench.contracts import UsageError

STEPPABLE = [name for name in names("cell") if find("cell", name).load().steppable]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", STEPPABLE)
def test_stepping_equals_the_unrolled_network(name: str) -> None:
    rnn = rnnbench.stepper(name, input_size=3, hidden_size=8, output_size=2, seed=0)
    xs = torch.randn(6, 3)
    stepped = torch.stack([rnn.step(x) for x in xs])
    torch.testing.assert_close(stepped, rnn.run(xs))


@pytest.mark.parametrize("name", STEPPABLE)
def test_steps_remember_until_reset(name: str) -> None:
    rnn = rnnbench.stepper(name, input_size=3, hidden_size=8, seed=0)
    first = rnn.step([1.0, 0.0, 0.0])
    assert not torch.equal(rnn.step([1.0, 0.0, 0.0]), first)
    rnn.reset()
    assert torch.equal(rnn.step([1.0, 0.0, 0.0]), first)


def test_the_vanilla_cell_is_the_lectures_formula() -> None:
    rnn = rnnbench.stepper("rnn", input_size=3, hidden_size=4, output_size=2, seed=0)
    cell, w_hy = rnn.recurrence.cell, rnn.readout.weight
    h = torch.zeros(4)
    for x in torch.randn(5, 3):
        h = torch.tanh(cell.weight_hh @ h + cell.bias_hh + cell.weight_ih @ x + cell.bias_ih)
        torch.testing.assert_close(rnn.step(x), w_hy @ h)


def test_numbers_arrays_and_batches_are_taken_alike() -> None:
    rnn = rnnbench.stepper("gru", input_size=2, hidden_size=3, seed=0)
    expected = rnn.step([0.5, -1.0])
    for x in ((0.5, -1.0), np.array([0.5, -1.0]), torch.tensor([0.5, -1.0])):
        rnn.reset()
        assert torch.equal(rnn.step(x), expected)
    rnn.reset()
    torch.testing.assert_close(rnn.step([[0.5, -1.0], [0.0, 0.0]])[0], expected)


def test_a_seed_gives_the_same_weights_and_leaves_other_random_numbers_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    one, two = (rnnbench.stepper("lstm", input_size=2, hidden_size=3, seed=1) for _ in range(2))
    assert torch.equal(torch.rand(1), expected)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("bow", {}, "cannot be stepped; cells that can: .*gru"),
        ("lsmt", {}, "Did you mean lstm"),
        ("gru", {"hidden_size": 0}, "hidden_size=0 must be a whole number"),
        ("rnn", {"activaton": "relu"}, "Did you mean activation"),
    ],
)
def test_mistakes_are_sentences(name: str, options: dict[str, object], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        rnnbench.stepper(name, **{"input_size": 2, "hidden_size": 3, **options})  # type: ignore[arg-type]


@pytest.mark.parametrize("x", [[1.0], [[[1.0, 2.0]]], "ab", [1.0, 2.0, 3.0], []])
def test_inputs_that_do_not_fit_are_told(x: object) -> None:
    with pytest.raises(UsageError, match=r"step takes \(2,\) numbers"):
        rnnbench.stepper("gru", input_size=2, hidden_size=3).step(x)


def test_another_number_of_rows_needs_a_reset() -> None:
    rnn = rnnbench.stepper("gru", input_size=2, hidden_size=3)
    rnn.step([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(UsageError, match="call reset"):
        rnn.step([1.0, 2.0])

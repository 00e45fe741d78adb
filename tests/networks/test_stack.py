"""Stacks of recurrences."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rnnbench.contracts import IncompatibleError
from rnnbench.networks import Stack
from rnnbench.recurrence import Noise, PointwiseCell, Recurrence

LENGTHS = torch.tensor([5, 2, 4])
INPUTS = torch.randn(3, 5, 3, generator=torch.Generator().manual_seed(0))


class Elman(PointwiseCell):
    gates = ("a",)
    state = ("h",)

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor]:
        return (torch.tanh(x.a + h.a),)


class Whole(nn.Module):
    """Not causal: every step is the mean of all."""

    causal = False
    steppable = False

    def __init__(self, input_size: int) -> None:
        super().__init__()
        self.input_size = self.hidden_size = self.output_size = input_size

    def initial_state(self, batch_size: int, like: Tensor) -> tuple[Tensor, ...]:
        return ()

    def forward(self, x: Tensor, lengths: Tensor, state: Any) -> tuple[Tensor, tuple[Tensor, ...]]:
        return x.mean(1, keepdim=True).expand_as(x), ()


def elman(input_size: int) -> Elman:
    return Elman(input_size, 4)


def test_layers_and_directions_are_recurrences_side_by_side_and_one_upon_another() -> None:
    stack = Stack(elman, 3, layers=2, bidirectional=True)
    assert (stack.output_size, stack.directions, stack.causal) == (8, 2, False)
    forwards, backwards, upper_forwards, upper_backwards = stack.recurrences
    lower = torch.cat([forwards(INPUTS, LENGTHS)[0], backwards(INPUTS, LENGTHS)[0]], -1)
    (ahead, ahead_state), (back, back_state) = upper_forwards(lower, LENGTHS), upper_backwards(lower, LENGTHS)
    outputs, state = stack(INPUTS, LENGTHS)
    assert torch.equal(outputs, torch.cat([ahead, back], -1))
    assert len(state) == 2
    assert [tensor.tolist() for tensor in state[-1]] == [tensor.tolist() for tensor in (*ahead_state, *back_state)]


def test_every_direction_of_every_layer_has_its_own_weights() -> None:
    stack = Stack(elman, 3, layers=2, bidirectional=True)
    assert len({recurrence.cell.weight_hh.data_ptr() for recurrence in stack.recurrences}) == 4
    assert [recurrence.reverse for recurrence in stack.recurrences] == [False, True, False, True]


def test_the_states_are_computed_only_where_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    original = Recurrence.forward

    def spy(self: Recurrence, *arguments: Any, need_state: bool = True) -> Any:
        asked.append(need_state)
        return original(self, *arguments, need_state=need_state)

    monkeypatch.setattr(Recurrence, "forward", spy)
    stack = Stack(elman, 3, layers=3)
    assert len(stack(INPUTS, LENGTHS)[1]) == 3
    assert stack(INPUTS, LENGTHS, need_state=False)[1] == ()
    assert asked == [True, True, True, False, False, False]


def test_a_cell_without_directions_cannot_be_bidirectional() -> None:
    with pytest.raises(IncompatibleError, match=r"model\.bidirectional=true: Whole sees the whole sequence"):
        Stack(Whole, 3, bidirectional=True)


def test_a_cell_that_sees_everything_makes_a_stack_that_is_not_causal() -> None:
    assert Stack(Whole, 3).causal is False
    assert Stack(elman, 3).causal is True


def test_dropout_acts_on_every_layers_input_in_training_only() -> None:
    stack = Stack(elman, 3, layers=2, dropout=0.5)
    plain = Stack(elman, 3, layers=2)
    plain.load_state_dict(stack.state_dict())
    stack.eval()
    assert torch.equal(stack(INPUTS, LENGTHS)[0], plain(INPUTS, LENGTHS)[0])
    stack.train()
    seen: list[Tensor] = []
    for recurrence in stack.recurrences:
        recurrence.register_forward_pre_hook(lambda module, arguments: seen.append(arguments[0]))
    stack(INPUTS, LENGTHS)
    valid = torch.arange(5) < LENGTHS.unsqueeze(-1)
    for x in seen:
        assert 0 < float((x[valid] == 0).float().mean()) < 1


def test_state_bytes_are_those_of_one_sequence() -> None:
    stack = Stack(elman, 3, layers=2, bidirectional=True)
    assert stack.state_bytes(torch.empty(0)) == 4 * 4 * 4
    assert stack.state_bytes(torch.empty(0, dtype=torch.float64)) == 4 * 4 * 8


def test_the_backend_that_ran_is_told() -> None:
    stack = Stack(elman, 3, layers=2, backend="reference")
    stack(INPUTS, LENGTHS)
    assert stack.backend_used == "reference"


def test_a_stack_goes_on_from_the_states_it_returned() -> None:
    stack = Stack(elman, 3, layers=2)
    lengths = torch.full((len(INPUTS),), 2)
    whole, _ = stack(INPUTS[:, :4], 2 * lengths)
    first, states = stack(INPUTS[:, :2], lengths)
    second, _ = stack(INPUTS[:, 2:4], lengths, states)
    torch.testing.assert_close(torch.cat((first, second), dim=1), whole)


def test_a_dropped_weight_is_the_same_at_every_step_and_whole_in_evaluation() -> None:
    torch.manual_seed(0)
    stack, plain = Stack(elman, 3, weight_drop=0.5, backend="reference"), Stack(elman, 3, backend="reference")
    cell: Any = stack.recurrences[0].cell
    other: Any = plain.recurrences[0].cell
    with torch.no_grad():
        for name in ("weight_ih", "bias_ih", "bias_hh"):
            getattr(other, name).copy_(getattr(cell, name))
        other.weight_hh.copy_(cell.parametrizations.weight_hh.original)
    stack.eval()
    torch.testing.assert_close(stack(INPUTS, LENGTHS)[0], plain(INPUTS, LENGTHS)[0])
    stack.train()
    seen: list[Tensor] = []
    drop = cell.parametrizations.weight_hh[0]
    drop.register_forward_hook(lambda module, arguments, dropped: seen.append(dropped))
    outputs = stack(INPUTS, LENGTHS)[0]
    assert len(seen) == 1
    with torch.no_grad():
        other.weight_hh.copy_(seen[0])
    assert bool((seen[0] == 0).any())
    torch.testing.assert_close(outputs, plain(INPUTS, LENGTHS)[0])


def test_weights_are_dropped_only_where_there_are_any() -> None:
    with pytest.raises(IncompatibleError, match=r"model\.weight_drop=0\.5: Whole has no weights between hidden"):
        Stack(Whole, 3, weight_drop=0.5)


def test_zoneout_keeps_states_in_training_and_means_them_in_evaluation() -> None:
    torch.manual_seed(0)
    stack = Stack(elman, 3, noise=Noise(zoneout=0.5))
    long = torch.randn(20, 30, 3)
    y, _ = stack(long, torch.full((20,), 30))
    assert 0.45 < (y[:, 1:] == y[:, :-1]).float().mean() < 0.55
    stack.eval()
    y, _ = stack(INPUTS, LENGTHS)
    cell: Any = stack.recurrences[0].cell
    plain = elman(3)
    plain.load_state_dict(cell.state_dict())
    first, _ = plain.step(INPUTS[:, 0], plain.initial_state(len(INPUTS), INPUTS))
    torch.testing.assert_close(y[:, 0], 0.5 * first)
    second, _ = plain.step(INPUTS[:, 1], (y[:, 0],))
    expected = (0.5 * second + 0.5 * y[:, 0])[LENGTHS > 1]
    torch.testing.assert_close(y[LENGTHS > 1, 1], expected)


def test_recurrent_dropout_hides_the_same_units_at_every_step() -> None:
    torch.manual_seed(0)
    stack = Stack(elman, 3, noise=Noise(recurrent_dropout=0.5))
    cell: Any = stack.recurrences[0].cell
    masks = cell.draw_masks(4, 6, INPUTS)
    assert set(masks.unique().tolist()) == {0.0, 2.0}
    assert all(torch.equal(masks[:, t], masks[:, 0]) for t in range(6))
    assert not torch.equal(masks[0], masks[1])
    # With W_hh a matrix of ones, what is seen is what a sum over the units that are seen gives.
    with torch.no_grad():
        cell.weight_hh.fill_(1.0)
    h = torch.rand(4, cell.hidden_size)
    projected = torch.zeros(4, len(cell.gates) * cell.hidden_size)
    y, _ = cell.advance(projected, (h,), masks[:, 0])
    expected = torch.tanh((h * masks[:, 0]).sum(-1, keepdim=True) + cell.bias_hh)
    torch.testing.assert_close(y, expected)


@pytest.mark.parametrize(
    ("noise", "said"),
    [
        (Noise(zoneout=0.1), r"model\.zoneout and model\.recurrent_dropout need a cell that is written as update"),
        (Noise(zoneout_cell=0.1), r"model\.zoneout_cell=0\.1: \w+ carries nothing besides h"),
    ],
)
def test_noise_is_refused_where_there_is_no_place_for_it(noise: Noise, said: str) -> None:
    with pytest.raises(IncompatibleError, match=said):
        Stack(Whole if noise.zoneout else elman, 3, noise=noise)


def test_a_copy_computes_the_same() -> None:
    stack = Stack(elman, 3, layers=2, bidirectional=True)
    assert torch.equal(copy.deepcopy(stack)(INPUTS, LENGTHS)[0], stack(INPUTS, LENGTHS)[0])

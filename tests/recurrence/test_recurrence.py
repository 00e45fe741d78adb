"""One adapter: equal to torch.nn on its weights, to itself on every backend, and blind to padding."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rnnbench.catalog.registry import build
from rnnbench.contracts import PluginError, UnavailableError, UsageError
from rnnbench.recurrence import PointwiseCell, Recurrence
from rnnbench.recurrence.backends import torch_nn
from rnnbench.recurrence.noise import Noise
from tests.recurrence.cells import MinimalGated

D, H, T = 5, 7, 9
LENGTHS = torch.tensor([4, 9, 1, 4])
PEERS: dict[str, tuple[Any, dict[str, str]]] = {
    "lstm": (nn.LSTM, {}),
    "gru": (nn.GRU, {}),
    "rnn": (nn.RNN, {}),
    "relu": (nn.RNN, {"nonlinearity": "relu"}),
}


def pair(name: str) -> tuple[Any, nn.Module]:
    """Return our cell and torch's layer with the same weights."""
    torch.manual_seed(0)
    kind, options = PEERS[name]
    params = {"activation": "relu"} if name == "relu" else {}
    cell = build("cell", "rnn" if name == "relu" else name, params, input_size=D, hidden_size=H)
    peer = kind(D, H, batch_first=True, **options)
    peer.load_state_dict({f"{key}_l0": value for key, value in cell.state_dict().items()})
    return cell, peer


def gradients(outputs: Tensor, inputs: list[Tensor]) -> list[Tensor]:
    weights = torch.linspace(-1, 1, outputs.numel()).reshape(outputs.shape)
    return list(torch.autograd.grad((outputs * weights).sum(), inputs))


@pytest.mark.parametrize("backend", ["reference", "torch", "fused"])
@pytest.mark.parametrize("name", PEERS)
def test_weights_load_across_and_give_torchs_outputs_states_and_gradients(name: str, backend: str) -> None:
    cell, peer = pair(name)
    x = torch.randn(4, T, D, requires_grad=True)
    y, state = Recurrence(cell, backend=backend)(x, torch.full((4,), T))
    expected, last = peer(x)
    torch.testing.assert_close(y, expected, atol=1e-5, rtol=1e-5)
    for ours, theirs in zip(state, last if isinstance(last, tuple) else (last,), strict=True):
        torch.testing.assert_close(ours, theirs[0], atol=1e-5, rtol=1e-5)
    ours = gradients(y, [x, *cell.parameters()])
    theirs = gradients(expected, [x, *peer.parameters()])
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("backend", ["reference", "torch", "fused"])
@pytest.mark.parametrize("name", PEERS)
def test_each_row_of_a_padded_batch_is_as_if_alone(name: str, backend: str, reverse: bool) -> None:
    cell, _ = pair(name)
    recurrence = Recurrence(cell, backend=backend, reverse=reverse)
    x = torch.randn(4, T, D)
    for row, length in enumerate(LENGTHS):
        x[row, length:] = float("nan")
    y, state = recurrence(x, LENGTHS)
    for row, length in enumerate(LENGTHS.tolist()):
        alone, last = recurrence(x[row : row + 1, :length], torch.tensor([length]))
        torch.testing.assert_close(y[row, :length], alone[0], atol=1e-6, rtol=1e-5)
        assert not y[row, length:].any()
        for whole, single in zip(state, last, strict=True):
            torch.testing.assert_close(whole[row], single[0], atol=1e-6, rtol=1e-5)


def test_reversed_is_the_mirror_image() -> None:
    cell, _ = pair("gru")
    x = torch.randn(1, T, D)
    full = torch.tensor([T])
    backward, _ = Recurrence(cell, reverse=True)(x, full)
    forward, _ = Recurrence(cell)(x.flip(1), full)
    torch.testing.assert_close(backward, forward.flip(1))


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
def test_backward_works_in_evaluation_mode(name: str) -> None:
    recurrence = Recurrence(pair(name)[0]).eval()
    x = torch.randn(2, T, D, requires_grad=True)
    recurrence(x, torch.tensor([T, 3]))[0].sum().backward()
    assert x.grad is not None
    assert not x.grad[1, 3:].any()


def test_auto_says_what_it_chose_and_why() -> None:
    recurrence = Recurrence(MinimalGated(D, H))
    assert recurrence.backend == "reference"
    assert "torch" in recurrence.why
    recurrence(torch.randn(1, 2, D), torch.tensor([2]))
    assert recurrence.backend_used == "reference"


def test_a_backend_that_cannot_run_is_refused_by_name() -> None:
    with pytest.raises(UnavailableError, match="backend=torch cannot run cell MinimalGated"):
        Recurrence(MinimalGated(D, H), backend="torch")


def test_a_cell_that_changes_the_maths_is_not_given_to_torch() -> None:
    lstm = type(pair("lstm")[0])

    class Own(lstm):  # type: ignore[valid-type, misc]
        def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
            return state.h + torch.tanh(x.i + h.i), state.c

    assert Recurrence(Own(D, H)).backend == "fused"


OWN: dict[str, Any] = {
    "output": lambda self, state: 2 * state.h,
    "project": lambda self, x: 2 * PointwiseCell.project(self, x),
    "advance": lambda self, projected, state, masks=None: (projected[:, :H], state),
    "step": lambda self, x_t, state: (x_t[:, :1].expand(-1, H), state),
    "gates": ("f", "i", "g", "o"),
}


@pytest.mark.parametrize("what", OWN)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_whatever_part_of_the_maths_is_its_own_torch_is_not_asked(what: str, dtype: torch.dtype) -> None:
    cell = type("Own", (type(pair("lstm")[0]),), {what: OWN[what]})(D, H).to(dtype)
    assert f"Own has {what} of its own" in torch_nn.unavailable(cell)
    x, lengths = torch.randn(2, 3, D, dtype=dtype), torch.tensor([3, 2])
    automatic, loop = Recurrence(cell), Recurrence(cell, backend="reference")
    torch.testing.assert_close(automatic(x, lengths)[0], loop(x, lengths)[0])


def test_a_step_that_is_written_out_is_what_runs() -> None:
    cell = type("Own", (type(pair("gru")[0]),), {"step": OWN["step"]})(D, H)
    recurrence, x = Recurrence(cell), torch.randn(2, 3, D)
    assert (recurrence.level, recurrence.backend) == ("step", "reference")
    assert torch.equal(recurrence(x, torch.tensor([3, 3]))[0], x[..., :1].expand(-1, -1, H))


@pytest.mark.parametrize("backend", ["fused", "torch", "reference"])
@pytest.mark.parametrize(
    "state", [(torch.zeros(2, H + 1),), (torch.zeros(3, H),), (torch.zeros(H),), (torch.zeros(2, H),) * 2, ()]
)
def test_a_state_of_another_shape_is_told(backend: str, state: tuple[Tensor, ...]) -> None:
    recurrence = Recurrence(pair("gru")[0], backend=backend)
    with pytest.raises(UsageError, match=rf"cell GRU carries a state \(2, {H}\), and was given one"):
        recurrence(torch.zeros(2, 3, D), torch.tensor([3, 3]), state)


def test_an_unknown_backend_gets_near_matches() -> None:
    with pytest.raises(UsageError, match="Did you mean torch"):
        Recurrence(MinimalGated(D, H), backend="trch")


@pytest.mark.parametrize(
    ("x", "lengths", "sentence"),
    [
        (torch.zeros(2, 3, D + 1), torch.tensor([3, 3]), "reads inputs"),
        (torch.zeros(2, 3, D), torch.tensor([3]), "one length for each"),
        (torch.zeros(2, 3, D), [3, 3], "one length for each of 2 rows, not a list"),
        (torch.zeros(2, 3, D), torch.tensor([2.5, 3.0]), r"whole numbers of steps, not torch\.float32"),
        (torch.zeros(0, 3, D), torch.zeros(0, dtype=torch.int64), r"a row and a step at least, not an input \(0, 3"),
        (torch.zeros(2, 0, D), torch.tensor([0, 0]), r"a row and a step at least, not an input \(2, 0"),
        (torch.zeros(2, 3, D), torch.tensor([3, 0]), "between 1 and 3"),
        (torch.zeros(2, 3, D), torch.tensor([3, 4]), "between 1 and 3"),
    ],
)
def test_shapes_that_do_not_fit_are_told(x: Tensor, lengths: Tensor, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        Recurrence(MinimalGated(D, H))(x, lengths)


@pytest.mark.parametrize("noise", [{"zoneout": 1.0}, {"zoneout_cell": -0.1}, {"recurrent_dropout": 1.0}])
def test_noise_is_a_probability_below_one(noise: dict[str, float]) -> None:
    ((name, value),) = noise.items()
    with pytest.raises(UsageError, match=f"{name}={value} is not a probability from 0 to below 1"):
        Noise(**noise)


def test_a_cell_names_its_gates_and_its_state() -> None:
    nameless = type("Nameless", (PointwiseCell,), {"gates": (), "state": ("h",)})
    with pytest.raises(PluginError, match="cell Nameless names no gates; give the class gates = "):
        nameless(D, H)

"""Compiled cells against the loop: every first-party cell, outputs, states and all gradients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rnnbench.catalog.registry import build, find, names
from rnnbench.contracts import UnavailableError, UsageError
from rnnbench.recurrence import PointwiseCell, Recurrence
from rnnbench.recurrence.backends import fused
from rnnbench.recurrence.fused import engine, kernel, show_source
from rnnbench.recurrence.noise import Noise
from rnnbench.testing import check_cell
from tests.recurrence.cells import DropsAState, LosesAGradient, MinimalGated, Peephole
from tests.recurrence.parity import both, difference, run, states

CLOSE = 2e-5

POINTWISE = [name for name in names("cell") if issubclass(find("cell", name).load(), PointwiseCell)]
CELLS = [(name, {}) for name in POINTWISE] + [("rnn", {"activation": "relu"}), ("indrnn", {"activation": "tanh"})]

SHAPES = {
    "one step": (1, 3, 5, [1, 1]),
    "one row": (9, 5, 63, [9]),
    "one row of many steps": (70, 37, 33, [70]),
    "ties and ones": (20, 4, 100, [20, 1, 7, 7, 1, 20, 3]),
    "more rows than a tile": (6, 17, 32, [6] * 19),
    "several chunks": (150, 3, 16, [150, 149, 20, 1]),
    "more rows than a chunk": (3, 2, 16, [1, 2, 3] * 100),
    "blocks of a product": (3, 270, 300, [3, 1, 2] * 23),
}
"""T, D, H and the lengths."""


def cell_of(name: str, params: dict[str, Any], inputs: int, units: int) -> Any:
    torch.manual_seed(0)
    return build("cell", name, params, input_size=inputs, hidden_size=units)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("name", "params"), CELLS)
def test_a_compiled_cell_is_the_loop(name: str, params: dict[str, Any], shape: str) -> None:
    steps, inputs, units, lengths = SHAPES[shape]
    cell = cell_of(name, params, inputs, units)
    x = torch.randn(len(lengths), steps, inputs)
    assert difference(*both(cell, x, torch.tensor(lengths), states(cell, len(lengths)))) < CLOSE


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("name", "params"), CELLS)
def test_without_a_gradient_it_is_the_same(name: str, params: dict[str, Any], shape: str) -> None:
    steps, inputs, units, counts = SHAPES[shape]
    cell, lengths = cell_of(name, params, inputs, units), torch.tensor(counts)
    x, state = torch.randn(len(counts), steps, inputs), states(cell, len(counts))
    y, after = Recurrence(cell, backend="fused")(x, lengths, state)
    with torch.no_grad():
        found, then = Recurrence(cell, backend="fused")(x, lengths, state)
    for one, other in zip((found, *then), (y, *after), strict=True):
        torch.testing.assert_close(one, other, atol=CLOSE, rtol=CLOSE)


@pytest.mark.parametrize(("name", "params"), CELLS)
def test_saturated_gates_stay_finite_and_right(name: str, params: dict[str, Any]) -> None:
    cell = cell_of(name, params, 4, 20)
    x = 300 * torch.randn(5, 6, 4)
    assert (x @ cell.weight_ih.T).abs().max() > 100
    # Sums of hundreds have an error of 2e-5 in float32 whoever computes them.
    assert difference(*both(cell, x, torch.tensor([6, 1, 4, 6, 2]), states(cell, 5))) < 10 * CLOSE


NOISES = {
    "zoneout": Noise(zoneout=0.3),
    "zoneout of the cell": Noise(zoneout_cell=0.5),
    "recurrent dropout": Noise(recurrent_dropout=0.25),
    "all": Noise(zoneout=0.1, zoneout_cell=0.5, recurrent_dropout=0.5),
}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("name", POINTWISE)
def test_a_compiled_cell_with_noise_is_the_loop(name: str, noise: str, training: bool) -> None:
    cell = cell_of(name, {}, 5, 33).train(training)
    cell.noise = NOISES[noise]
    if not cell.hidden_product:
        cell.noise = replace(cell.noise, recurrent_dropout=0.0)
    lengths = torch.tensor([20, 1, 7, 7, 1, 20, 3])
    x, state = torch.randn(7, 20, 5), states(cell, 7)
    found = both(cell, x, lengths, state)
    assert difference(*found) < CLOSE
    plain = cell_of(name, {}, 5, 33)
    differs = bool(cell.noise.names(len(cell.state))) and (training or cell.noise != NOISES["recurrent dropout"])
    again = run(plain, "fused", x, lengths, state, torch.float32)
    assert (difference(again, found[1]) > CLOSE) == differs


def test_every_thread_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WORTH_A_THREAD", 1e6)
    cell, lengths = cell_of("lstm", {}, 40, 48), torch.tensor([100, 3, 99, 1, 50, 50, 100])
    x, state = torch.randn(7, 100, 40), states(cell, 7)
    assert engine._parts(x, torch.stack(state), cell.weight_ih, 3) == 3
    threads = torch.get_num_threads()
    alone = run(cell, "fused", x, lengths, state, torch.float32)
    try:
        torch.set_num_threads(3)
        shared = run(cell, "fused", x, lengths, state, torch.float32)
        again = run(cell, "fused", x, lengths, state, torch.float32)
    finally:
        torch.set_num_threads(threads)
    assert difference(shared, {what: tensor.double() for what, tensor in alone.items()}) < CLOSE
    assert all(torch.equal(shared[what], again[what]) for what in shared)


@pytest.mark.parametrize("name", POINTWISE)
def test_what_stands_at_padding_is_never_read(name: str) -> None:
    cell, lengths = cell_of(name, {}, 4, 9), torch.tensor([2, 7, 1])
    x, state = torch.randn(3, 7, 4), states(cell, 3)
    clean = run(cell, "fused", x, lengths, state, torch.float32)
    poisoned = torch.where(torch.arange(7)[None, :, None] < lengths[:, None, None], x, torch.nan)
    for what, tensor in run(cell, "fused", poisoned, lengths, state, torch.float32).items():
        assert torch.equal(tensor, clean[what]), what


@pytest.fixture
def _memory_of_nan(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever memory torch or the kernel gives out is full of NaN."""
    real = kernel._Memory.addresses

    def poisoned(memory: Any, *sizes: int) -> list[int]:
        found = real(memory, *sizes)
        memory._floats.fill_(torch.nan)
        return found

    monkeypatch.setattr(kernel._Memory, "addresses", poisoned)
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


@pytest.mark.usefixtures("_memory_of_nan")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["gru", "lstm", "indrnn"])
def test_what_memory_held_before_is_never_read(name: str, shape: str) -> None:
    assert torch.empty(9).isnan().all()
    steps, inputs, units, lengths = SHAPES[shape]
    cell = cell_of(name, {}, inputs, units)
    x = torch.randn(len(lengths), steps, inputs)
    assert difference(*both(cell, x, torch.tensor(lengths), states(cell, len(lengths)))) < CLOSE


def test_nan_in_a_valid_input_is_not_hidden() -> None:
    recurrence = Recurrence(cell_of("gru", {}, 4, 9), backend="fused")
    x = torch.zeros(2, 3, 4)
    x[1, 1] = torch.nan
    y, _ = recurrence(x, torch.tensor([3, 3]))
    assert y[0].isfinite().all()
    assert y[1, 1:].isnan().all()


@pytest.mark.parametrize("steps", [3, 40])
def test_a_carried_state_goes_on_where_it_was(steps: int) -> None:
    recurrence = Recurrence(cell_of("slstm", {}, 4, 9), backend="fused")
    x = torch.randn(2, 2 * steps, 4)
    whole, last = recurrence(x, torch.full((2,), 2 * steps))
    first, state = recurrence(x[:, :steps], torch.full((2,), steps))
    second, after = recurrence(x[:, steps:], torch.full((2,), steps), state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole, atol=1e-6, rtol=1e-5)
    for one, other in zip(after, last, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
def test_it_is_torchs_layer(name: str) -> None:
    cell = cell_of(name, {}, 30, 40)
    peer = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[name](30, 40, batch_first=True)
    peer.load_state_dict({f"{key}_l0": value for key, value in cell.state_dict().items()})
    x, weights = torch.randn(3, 50, 30), torch.randn(3, 50, 40)
    outputs = []
    for layer in (peer, lambda x: Recurrence(cell, backend="fused")(x, torch.full((3,), 50))):
        y, _ = layer(x)
        (y * weights).sum().backward()
        outputs.append(y)
    torch.testing.assert_close(outputs[1], outputs[0], atol=1e-6, rtol=1e-5)
    for key, parameter in cell.named_parameters():
        torch.testing.assert_close(parameter.grad, getattr(peer, f"{key}_l0").grad, atol=2e-5, rtol=2e-5)


def test_gradients_come_in_evaluation_mode_and_only_where_asked() -> None:
    cell = cell_of("gru", {}, 4, 9).eval()
    recurrence = Recurrence(cell, backend="fused")
    recurrence(torch.randn(2, 5, 4), torch.tensor([5, 2]), need_state=False)[0].sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in cell.parameters())
    x = torch.randn(2, 5, 4, requires_grad=True)
    _, (last,) = recurrence(x, torch.tensor([5, 2]))
    last.sum().backward()
    assert x.grad is not None
    assert x.grad[1, :2].any()
    assert not x.grad[1, 2:].any()


def test_lengths_and_inputs_can_be_laid_out_in_any_way() -> None:
    recurrence = Recurrence(cell_of("gru", {}, 4, 9), backend="fused")
    x, lengths = torch.randn(3, 5, 4), torch.tensor([5, 2, 4])
    expected = recurrence(x, lengths)[0]
    turned = x.permute(2, 1, 0).contiguous().permute(2, 1, 0)
    for other in (lengths.int(), torch.stack([lengths, lengths], 1)[:, 0]):
        assert torch.equal(recurrence(turned, other)[0], expected)


def test_a_state_of_another_dtype_is_refused() -> None:
    recurrence = Recurrence(cell_of("gru", {}, 4, 9), backend="fused")
    with pytest.raises(UsageError, match=r"torch\.float64 on cpu beside float32"):
        recurrence(torch.randn(3, 5, 4), torch.tensor([5, 2, 4]), (torch.zeros(3, 9, dtype=torch.float64),))


def test_the_gradient_of_a_gradient_is_refused() -> None:
    recurrence = Recurrence(cell_of("gru", {}, 4, 9), backend="fused")
    x = torch.randn(2, 5, 4, requires_grad=True)
    y, _ = recurrence(x, torch.tensor([5, 2]))
    (gradient,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="use backend=reference"):
        gradient.sum().backward()


@pytest.mark.parametrize(("name", "other"), [("gru", "torch"), ("janet", "reference")])
def test_other_dtypes_run_elsewhere_unless_the_backend_is_named(name: str, other: str) -> None:
    recurrence, named = (Recurrence(cell_of(name, {}, 4, 9).double(), backend=each) for each in ("auto", "fused"))
    x, lengths = torch.randn(2, 5, 4, dtype=torch.float64), torch.tensor([5, 2])
    y, _ = recurrence(x, lengths)
    assert y.dtype == torch.float64
    assert recurrence.backend_used == other
    assert "not fused: on the CPU it computes in float32 and bfloat16 alone" in recurrence.why
    with pytest.raises(
        UnavailableError, match="backend=fused cannot run this input: on the CPU it computes in float32"
    ):
        named(x, lengths)
    recurrence.float()(x.float(), lengths)
    assert recurrence.backend_used == "fused"
    assert "not fused" not in recurrence.why


@pytest.mark.parametrize("cell", [Peephole, LosesAGradient])
def test_other_cells_are_the_loop_too(cell: Any) -> None:
    torch.manual_seed(0)
    made = cell(4, 9)
    assert difference(*both(made, torch.randn(3, 6, 4), torch.tensor([6, 2, 2]), states(made, 3))) < CLOSE


def test_a_compiled_cell_keeps_the_cell_contract() -> None:
    check_cell(Peephole)


class Sine(PointwiseCell):
    gates = ("a",)
    state = ("h",)

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        return (torch.sin(x.a + h.a),)


class SumsUnits(Sine):
    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        return (torch.tanh(x.a + h.a) + state.h.sum(-1, keepdim=True),)


class OwnParameter(Sine):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.scale = nn.Parameter(torch.ones(()))

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        return (self.scale * torch.tanh(x.a + h.a),)


class Branches(Sine):
    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        return (torch.tanh(x.a) if bool((h.a > 0).all()) else torch.relu(x.a),)


class OwnProjection(LosesAGradient):
    def project(self, x: Tensor) -> Tensor:
        return 2 * super().project(x)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (Sine, "update of Sine uses aten.sin, which is not among .* or run it in the loop"),
        (SumsUnits, "update of SumsUnits uses aten.sum"),
        (OwnParameter, "update of OwnParameter reads its parameter scale by itself; list it in `vectors`"),
        (Branches, r"update of Branches uses aten\.all"),
        (OwnProjection, "OwnProjection has a project of its own"),
        (DropsAState, "cell DropsAState: update returned a tuple of 1, not the tuple of its state"),
        (MinimalGated, "MinimalGated is not written as update"),
    ],
)
def test_a_cell_that_cannot_be_compiled_is_told_why_and_runs_in_the_loop(cell: Any, reason: str) -> None:
    with pytest.raises(UnavailableError, match=f"backend=fused cannot run cell {cell.__name__}: .*{reason}"):
        Recurrence(cell(4, 5), backend="fused")
    recurrence = Recurrence(cell(4, 5))
    assert recurrence.backend == "reference"
    assert "not fused: " in recurrence.why


def test_the_source_can_be_read() -> None:
    text = show_source(cell_of("gru", {}, 4, 5))
    assert "const vec sigmoid_1 = sigmoid(sum_r);" in text
    with pytest.raises(UnavailableError, match=r"there is no fused Sine: update of Sine uses aten\.sin"):
        show_source(Sine(4, 5))


def test_a_cell_whose_attributes_change_is_compiled_anew() -> None:
    cell = cell_of("rnn", {}, 4, 5)
    x, lengths = torch.randn(2, 5, 4), torch.tensor([5, 2])
    first = Recurrence(cell, backend="fused")(x, lengths)[0]
    cell.activation = "relu"
    changed = Recurrence(cell, backend="fused")(x, lengths)[0]
    assert not torch.allclose(first, changed)
    torch.testing.assert_close(changed, Recurrence(cell, backend="reference")(x, lengths)[0])


@pytest.mark.parametrize("shape", ["one step", "one row", "ties and ones", "several chunks", "blocks of a product"])
@pytest.mark.parametrize("name", POINTWISE)
def test_bfloat16_is_the_loop_in_bfloat16(name: str, shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where the processor has no instructions for it, the same products are made of others.
    monkeypatch.setattr(fused, "has_bfloat16", lambda: True)
    steps, inputs, units, counts = SHAPES[shape]
    cell, lengths = cell_of(name, {}, inputs, units), torch.tensor(counts)
    x = torch.randn(len(counts), steps, inputs).bfloat16()
    state = tuple(tensor.bfloat16() for tensor in states(cell, len(counts)))
    fast = run(cell, "fused", x, lengths, state, torch.bfloat16)
    truth = run(cell, "reference", x, lengths, state, torch.float64)
    if name == "slstm":
        # Its derivative jumps where two exponents are equal, as rounding may make them.
        truth = {what: tensor for what, tensor in truth.items() if "gradient" not in what}
    assert difference(fast, truth) < 2e-2

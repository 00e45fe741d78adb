"""Linear cells by a scan over time against the loop: outputs, states, all gradients; and which cells are linear."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import softplus

from rnnbench.catalog.registry import build
from rnnbench.contracts import UnavailableError
from rnnbench.recurrence import PointwiseCell, Recurrence
from rnnbench.recurrence.fused import engine
from rnnbench.recurrence.noise import Noise
from rnnbench.recurrence.scan import scan as module
from rnnbench.testing import check_cell
from tests.recurrence.cells import MinimalGated
from tests.recurrence.parity import difference, run, states

CLOSE = 2e-5
EXACT = 1e-12


class Linear(PointwiseCell):
    """A base of linear cells: no product with h."""

    gates = ("a", "b")
    state = ("h",)
    hidden_product = False


class TwoTimescales(Linear):
    """Two states that do not see each other, one leaking at a fixed rate, one at a rate of its own; y is of both."""

    state = ("slow", "fast")
    vectors = ("rate",)

    def update(self, x: Any, h: Any, state: Any, *vectors: Any) -> tuple[Tensor, ...]:
        return 0.9 * state.slow + x.a, torch.sigmoid(vectors[0].rate) * (state.fast - x.b) / 2

    def output(self, state: Any) -> Tensor:
        return torch.tanh(state.slow) * state.fast


class Growing(Linear):
    """It grows without bound where its gate is open, as it is at padding."""

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        return (state.h * (3 + 0 * x.a) + x.b,)


class Resets(Linear):
    """It starts anew where a gate says so, and counts elsewhere."""

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        return (torch.where(x.a > 0.3, x.b, torch.where(x.b > 0, 1.0, 0.5) - state.h),)


CELLS: list[Any] = ["mingru", "minlstm", TwoTimescales]

SHAPES = {
    "one step": (1, 3, 5, [1, 1]),
    "one row": (9, 5, 63, [9]),
    "one row of many steps": (301, 7, 33, [301]),
    "ties and ones": (63, 4, 100, [63, 1, 7, 7, 1, 63, 3]),
    "an odd length that no row has": (100, 3, 16, [99, 98, 20, 1]),
    "wide": (40, 3, 100, [40, 1, 39] * 8),
}
"""T, D, H and the lengths."""


def cell_of(kind: Any, inputs: int, units: int) -> Any:
    torch.manual_seed(0)
    if isinstance(kind, str):
        return build("cell", kind, {}, input_size=inputs, hidden_size=units)
    return kind(inputs, units)


def apart(cell: Any, x: Tensor, lengths: Tensor, dtype: torch.dtype, reverse: bool = False) -> float:
    """Return how far the scan in a dtype is from the loop in float64."""
    state = states(cell, len(x))
    fast = run(cell, "scan", x, lengths, state, dtype, reverse)
    truth = run(cell, "reference", x, lengths, state, torch.float64, reverse)
    assert all(tensor.dtype == dtype for tensor in fast.values())
    return difference(fast, truth)


# In float32 a gate that is compared with a number can fall on the other side of it.
RUNS = [*((kind, torch.float32, CLOSE) for kind in CELLS), *((kind, torch.float64, EXACT) for kind in [*CELLS, Resets])]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("kind", "dtype", "allowed"), RUNS)
def test_a_scan_is_the_loop(kind: Any, dtype: torch.dtype, allowed: float, shape: str, reverse: bool) -> None:
    steps, inputs, units, counts = SHAPES[shape]
    cell, x, lengths = cell_of(kind, inputs, units), torch.randn(len(counts), steps, inputs), torch.tensor(counts)
    assert apart(cell, x, lengths, dtype, reverse) < allowed


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("kind", ["mingru", "minlstm"])
def test_half_precision_is_near_the_loop(kind: str, dtype: torch.dtype) -> None:
    cell, lengths = cell_of(kind, 5, 63).to(dtype), torch.tensor([100, 1, 63, 63])
    x = torch.randn(4, 100, 5).to(dtype)
    state = tuple(each.to(dtype) for each in states(cell, 4))
    scanned = run(cell, "scan", x.clone(), lengths, state, dtype)
    # The truth of the same numbers, once rounded.
    truth = run(cell, "reference", x.clone(), lengths, state, torch.float64)
    assert difference(scanned, truth) < 2e-2


@pytest.mark.parametrize("kind", CELLS)
def test_without_a_gradient_it_is_the_same(kind: Any) -> None:
    cell, lengths = cell_of(kind, 4, 9), torch.tensor([40, 3, 17])
    recurrence, x, state = Recurrence(cell, backend="scan"), torch.randn(3, 40, 4), states(cell, 3)
    y, after = recurrence(x, lengths, state)
    with torch.no_grad():
        found, then = recurrence(x, lengths, state)
    for one, other in zip((found, *then), (y, *after), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("kind", [*CELLS, Resets])
def test_gradients_are_those_of_finite_differences(kind: Any, reverse: bool) -> None:
    cell = cell_of(kind, 2, 3).double()
    recurrence = Recurrence(cell, backend="scan", reverse=reverse)
    x = torch.randn(2, 19, 2, dtype=torch.float64, requires_grad=True)
    state = [each.double().requires_grad_() for each in states(cell, 2)]
    names = [name for name, _ in cell.named_parameters()]

    def both(x: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        parameters = {f"cell.{name}": tensor for name, tensor in zip(names, rest[len(state) :], strict=True)}
        arguments = (x, torch.tensor([19, 6]), tuple(rest[: len(state)]))
        y, after = torch.func.functional_call(recurrence, parameters, arguments)
        return (y, *after)

    assert torch.autograd.gradcheck(both, (x, *state, *cell.parameters()))


@pytest.mark.parametrize("kind", ["mingru", "minlstm"])
def test_saturated_gates_stay_finite_and_right(kind: str) -> None:
    cell = cell_of(kind, 4, 20)
    x = 300 * torch.randn(5, 40, 4)
    assert (x @ cell.weight_ih.T).abs().max() > 100
    # Sums of hundreds have an error of 2e-5 in float32 whoever computes them.
    assert apart(cell, x, torch.tensor([40, 1, 4, 40, 2]), torch.float32) < 10 * CLOSE


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("kind", CELLS)
def test_what_stands_at_padding_is_never_read(kind: Any, reverse: bool) -> None:
    cell, lengths = cell_of(kind, 4, 9), torch.tensor([2, 37, 1])
    x, state = torch.randn(3, 37, 4), states(cell, 3)
    clean = run(cell, "scan", x, lengths, state, torch.float32, reverse)
    poisoned = torch.where(torch.arange(37)[None, :, None] < lengths[:, None, None], x, torch.nan)
    for what, tensor in run(cell, "scan", poisoned, lengths, state, torch.float32, reverse).items():
        assert torch.equal(tensor, clean[what]), what


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", ["mingru", TwoTimescales])
def test_zoneout_is_linear_too_and_the_loops(kind: Any, training: bool, reverse: bool) -> None:
    cell = cell_of(kind, 5, 33).train(training)
    cell.noise = Noise(zoneout=0.3, zoneout_cell=0.5 if len(cell.state) > 1 else 0.0)
    x, lengths = torch.randn(4, 63, 5), torch.tensor([63, 1, 7, 62])
    assert apart(cell, x, lengths, torch.float64, reverse) < EXACT
    plain = cell_of(kind, 5, 33)
    zoned, without = (run(each, "scan", x, lengths, states(cell, 4), torch.float64) for each in (cell, plain))
    assert difference(zoned, without) > 0.1


def test_a_state_that_is_held_is_the_very_same() -> None:
    cell = cell_of("mingru", 5, 33)
    cell.noise = Noise(zoneout=0.5)
    y, _ = Recurrence(cell, backend="scan")(torch.randn(4, 63, 5), torch.full((4,), 63))
    assert 0.45 < (y[:, 1:] == y[:, :-1]).float().mean() < 0.55


def test_what_grows_does_not_do_so_at_padding() -> None:
    cell = cell_of(Growing, 4, 9)
    x = torch.randn(2, 200, 4, requires_grad=True)
    # Three to the power of 200 is beyond float32; of sixteen it is not.
    y, (last,) = Recurrence(cell, backend="scan")(x, torch.tensor([16, 2]))
    (y.sum() + last.sum()).backward()
    assert y.isfinite().all()
    assert x.grad is not None
    assert all(gradient.isfinite().all() for gradient in (x.grad, cell.weight_ih.grad, cell.bias_ih.grad))


def test_nan_in_a_valid_input_is_not_hidden_and_does_not_go_back() -> None:
    recurrence = Recurrence(cell_of("mingru", 4, 9), backend="scan")
    x = torch.zeros(2, 60, 4)
    x[1, 31] = torch.nan
    y, _ = recurrence(x, torch.tensor([60, 60]))
    assert y[0].isfinite().all()
    assert y[1, :31].isfinite().all()
    assert y[1, 31:].isnan().all()


@pytest.mark.parametrize("kind", CELLS)
def test_a_carried_state_goes_on_where_it_was(kind: Any) -> None:
    recurrence = Recurrence(cell_of(kind, 4, 9), backend="scan")
    x = torch.randn(2, 90, 4)
    whole, last = recurrence(x, torch.full((2,), 90))
    first, state = recurrence(x[:, :63], torch.full((2,), 63))
    second, after = recurrence(x[:, 63:], torch.full((2,), 27), state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole, atol=1e-6, rtol=1e-5)
    for one, other in zip(after, last, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-5)


def test_a_state_that_nobody_needs_is_not_given() -> None:
    recurrence = Recurrence(cell_of("mingru", 4, 9), backend="scan")
    assert recurrence(torch.randn(2, 5, 4), torch.tensor([5, 2]), need_state=False)[1] == ()


def test_mixed_precision_gives_the_loops_dtypes_and_gradients() -> None:
    cell, x, lengths = cell_of("minlstm", 4, 9), torch.randn(3, 40, 4), torch.tensor([40, 1, 33])
    found = []
    for backend in ("scan", "reference"):
        cell.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            y, (last,) = Recurrence(cell, backend=backend)(x, lengths)
        (y.sum() + last.sum()).backward()
        found.append((y, last, cell.weight_ih.grad.clone()))
    for one, other in zip(*found, strict=True):
        assert one.dtype == other.dtype
        assert (one - other).abs().max() < 2e-2 * other.abs().max()


def test_the_cell_contract_is_kept() -> None:
    check_cell(TwoTimescales)


def test_the_gradient_of_a_gradient_is_refused() -> None:
    recurrence = Recurrence(cell_of("mingru", 4, 9), backend="scan")
    x = torch.randn(2, 5, 4, requires_grad=True)
    y, _ = recurrence(x, torch.tensor([5, 2]))
    with pytest.raises(RuntimeError, match="use backend=reference"):
        torch.autograd.grad(y.sum(), x, create_graph=True)


@pytest.mark.parametrize(("few", "wide"), [(1, 10**9), (16, 10**9), (1, 1)])
@pytest.mark.parametrize("steps", [*range(1, 18), 31, 32, 33, 64, 100])
def test_in_pairs_or_one_by_one_the_recurrence_is_the_same(
    steps: int, few: int, wide: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FEW_STEPS", few)
    monkeypatch.setattr(module, "WIDE_STEP", wide)
    torch.manual_seed(0)
    shapes = ((2, steps, 3), (2, steps, 3), (2, 3))
    a, b, h = (torch.randn(shape, dtype=torch.float64).requires_grad_() for shape in shapes)
    expected = []
    for t in range(steps):
        expected.append(a[:, t] * (expected[-1] if expected else h) + b[:, t])
    truth, weights = torch.stack(expected, 1), torch.randn(2, steps, 3, dtype=torch.float64)
    found = module.scan(a, b, h)
    torch.testing.assert_close(found, truth, atol=EXACT, rtol=EXACT)
    for one, other in zip(*(torch.autograd.grad(y, (a, b, h), weights) for y in (found, truth)), strict=True):
        torch.testing.assert_close(one, other, atol=EXACT, rtol=EXACT)


def test_of_every_step_two_numbers_are_kept_for_the_backward_pass() -> None:
    a, b, h = torch.rand(3, 200, 5).requires_grad_(), torch.rand(3, 200, 5), torch.rand(3, 5)
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        module.scan(a, b, h)
    assert sum(kept.values()) == (2 * 3 * 200 * 5 + 3 * 5) * 4


class Squares(Linear):
    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        return (x.a * state.h * state.h,)


class Compares(Linear):
    """Its slope is nowhere a function of the state, and still it is not linear."""

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        return (torch.where(state.h > 0, x.a, x.b),)


class Detaches(Linear):
    """Its derivative says that it does not depend on its state."""

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        return (x.a * state.h.detach() + x.b,)


class Divides(Linear):
    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        return (x.a / (2 + state.h),)


class Crosses(Linear):
    state = ("h", "c")

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        return x.a * state.c, x.b * state.c


class LooksBack(Linear):
    """Its output is the negative of its negative: the graph has only what was there before the step."""

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        return (-(x.a * state.h),)

    def output(self, state: Any) -> Tensor:
        return -state.h


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("gru", "the units of GRU read one another's state, by h W_hh"),
        ("indrnn", "IndRNN is not linear in its state h"),
        ("sru", "SRU is not linear in its state c"),
        ("mgu", "MGU is not written as update"),
        (MinimalGated, "MinimalGated is not written as update"),
        (Squares, "Squares is not linear in its state h"),
        (Compares, "Compares is not linear in its state h"),
        (Detaches, "Detaches is not linear in its state h"),
        (Divides, "Divides is not linear in its state h"),
        (Crosses, "the next h of Crosses depends on another state"),
        (LooksBack, "the output of LooksBack depends on the state before the step"),
    ],
)
def test_a_cell_that_is_not_linear_is_told_why(kind: Any, reason: str) -> None:
    cell = cell_of(kind, 4, 5)
    with pytest.raises(UnavailableError, match=f"backend=scan cannot run cell {type(cell).__name__}: {reason}; use"):
        Recurrence(cell, backend="scan")


def test_a_cell_whose_attributes_change_is_looked_at_anew() -> None:
    class Switches(Linear):
        squared = False

        def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
            return (x.a * (state.h * state.h if self.squared else state.h),)

    cell = cell_of(Switches, 4, 5)
    assert Recurrence(cell, backend="scan").backend == "scan"
    cell.squared = True
    with pytest.raises(UnavailableError, match="not linear"):
        Recurrence(cell, backend="scan")


CONSTANTS = st.sampled_from(
    ["x.a", "torch.sigmoid(x.b)", "torch.tanh(x.a - x.b)", "v.p", "softplus(v.p)", "-x.b", "0.7", "-1.3"]
)
FORMS = (
    "({h}) + ({k})",
    "({k}) - ({h})",
    "({h}) * ({k})",
    "({k}) * ({h})",
    "-({h})",
    "({h}) / 1.5",
    "({h}) / (1 + torch.abs(v.p + x.a))",
    "({h}) - ({k}) * ({h})",
    "torch.where(x.a > x.b, {h}, x.b * {k})",
    "torch.where(x.a > 0, x.b, {h})",
    "torch.where(v.p > x.b, {h}, -({h}))",
)
LINES = st.recursive(
    st.just("state.h"),
    lambda inner: st.builds(lambda form, h, k: form.format(h=h, k=k), st.sampled_from(FORMS), inner, CONSTANTS),
    max_leaves=4,
)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(line=LINES)
def test_any_line_in_the_state_is_found_to_be_one_and_is_the_loop(line: str) -> None:
    class Random(Linear):
        vectors = ("p",)

        def update(self, x: Any, h: Any, state: Any, *vectors: Any) -> tuple[Tensor, ...]:
            return (eval(line, {"torch": torch, "softplus": softplus}, {"x": x, "state": state, "v": vectors[0]}),)

    cell = cell_of(Random, 3, 6)
    assert apart(cell, torch.randn(3, 20, 3), torch.tensor([20, 1, 17]), torch.float64) < EXACT


def test_auto_takes_the_compiled_loop_first_and_the_scan_where_that_cannot_run() -> None:
    recurrence = Recurrence(cell_of("mingru", 4, 9))
    recurrence(torch.randn(2, 5, 4), torch.tensor([5, 2]))
    assert recurrence.backend_used == "fused"
    recurrence.double()
    recurrence(torch.randn(2, 5, 4, dtype=torch.float64), torch.tensor([5, 2]))
    assert recurrence.backend_used == "scan"
    assert "not fused" in recurrence.why


def test_without_a_compiler_auto_takes_the_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "KERNELS", {})
    monkeypatch.setenv("CC", "no-such-compiler")
    chosen = Recurrence(cell_of("minlstm", 4, 9))
    assert chosen.backend == "scan"
    assert "no-such-compiler" in chosen.why

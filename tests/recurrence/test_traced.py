"""What is compiled of a cell is what the cell is now: whatever its maths looks up on it may change."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn

from rnnbench.contracts import UnavailableError
from rnnbench.plugins.cells.gru import GRU
from rnnbench.recurrence import PointwiseCell, Recurrence
from rnnbench.recurrence.fused import traced as module
from rnnbench.recurrence.fused.traced import traced
from rnnbench.recurrence.noise import Noise
from tests.recurrence.parity import both, difference, states

X, LENGTHS = torch.randn(3, 5, 4), torch.tensor([5, 1, 3])


class Sloped(PointwiseCell):
    """Looks up all kinds of things on itself."""

    gates = ("a",)
    state = ("h",)
    factor: ClassVar[float] = 1.0

    def __init__(self) -> None:
        super().__init__(4, 6)
        self._slope = 1.0
        self.activation = nn.Tanh()
        self.powers = [1.0]
        self.options = {"shift": 0.0}
        self.function: Callable[[Tensor], Tensor] = torch.abs

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        inner = self._slope * self.powers[0] * self.factor * (x.a + h.a) + self.options["shift"]
        return (self.activation(inner) + self.shrunk(state.h),)

    def shrunk(self, h: Tensor) -> Tensor:
        return self.half * self.function(h)

    @property
    def half(self) -> float:
        return self._slope / 2


def agrees(cell: Any) -> bool:
    return difference(*both(cell, X, LENGTHS, states(cell, 3))) < 2e-5


def other_update(self: Any, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
    return (torch.sigmoid(x.a - h.a),)


CHANGES: dict[str, Callable[[Any], object]] = {
    "a private attribute": lambda cell: setattr(cell, "_slope", 0.3),
    "a module": lambda cell: setattr(cell, "activation", nn.ReLU()),
    "a setting of a module": lambda cell: setattr(cell.activation, "negative_slope", 0.7),
    "a list, in place": lambda cell: cell.powers.__setitem__(0, 0.3),
    "a dictionary, in place": lambda cell: cell.options.update(shift=0.5),
    "a function": lambda cell: setattr(cell, "function", torch.tanh),
    "an attribute of the class": lambda cell: setattr(type(cell), "factor", 0.3),
    "update of the class": lambda cell: setattr(type(cell), "update", other_update),
    "update of the cell": lambda cell: setattr(cell, "update", other_update.__get__(cell)),
    "a method that update calls": lambda cell: setattr(type(cell), "shrunk", lambda self, h: 0.1 * h),
    "the noise": lambda cell: setattr(cell, "noise", Noise(zoneout=0.4)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_at_the_next_call(change: str) -> None:
    torch.manual_seed(0)

    class Own(Sloped):
        pass

    cell = Own()
    cell.activation = nn.LeakyReLU(0.1)
    assert agrees(cell)
    before = Recurrence(cell, backend="fused")(X, LENGTHS)[0]
    CHANGES[change](cell)
    assert agrees(cell)
    assert not torch.equal(before, Recurrence(cell, backend="fused")(X, LENGTHS)[0])


def test_functions_made_one_after_the_other_are_not_taken_for_each_other() -> None:
    torch.manual_seed(0)
    for k in range(8):
        cell = Sloped()
        cell.function = lambda h, k=k: h * k
        expected, found = (Recurrence(cell, backend=name)(X, LENGTHS)[0] for name in ("reference", "fused"))
        torch.testing.assert_close(found, expected)
        del cell


def test_a_parents_update_is_found() -> None:
    class Halved(Sloped):
        def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
            return (0.5 * super().update(x, h, state)[0],)

    assert agrees(Halved())


def test_a_scan_sees_a_change() -> None:
    class Linear(PointwiseCell):
        gates = ("a",)
        state = ("h",)
        hidden_product = False

        def __init__(self) -> None:
            super().__init__(4, 6)
            self._decay = 0.5

        def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
            return (self._decay * state.h + x.a,)

    cell = Linear()
    for decay in (0.5, 0.9):
        cell._decay = decay
        found, expected = (Recurrence(cell, backend=name)(X, LENGTHS)[0] for name in ("scan", "reference"))
        torch.testing.assert_close(found, expected)


def test_a_cell_that_stays_the_same_is_traced_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    trace = module.trace
    monkeypatch.setattr(module, "trace", lambda *arguments: made.append(1) or trace(*arguments))
    cell = GRU(4, 6)
    recurrence = Recurrence(cell, backend="fused")
    for _ in range(3):
        recurrence(X, LENGTHS)
        recurrence.eval()
        recurrence(X, LENGTHS)
        recurrence.train()
    assert len(made) == 1
    cell.noise = Noise(zoneout=0.5)
    for _ in range(3):
        recurrence.train()
        recurrence(X, LENGTHS)
        recurrence.eval()
        recurrence(X, LENGTHS)
    assert len(made) == 3


def test_a_copy_has_a_trace_of_its_own() -> None:
    cell = Sloped()
    cell.activation = nn.Softplus()
    Recurrence(cell, backend="fused")(X, LENGTHS)
    for twin in (copy.deepcopy(cell), pickle.loads(pickle.dumps(cell))):
        twin._slope = 0.2
        assert agrees(twin)
        assert traced(twin) is not traced(cell)
    assert agrees(cell)


def test_an_update_that_changes_its_cell_is_not_compiled() -> None:
    class Counting(Sloped):
        def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
            self.calls = 1
            return super().update(x, h, state)

    with pytest.raises(UnavailableError, match="update of Counting sets calls"):
        Recurrence(Counting(), backend="fused")


class Dropping(PointwiseCell):
    """Can be compiled in evaluation alone."""

    gates = ("a",)
    state = ("h",)

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        return (torch.tanh(nn.functional.dropout(x.a + h.a, 0.5, self.training)),)


def test_a_cell_that_can_no_longer_be_compiled_is_told_or_run_by_another() -> None:
    cell = Dropping(4, 6).eval()
    automatic, named = Recurrence(cell), Recurrence(cell, backend="fused")
    automatic(X, LENGTHS)
    assert automatic.backend_used == "fused"
    cell.train()
    automatic(X, LENGTHS)
    assert automatic.backend_used == "reference"
    assert "not fused: update of Dropping uses aten" in automatic.why
    with pytest.raises(UnavailableError, match="backend=fused cannot run cell Dropping as it is now: update of"):
        named(X, LENGTHS)


def test_noise_that_comes_later_is_heeded() -> None:
    cell = GRU(4, 6)
    named = Recurrence(cell, backend="torch")
    cell.noise = Noise(zoneout=0.5)
    with pytest.raises(UnavailableError, match="torch has neither zoneout nor recurrent dropout"):
        named(X, LENGTHS)


def test_what_torch_makes_by_default_is_of_no_account() -> None:
    cell = Sloped()
    cell._slope = 0.77
    torch.set_default_dtype(torch.float64)
    try:
        recurrence = Recurrence(cell)
    finally:
        torch.set_default_dtype(torch.float32)
    assert recurrence.backend == "fused"
    assert agrees(cell)

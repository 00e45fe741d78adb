"""Any step made of the supported operations: traced, differentiated and compiled, it is what autograd says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional
from torch.nn.functional import softplus

from rnnbench.catalog.registry import build
from rnnbench.contracts import UnavailableError
from rnnbench.recurrence import PointwiseCell, Recurrence
from rnnbench.recurrence.fused import derivative, emit, engine, show_source
from rnnbench.recurrence.fused.graph import OPERATIONS, Graph, Node, ancestry
from rnnbench.recurrence.fused.rules import LOGIC, RULES
from rnnbench.recurrence.fused.trace import trace
from rnnbench.recurrence.fused.uncompiled import UncompiledKernel
from rnnbench.recurrence.noise import Noise
from tests.recurrence.parity import both, difference, run, states

LEAVES = ("x.a", "x.b", "h.a", "h.b", "x.a + h.a", "x.b + h.b", "state.h", "state.c", "v.p")
ONE = (
    "torch.sigmoid({})",
    "torch.tanh({})",
    "torch.relu({})",
    "-({})",
    "torch.abs({})",
    "torch.exp(torch.tanh({}))",
    "torch.log(1.5 + torch.tanh({}))",
    "torch.log1p(torch.square({}))",
    "torch.sqrt(1 + ({}) ** 2)",
    "torch.rsqrt(1 + torch.square({}))",
    "torch.reciprocal(2 + torch.abs({}))",
    "softplus({})",
    "softplus({}, beta=2, threshold=1)",
    "silu({})",
    "hardtanh({})",
    "hardtanh(2 * ({}), -1, 1)",
    "relu6(8 * ({}))",
    "elu(3 * ({}), 0.5)",
    "leaky_relu({}, 0.2)",
    "({}) ** 4",
    "(({}) > 0) * 0.7",
    "1 - (({}) <= 0).float()",
    "torch.clamp({}, -0.3, 0.4)",
    "torch.clamp({}, max=0.2)",
    "(1 - ({}))",
    "({}).detach()",
)
TWO = (
    "({}) + ({})",
    "({}) - ({})",
    "({}) * ({})",
    "({}) / (1 + torch.abs({}))",
    "torch.maximum({}, {})",
    "torch.minimum({}, {})",
    "torch.where(({0}) > ({1}), {0}, 0.1)",
    "torch.where(({0}) <= 0, {1}, {0})",
    "torch.lerp({}, {}, 0.3)",
    "torch.addcmul({0}, {0}, {1}, value=0.2)",
    "({}) * (({}) > 0)",
    "torch.where((({0}) > 0) & ~(({1}) > 0.1), {0}, {1})",
    "torch.where((({0}) > 0) | (({1}) > 0), {0}, -({1}))",
    "torch.where((({0}) > 0) ^ (({1}) > 0), {0}, {1})",
    "torch.where((({0}) > 0) + (({1}) > 0), {0}, 0.3)",
    "torch.where((({0}) > 0) < (({1}) > 0), {0}, {1})",
    "torch.where(torch.where(({0}) > 0, ({1}) > 0, ({1}) < -1), {0}, {1})",
)


expressions = st.recursive(
    st.sampled_from([*LEAVES, "torch.full_like(state.h, 0.5)"]),
    lambda inner: st.one_of(
        st.builds(lambda form, a: form.format(a), st.sampled_from(ONE), inner),
        st.builds(lambda form, a, b: form.format(a, b), st.sampled_from(TWO), inner, inner),
    ),
    max_leaves=6,
)


def cell_with(h: str, c: str, y: str) -> Any:
    """Return a cell whose next state, and whose output from it, are these expressions."""
    names = vars(functional) | {"torch": torch}

    class Random(PointwiseCell):
        gates = ("a", "b")
        state = ("h", "c")
        vectors = ("p",)

        def __init__(self) -> None:
            super().__init__(3, 6)
            self.expressions = (h, c, y)

        def update(self, x: Any, h: Any, state: Any, *vectors: Any) -> tuple[Tensor, ...]:
            given = {"x": x, "h": h, "state": state, "v": vectors[0]}
            found = [eval(text, names, given) for text in self.expressions[:2]]
            # The output of a cell is one number for each row and unit, also if made of parameters alone.
            return tuple(value + torch.zeros_like(state.h) for value in found)

        def output(self, state: Any) -> Tensor:
            return eval(self.expressions[2], names, {"state": state})

    torch.manual_seed(0)
    return Random()


outputs = st.sampled_from(["state.h", "state.c", "torch.tanh(state.c) * state.h", "torch.relu(state.h - state.c)"])

IN_TORCH: dict[str, Any] = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "where": torch.where,
    "detach": torch.detach,
    **{name: getattr(torch, name) for name in ("neg", "sigmoid", "tanh", "relu", "exp", "log", "log1p", "sqrt", "abs")},
    **{name: getattr(torch, name) for name in ("maximum", "minimum", "lt", "le", "gt", "ge", "eq", "ne")},
    "softplus": softplus,
}


def computed(nodes: list[Node], inputs: dict[str, Tensor]) -> list[Tensor]:
    """Return the nodes' values, computed by torch."""
    values: dict[Node, Tensor] = {}
    for node in ancestry(nodes):
        if node.operation == "input":
            values[node] = inputs[node.name]
        elif node.operation == "number":
            values[node] = torch.tensor(node.value, dtype=torch.float64)
        else:
            values[node] = IN_TORCH[node.operation](*(values[operand] for operand in node.operands))
    return [values[node] for node in nodes]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(h=expressions, c=expressions, y=outputs)
def test_the_symbolic_gradient_is_autograds(h: str, c: str, y: str) -> None:
    step = trace(cell_with(h, c, y))
    torch.manual_seed(1)
    ends = [*step.after, step.output]
    names = {"state.h"} | {node.name for node in ancestry(ends) if node.operation == "input"}
    inputs = {name: torch.randn(2, 6, dtype=torch.float64, requires_grad=True) for name in sorted(names)}
    arriving = {f"d{k}": torch.randn(2, 6, dtype=torch.float64) for k in range(len(ends))}
    values = computed(ends, inputs)
    expected = torch.autograd.grad(
        [value + torch.zeros_like(arriving["d0"]).requires_grad_() for value in values],
        list(inputs.values()),
        list(arriving.values()),
        allow_unused=True,
        materialize_grads=True,
    )
    pairs = [(end, step.graph.input(name)) for end, name in zip(ends, arriving, strict=True)]
    wanted = [step.graph.input(name) for name in inputs]
    found = computed(derivative.gradients(step.graph, pairs, wanted), inputs | arriving)
    for gradient, other in zip(found, expected, strict=True):
        torch.testing.assert_close(gradient.expand(2, 6), other, atol=1e-9, rtol=1e-9)


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(h=expressions, c=expressions, y=outputs)
def test_random_cells_compile_to_the_loop(h: str, c: str, y: str) -> None:
    cell = cell_with(h, c, y)
    x, lengths, state = torch.randn(3, 4, 3), torch.tensor([4, 1, 3]), states(cell, 3)
    fast, truth = both(cell, x, lengths, state)
    assert difference(fast, truth) < 2e-5
    # And in torch operations, as where there is no compiler.
    compiled, step = engine.kernel_of(cell), trace(cell)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(engine.KERNELS, compiled, UncompiledKernel(step))
        assert difference(run(cell, "fused", x, lengths, state, torch.float32), truth) < 2e-5


def test_every_supported_operation_compiles_to_the_loop() -> None:
    ones = " + ".join(form.format(f"x.a + {k / 9}") for k, form in enumerate(ONE))
    twos = " + ".join(form.format("x.b + h.b", "h.a") for form in TWO)
    ordered = "torch.where(x.a < h.a, x.a, h.b) + torch.where(x.a >= 0, 1.0, h.a) + torch.where(x.b != h.b, v.p, 0.0)"
    cell = cell_with(f"torch.tanh({ones})", f"torch.tanh({twos}) + torch.where(x.a == h.a, 1.0, {ordered})", "state.h")
    operations = {node.operation for node in ancestry([*trace(cell).after])}
    assert operations - {"input", "number"} == OPERATIONS
    assert difference(*both(cell, torch.randn(3, 4, 3), torch.tensor([4, 1, 3]), states(cell, 3))) < 2e-5


DOCUMENTED = {
    "add": "+",
    "sub": "-",
    "rsub": "-",
    "mul": "*",
    "div": "/",
    "pow": "**",
    "neg": "-",
    "clamp_min": "clamp",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "eq": "==",
    "ne": "!=",
    "clamp_max": "clamp",
    "_to_copy": ".float()",
    "bitwise_and": "&",
    "bitwise_or": "|",
    "bitwise_xor": "^",
    "bitwise_not": "~",
}
WITHOUT_A_NAME = {"alias", "clone", "scalar_tensor"}


def test_every_operation_that_can_be_fused_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "a_fast_cell.md").read_text(encoding="utf-8")
    listed = set(text.partition("```text\n")[2].partition("```")[0].split())
    names = {str(operation).removeprefix("aten.") for operation in {**RULES, **LOGIC}} - WITHOUT_A_NAME
    assert {DOCUMENTED.get(name, name) for name in names} == listed - {"relu6"}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("relu6(state.h)", 0.0),
        ("relu6(state.h + 6)", 0.0),
        ("hardtanh(state.h + 1)", 0.0),
        ("torch.clamp(state.h, 0, 6)", 1.0),
        ("torch.relu(state.h)", 0.0),
        ("torch.abs(state.h)", 0.0),
        ("torch.maximum(state.h, 0 * state.c)", 0.5),
    ],
)
def test_a_gradient_on_a_bound_is_torchs(expression: str, value: float) -> None:
    cell = cell_with(expression, "state.c", "state.h")
    x, zero = torch.randn(2, 1, 3), torch.zeros(2, 6)
    for backend in ("fused", "reference"):
        state = zero.clone().requires_grad_()
        y, _ = Recurrence(cell, backend=backend)(x, torch.tensor([1, 1]), (state, zero))
        assert torch.equal(torch.autograd.grad(y.sum(), state)[0], torch.full((2, 6), value)), backend


def test_where_update_stops_gradients_none_flow() -> None:
    class Stopped(PointwiseCell):
        gates = ("a", "b")
        state = ("h",)

        def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
            with torch.no_grad():
                gate = torch.sigmoid(x.b + h.b)
            return (gate * torch.tanh(x.a + h.a),)

    torch.manual_seed(0)
    cell = Stopped(3, 6)
    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            Recurrence(cell)(torch.randn(2, 3, 3), torch.tensor([3, 1]))
    assert difference(*both(cell, torch.randn(3, 4, 3), torch.tensor([4, 1, 3]), states(cell, 3))) < 2e-5


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("x.a / x.a.shape[0]", "update of Random computes with the number of rows"),
        ("x.a.double()", r"update of Random uses aten\._to_copy"),
        ("x.a.int()", r"update of Random uses aten\._to_copy"),
        ("x.a // 1", r"update of Random uses aten\."),
        ("x.a + torch.ones(6, dtype=torch.int64)", "reads a tensor of its own|uses aten"),
    ],
)
def test_what_would_be_another_thing_compiled_is_refused(expression: str, reason: str) -> None:
    with pytest.raises(UnavailableError, match=reason):
        Recurrence(cell_with(expression, "state.c", "state.h"), backend="fused")


def test_a_comparison_is_no_state() -> None:
    class Masks(PointwiseCell):
        gates = ("a",)
        state = ("h",)

        def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
            return (x.a > h.a,)

    with pytest.raises(UnavailableError, match=r"update or output of Masks gives torch\.bool"):
        Recurrence(Masks(3, 6), backend="fused")


def test_every_operation_has_a_derivative_and_a_word_in_c() -> None:
    assert set(derivative.RULES) == OPERATIONS
    assert set(emit.INFIX) | set(emit.CALLED) | {"neg", "detach"} == OPERATIONS


@pytest.mark.parametrize(
    ("function", "numbers"),
    [
        ("exp", [-110.0, -103.9, -88.0, -1e-6, 0.0, 1e-6, 1.0, 88.7, 89.0, 100.0, float("inf"), -float("inf")]),
        ("sigmoid", [-100.0, -88.0, -20.0, -1e-6, 0.0, 1e-6, 20.0, 100.0, float("inf"), -float("inf")]),
        ("tanh", [-100.0, -9.5, -0.4, -1e-6, -1e-30, 0.0, 1e-30, 1e-6, 1e-3, 0.3, 0.4, 9.5, 100.0, float("inf")]),
        ("log", [-1.0, 0.0, 1e-42, 1e-38, 0.5, 0.7071, 0.999999, 1.0, 1.000001, 1.5, 3e38, float("inf")]),
        ("log1p", [-1.0, -0.5, -1e-6, 0.0, 1e-30, 1e-6, 0.4, 1.0, 1e30, float("inf")]),
        ("sqrt", [0.0, 1e-38, 2.0, 3e38, float("inf"), -1.0]),
        ("softplus", [-100.0, -20.0, -1.0, 0.0, 1.0, 20.0, 100.0]),
        ("relu", [-1.0, 0.0, 1.0]),
    ],
)
def test_a_function_is_right_from_end_to_end(function: str, numbers: list[float]) -> None:
    call = softplus if function == "softplus" else getattr(torch, function)

    class Alone(PointwiseCell):
        gates = ("a",)
        state = ("h",)
        hidden_product = False

        def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
            return (call(x.a),)

    cell = Alone(1, 1)
    with torch.no_grad():
        cell.weight_ih.fill_(1)
        cell.bias_ih.fill_(0)
    dense = torch.linspace(-20, 20, 4001) if function != "sqrt" else torch.linspace(0, 20, 4001)
    x = torch.cat([torch.tensor([*numbers, float("nan")]), dense]).view(-1, 1, 1)
    y, _ = Recurrence(cell, backend="fused")(x, torch.ones(len(x), dtype=torch.int64))
    # A relative error of 4 rounding errors, and numbers so small that a float holds them with fewer bits.
    torch.testing.assert_close(y, call(x.double()).float(), atol=1e-37, rtol=5e-7, equal_nan=True)


MUTATIONS = {
    "two gates swapped": ("INPUT_ORDER[GATES] = {2, 0, 1}", "INPUT_ORDER[GATES] = {2, 1, 0}"),
    "ended rows go on": ("while (plan->lengths[alive - 1] <= t)", "while (0)"),
    "a term of the derivative dropped": (
        "store(d_blocks + 3 * width + unit, mul_6)",
        "store(d_blocks + 3 * width + unit, mul_4)",
    ),
    "the gradient's way through h W_hh cut": (
        "product(alive, GATES * width, width,",
        "product(0, GATES * width, width,",
    ),
    "the final state of the wrong row": ("plan.order + next,", "plan.order,"),
    "a gradient of the final state forgotten": (
        "gather(d_state[k], width, s->d_final",
        "gather(d_state[k], width, s->initial",
    ),
}


MASKED = {
    "the first step's masks at every step": (
        "s->masks + (t * MASKS + k) * s->units",
        "s->masks + k * s->units",
    ),
    "the mask of what W_hh sees dropped": ("add_3 * mask_dropped", "add_3"),
    "zoneout's mask dropped": ("const vec mask_held = load(masks", "const vec mask_held = 0 * load(masks"),
}


@pytest.mark.parametrize("mutation", [*MUTATIONS, *MASKED])
def test_the_comparison_finds_a_mistake_in_the_c_text(mutation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    cell = build("cell", "gru", {}, input_size=4, hidden_size=9)
    if mutation in MASKED:
        cell.noise = Noise(zoneout=0.4, recurrent_dropout=0.4)
    x, lengths, state = torch.randn(3, 6, 4), torch.tensor([2, 6, 4]), states(cell, 3)
    fast, truth = both(cell, x, lengths, state)
    assert difference(fast, truth) < 2e-5
    right, wrong = (MUTATIONS | MASKED)[mutation]
    text = show_source(cell)
    assert text.count(right) in (1, 2)
    mutant = engine.load(text.replace(right, wrong))
    monkeypatch.setattr(engine, "kernel_of", lambda cell, bfloat16: mutant)
    # Written so that NaN is found too.
    assert not difference(run(cell, "fused", x, lengths, state, torch.float32), truth) < 1e-3


def test_equal_nodes_are_one_and_neutral_operands_vanish() -> None:
    graph = Graph()
    a, b = graph.input("a"), graph.input("b")
    assert graph.apply("add", a, b) is graph.apply("add", a, b)
    assert graph.apply("mul", a, graph.number(1)) is a
    assert graph.apply("sub", a, graph.number(0)) is a
    assert graph.apply("neg", graph.apply("neg", a)) is a
    assert graph.apply("div", graph.number(1), graph.number(4)).is_number(0.25)
    # Not 0: NaN and infinity must show.
    assert not graph.apply("mul", a, graph.number(0)).is_number()


def test_gates_that_are_only_added_up_share_a_block() -> None:
    cell = cell_with("torch.tanh(x.a + h.a) + x.b * h.b", "state.c + torch.sigmoid(h.a + x.a)", "state.h")
    step = trace(cell)
    assert step.apart == ("b",)
    assert "sum.a" in {node.name for node in ancestry(step.after)}

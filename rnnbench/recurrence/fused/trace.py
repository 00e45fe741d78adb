"""A cell's `update` and `output`, followed once and written down as a graph."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.fx.experimental.proxy_tensor import make_fx

from rnnbench.recurrence.fused.graph import Graph, Node, ancestry, rewritten
from rnnbench.recurrence.pointwise import PointwiseCell

ROWS = 2
"""How many rows the traced step has; more than one, so that a sum over rows does not go unseen."""

_aten = torch.ops.aten


class UntraceableError(Exception):
    """A cell's step is not pointwise, or not in the supported operations; the message says what and where."""


@dataclass(frozen=True)
class Step:
    """One step of a cell.

    Inputs are named `x.GATE`, `h.GATE`, `sum.GATE` (the gate's two products added up, where nothing asks for them
    singly), `state.NAME` and `vector.NAME`. `after` is the state after the step, `output` is y.
    """

    graph: Graph
    gates: tuple[str, ...]
    apart: tuple[str, ...]
    state: tuple[str, ...]
    vectors: tuple[str, ...]
    hidden_product: bool
    after: tuple[Node, ...]
    output: Node


def trace(cell: PointwiseCell) -> Step:
    """Return the cell's step as a graph; raises `UntraceableError` for a step that cannot be one."""
    cls, name = type(cell), type(cell).__name__
    for method in ("forward", "step", "advance", "project"):
        if getattr(cls, method) is not getattr(PointwiseCell, method):
            raise UntraceableError(f"{name} has a {method} of its own")
    graph = Graph()
    inputs = [f"x.{gate}" for gate in cell.gates]
    if cell.hidden_product:
        inputs += [f"h.{gate}" for gate in cell.gates]
    inputs += [f"state.{each}" for each in cell.state] + [f"vector.{each}" for each in cell.vectors]
    outputs = _Reader(graph, cell, inputs).read(_recorded(cell, len(inputs)))
    if not cell.hidden_product:
        return Step(graph, cell.gates, (), cell.state, cell.vectors, False, tuple(outputs[:-1]), outputs[-1])
    outputs, apart = _joined(graph, cell.gates, outputs)
    return Step(graph, cell.gates, apart, cell.state, cell.vectors, True, tuple(outputs[:-1]), outputs[-1])


def _recorded(cell: PointwiseCell, inputs: int) -> fx.GraphModule:
    """Return `update` and `output` as torch recorded them, from the inputs to the state after and y."""
    name, gates, states = type(cell).__name__, len(cell.gates), len(cell.state)
    per_unit = len(cell.vectors)

    def step(*tensors: Tensor) -> tuple[Tensor, ...]:
        x = cell._Gates._make(tensors[:gates])
        h = cell._Gates._make(tensors[gates : 2 * gates]) if cell.hidden_product else None
        state = cell._State._make(tensors[inputs - per_unit - states : inputs - per_unit])
        vectors = (cell._Vectors._make(tensors[inputs - per_unit :]),) if per_unit else ()
        after = cell.update(x, h, state, *vectors)
        if not isinstance(after, tuple) or len(after) != states:
            raise UntraceableError(f"update of {name} does not return the tuple of its state")
        return (*after, cell.output(cell._State._make(after)))

    units = cell.hidden_size
    examples = [torch.full((ROWS, units), 0.5) for _ in range(inputs - per_unit)]
    examples += [torch.full((units,), 0.5) for _ in range(per_unit)]
    try:
        with torch.no_grad():
            recorded: fx.GraphModule = make_fx(step)(*examples)
    except UntraceableError:
        raise
    except Exception as error:
        said = str(error).strip().split("\n")[0]
        raise UntraceableError(f"update of {name} cannot be traced ({type(error).__name__}: {said})") from error
    for result in recorded.graph.output_node().args[0]:  # type: ignore[union-attr]
        if not isinstance(result, fx.Node) or tuple(result.meta["val"].shape) != (ROWS, units):
            raise UntraceableError(f"update or output of {name} gives something that is not one number a unit")
    return recorded


class _Reader:
    """Turns what torch recorded into nodes."""

    def __init__(self, graph: Graph, cell: PointwiseCell, inputs: list[str]) -> None:
        self.graph = graph
        self.cell = cell
        self.inputs = iter(inputs)

    def read(self, recorded: fx.GraphModule) -> list[Node]:
        """Return the outputs."""
        found: dict[fx.Node, Node] = {}
        for node in recorded.graph.nodes:
            if node.op == "placeholder":
                found[node] = self.graph.input(next(self.inputs))
            elif node.op == "output":
                return [found[result] for result in node.args[0]]
            elif node.op == "get_attr":
                self._refuse_tensor(getattr(recorded, node.target))
            else:
                found[node] = self._operation(node, found)
        raise AssertionError("a graph without an output")

    def _operation(self, node: fx.Node, found: dict[fx.Node, Node]) -> Node:
        def operand(argument: Any) -> Any:
            if isinstance(argument, fx.Node):
                return found[argument]
            number = isinstance(argument, (int, float))
            return self.graph.number(argument) if number else argument

        rule = RULES.get(getattr(node.target, "overloadpacket", None))
        shape = tuple(node.meta["val"].shape)
        if rule is not None and shape in ((ROWS, self.cell.hidden_size), (self.cell.hidden_size,), ()):
            arguments = [operand(argument) for argument in node.args]
            options = {key: operand(value) for key, value in node.kwargs.items() if key not in _LAYOUT}
            made = rule(self.graph, *arguments, **options)
            if made is not None:
                return made
        raise UntraceableError(
            f"update of {type(self.cell).__name__} uses {_spoken(node)}, which is not among the operations that can be "
            f"fused; write it with those, or run it in the loop"
        )

    def _refuse_tensor(self, tensor: Tensor) -> None:
        name = type(self.cell).__name__
        for kind, named in (("parameter", self.cell.named_parameters()), ("buffer", self.cell.named_buffers())):
            for key, value in named:
                if value is tensor or value.data_ptr() == tensor.data_ptr():
                    raise UntraceableError(
                        f"update of {name} reads its {kind} {key} by itself; "
                        f"list it in `vectors`, one number a unit, so that its gradient is kept"
                    )
        if isinstance(tensor, nn.Parameter):
            raise UntraceableError(f"update of {name} reads a parameter that is not in `vectors`")
        raise UntraceableError(f"update of {name} reads a tensor of its own; write numbers as Python numbers")


_LAYOUT = {"dtype", "layout", "device", "pin_memory", "memory_format"}


def _spoken(node: fx.Node) -> str:
    return str(node.target).removesuffix(".default")


def _joined(graph: Graph, gates: tuple[str, ...], outputs: list[Node]) -> tuple[list[Node], tuple[str, ...]]:
    """Return the outputs with x.GATE + h.GATE as one input where nothing else is asked of both, and the other gates."""
    nodes = ancestry(outputs)
    replace: dict[Node, Node] = {}
    apart = []
    for gate in gates:
        parts = {graph.input(f"x.{gate}"), graph.input(f"h.{gate}")}
        users = [node for node in nodes if parts & set(node.operands) or (node in outputs and node in parts)]
        if all(user.operation == "add" and set(user.operands) == parts for user in users):
            replace |= {user: graph.input(f"sum.{gate}") for user in users}
        else:
            apart.append(gate)
    return list(rewritten(graph, outputs, replace)), tuple(apart)


def _plain(operation: str) -> Callable[..., Node]:
    return lambda graph, *operands: graph.apply(operation, *operands)


def _add(graph: Graph, a: Node, b: Node, alpha: Node | None = None) -> Node:
    return graph.apply("add", a, graph.apply("mul", b, alpha) if alpha else b)


def _subtract(graph: Graph, a: Node, b: Node, alpha: Node | None = None) -> Node:
    return graph.apply("sub", a, graph.apply("mul", b, alpha) if alpha else b)


def _subtract_from(graph: Graph, a: Node, b: Node, alpha: Node | None = None) -> Node:
    return _subtract(graph, b, a, alpha)


def _divide(graph: Graph, a: Node, b: Node, rounding_mode: Any = None) -> Node | None:
    return graph.apply("div", a, b) if rounding_mode is None else None


def _power(graph: Graph, a: Node, exponent: Node) -> Node | None:
    if exponent.is_number(0.5):
        return graph.apply("sqrt", a)
    if exponent.is_number(-1.0):
        return graph.apply("div", graph.number(1), a)
    if exponent.is_number(2.0):
        return graph.apply("mul", a, a)
    if exponent.is_number(3.0):
        return graph.apply("mul", a, graph.apply("mul", a, a))
    return None


def _clamp(graph: Graph, a: Node, min: Node | None = None, max: Node | None = None) -> Node:
    # As torch: the gradient passes where the value is on a bound.
    for bound, beyond in ((min, "lt"), (max, "gt")):
        if bound is not None:
            a = graph.apply("where", graph.apply(beyond, a, bound), bound, a)
    return a


def _clamp_max(graph: Graph, a: Node, max: Node) -> Node:
    return _clamp(graph, a, None, max)


def _softplus(graph: Graph, a: Node, beta: Node | None = None, threshold: Node | None = None) -> Node:
    # torch's threshold only saves work: beyond it softplus is its argument in float32 anyway.
    if beta is None:
        return graph.apply("softplus", a)
    return graph.apply("div", graph.apply("softplus", graph.apply("mul", a, beta)), beta)


def _silu(graph: Graph, a: Node) -> Node:
    return graph.apply("mul", a, graph.apply("sigmoid", a))


def _reciprocal(graph: Graph, a: Node) -> Node:
    return graph.apply("div", graph.number(1), a)


def _rsqrt(graph: Graph, a: Node) -> Node:
    return _reciprocal(graph, graph.apply("sqrt", a))


def _same(graph: Graph, a: Node) -> Node:
    return a


def _constant(value: float) -> Callable[..., Node]:
    return lambda graph, *ignored: graph.number(value)


def _full(graph: Graph, like: Any, value: Node) -> Node | None:
    return value if value.is_number() and math.isfinite(value.value) else None


def _scalar(graph: Graph, value: Node) -> Node:
    return value


_ALIKE = ("neg", "sigmoid", "tanh", "relu", "exp", "log", "log1p", "sqrt", "abs", "maximum", "minimum", "mul", "where")

RULES: dict[Any, Callable[..., Node | None]] = {
    **{getattr(_aten, name): _plain(name) for name in (*_ALIKE, "detach", "lt", "le", "gt", "ge", "eq", "ne")},
    _aten.add: _add,
    _aten.sub: _subtract,
    _aten.rsub: _subtract_from,
    _aten.div: _divide,
    _aten.pow: _power,
    _aten.square: lambda graph, a: graph.apply("mul", a, a),
    _aten.reciprocal: _reciprocal,
    _aten.rsqrt: _rsqrt,
    _aten.clamp: _clamp,
    _aten.clamp_min: _clamp,
    _aten.clamp_max: _clamp_max,
    _aten.hardtanh: _clamp,
    _aten.softplus: _softplus,
    _aten.silu: _silu,
    _aten.clone: _same,
    _aten.alias: _same,
    _aten.zeros_like: _constant(0.0),
    _aten.ones_like: _constant(1.0),
    _aten.full_like: _full,
    _aten.scalar_tensor: _scalar,
}
"""Every torch operation that can be fused: its graph, or None for arguments that cannot."""

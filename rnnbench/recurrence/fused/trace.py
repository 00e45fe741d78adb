"""A cell's `update` and `output`, followed once and written down as a graph."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from rnnbench.contracts import PluginError
from rnnbench.recurrence.fused.graph import Graph, Node, ancestry, rewritten
from rnnbench.recurrence.noise import DROPPED
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
    singly), `state.NAME`, `vector.NAME` and `mask.NAME`. `after` is the state after the step, `output` is y. The first
    state is the one that is multiplied by W_hh; with recurrent dropout that is no state of the cell's, but what W_hh
    sees of its first one.
    """

    graph: Graph
    gates: tuple[str, ...]
    apart: tuple[str, ...]
    state: tuple[str, ...]
    vectors: tuple[str, ...]
    masks: tuple[str, ...]
    hidden_product: bool
    after: tuple[Node, ...]
    output: Node


def trace(cell: PointwiseCell) -> Step:
    """Return the cell's step as a graph; raises `UntraceableError` for a step that cannot be one."""
    cls, name = type(cell), type(cell).__name__
    for method in ("forward", "step", "advance", "advanced", "project"):
        if getattr(cls, method) is not getattr(PointwiseCell, method):
            raise UntraceableError(f"{name} has a {method} of its own")
    graph = Graph()
    outputs = _followed(cell, graph)
    apart: tuple[str, ...] = ()
    if cell.hidden_product:
        outputs, apart = _joined(graph, cell.gates, outputs)
    *after, output = outputs
    return Step(
        graph=graph,
        gates=cell.gates,
        apart=apart,
        state=(DROPPED, *cell.state) if DROPPED in cell.masks else cell.state,
        vectors=cell.vectors,
        masks=cell.masks,
        hidden_product=cell.hidden_product,
        after=tuple(after),
        output=output,
    )


def _followed(cell: PointwiseCell, graph: Graph) -> list[Node]:
    """Return the nodes of the state after, and of y, from running `update` and `output` on tensors that are watched."""
    name, units = type(cell).__name__, cell.hidden_size
    watch = _Watch(cell, graph)

    def named(kind: str, names: tuple[str, ...], *shape: int) -> list[Tensor]:
        return [watch.input(f"{kind}.{each}", torch.full(shape, 0.5)) for each in names]

    x = cell._Gates._make(named("x", cell.gates, ROWS, units))
    h = cell._Gates._make(named("h", cell.gates, ROWS, units)) if cell.hidden_product else None
    state = cell._State._make(named("state", cell.state, ROWS, units))
    vectors = (cell._Vectors._make(named("vector", cell.vectors, units)),) if cell.vectors else ()
    masks = dict(zip(cell.masks, named("mask", cell.masks, ROWS, units), strict=True))
    try:
        with torch.no_grad(), watch:
            after = cell.advanced(x, h, state, vectors, masks)
            output = cell.output(cell._State._make(after))
            if DROPPED in masks:
                after = (after[0] * masks[DROPPED], *after)
    except UntraceableError:
        raise
    except PluginError as error:
        raise UntraceableError(str(error)) from error
    except Exception as error:
        said = str(error).strip().split("\n")[0]
        raise UntraceableError(f"update of {name} cannot be followed ({type(error).__name__}: {said})") from error
    for result in (*after, output):
        if not isinstance(result, Tensor) or tuple(result.shape) != (ROWS, units):
            raise UntraceableError(f"update or output of {name} gives something that is not one number a unit")
    return [watch.node(result) for result in (*after, output)]


class _Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sees every operation that torch carries out, and writes it down as a node."""

    def __init__(self, cell: PointwiseCell, graph: Graph) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.cell = cell
        self.graph = graph
        self.name = type(cell).__name__
        # The tensors are kept, so that none is made where another one was.
        self._nodes: dict[int, tuple[Tensor, Node]] = {}

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # torch would import its compiler, which takes a second, to tell it that this is not for compiling.
        return False

    def input(self, name: str, tensor: Tensor) -> Tensor:
        """Return a tensor after noting that it stands for the input of that name."""
        self._nodes[id(tensor)] = (tensor, self.graph.input(name))
        return tensor

    def node(self, tensor: Tensor) -> Node:
        """Return the node that a tensor stands for."""
        if id(tensor) not in self._nodes:
            self._refuse(tensor)
        return self._nodes[id(tensor)][1]

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        rule = RULES.get(func.overloadpacket)
        result = func(*args, **kwargs)
        units = self.cell.hidden_size
        if rule is not None and isinstance(result, Tensor) and result.shape in ((ROWS, units), (units,), ()):
            options = {key: self._operand(value) for key, value in kwargs.items() if key not in _LAYOUT}
            made = rule(self.graph, *(self._operand(value) for value in args), **options)
            if made is not None:
                self._nodes[id(result)] = (result, made)
                return result
        raise UntraceableError(
            f"update of {self.name} uses {str(func).removesuffix('.default')}, which is not among the operations that "
            f"can be fused; write it with those, or run it in the loop"
        )

    def _operand(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            return self.node(value)
        return self.graph.number(value) if isinstance(value, (int, float)) else value

    def _refuse(self, tensor: Tensor) -> None:
        for kind, named in (("parameter", self.cell.named_parameters()), ("buffer", self.cell.named_buffers())):
            for key, value in named:
                if value is tensor:
                    raise UntraceableError(
                        f"update of {self.name} reads its {kind} {key} by itself; "
                        f"list it in `vectors`, one number a unit, so that its gradient is kept"
                    )
        raise UntraceableError(f"update of {self.name} reads a tensor of its own; write numbers as Python numbers")


_LAYOUT = {"dtype", "layout", "device", "pin_memory", "memory_format"}


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

"""A cell's `update` and `output`, followed once and written down as a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from rnnbench.contracts import PluginError
from rnnbench.recurrence.fused.graph import Graph, Node, ancestry, rewritten
from rnnbench.recurrence.fused.rules import LOGIC, RULES, as_mask, as_number
from rnnbench.recurrence.fused.watched import ChangedError, Watched
from rnnbench.recurrence.noise import DROPPED
from rnnbench.recurrence.pointwise import PointwiseCell

ROWS = (2, 3)
"""How many rows a step is traced with: more than one, so that a sum over rows does not go unseen, and twice, so that
neither does arithmetic with their number."""

_aten = torch.ops.aten


class UntraceableError(Exception):
    """A cell's step is not pointwise, or not in the supported operations; the message says what and where."""


@dataclass(frozen=True, eq=False)
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


def trace(cell: PointwiseCell, watched: Watched | None = None) -> Step:
    """Return the cell's step as a graph; raises `UntraceableError` for a step that cannot be one.

    `watched` stands for the cell where it is to be told what its maths looks up on it.
    """
    watched = watched or Watched(cell)
    cls, name = type(cell), type(cell).__name__
    for method in ("forward", "step", "advance", "advanced", "project"):
        if getattr(cls, method) is not getattr(PointwiseCell, method):
            raise UntraceableError(f"{name} has a {method} of its own")
    masks = watched.masks if watched.noise else ()
    graphs = [Graph() for _ in ROWS]
    outputs, again = (_followed(cell, watched, masks, graph, rows) for graph, rows in zip(graphs, ROWS, strict=True))
    if _written(outputs) != _written(again):
        raise UntraceableError(f"update of {name} computes with the number of rows, or is another one at every call")
    graph = graphs[0]
    apart: tuple[str, ...] = ()
    if cell.hidden_product:
        outputs, apart = _joined(graph, cell.gates, outputs)
    *after, output = outputs
    return Step(
        graph=graph,
        gates=cell.gates,
        apart=apart,
        state=(DROPPED, *cell.state) if DROPPED in masks else cell.state,
        vectors=cell.vectors,
        masks=masks,
        hidden_product=cell.hidden_product,
        after=tuple(after),
        output=output,
    )


def _written(nodes: list[Node]) -> list[tuple[Any, ...]]:
    """Return nodes, with all that they are made of, as something that can be compared with another graph's."""
    made = [
        (node.index, node.operation, node.name, repr(node.value), [operand.index for operand in node.operands])
        for node in ancestry(nodes)
    ]
    return [*made, tuple(node.index for node in nodes)]


def _followed(
    cell: PointwiseCell, watched: Watched, mask_names: tuple[str, ...], graph: Graph, rows: int
) -> list[Node]:
    """Return the nodes of the state after, and of y, from running `update` and `output` on tensors that are watched."""
    name, units = type(cell).__name__, cell.hidden_size
    watch = _Watch(cell, graph, rows)

    def named(kind: str, names: tuple[str, ...], *shape: int) -> list[Tensor]:
        # Of this dtype and here, whatever torch makes by default.
        tensors = [torch.full(shape, 0.5, dtype=torch.float32, device="cpu") for _ in names]
        return [watch.input(f"{kind}.{each}", tensor) for each, tensor in zip(names, tensors, strict=True)]

    x = cell._Gates._make(named("x", cell.gates, rows, units))
    h = cell._Gates._make(named("h", cell.gates, rows, units)) if cell.hidden_product else None
    state = cell._State._make(named("state", cell.state, rows, units))
    vectors = (cell._Vectors._make(named("vector", cell.vectors, units)),) if cell.vectors else ()
    masks = dict(zip(mask_names, named("mask", mask_names, rows, units), strict=True))
    try:
        # With gradients, so that where `update` switches them off is seen.
        with torch.inference_mode(False), torch.enable_grad(), watch:
            after = watched.advanced(x, h, state, vectors, masks)
            output = watched.output(cell._State._make(after))
            if DROPPED in masks:
                after = (after[0] * masks[DROPPED], *after)
    except UntraceableError:
        raise
    except (PluginError, ChangedError) as error:
        raise UntraceableError(str(error)) from error
    except Exception as error:
        said = str(error).strip().split("\n")[0]
        raise UntraceableError(f"update of {name} cannot be followed ({type(error).__name__}: {said})") from error
    for result in (*after, output):
        if not isinstance(result, Tensor) or tuple(result.shape) != (rows, units):
            raise UntraceableError(f"update or output of {name} gives something that is not one number a unit")
        if result.dtype is not torch.float32:
            raise UntraceableError(f"update or output of {name} gives {result.dtype}, not what it was given")
    return [watch.node(result) for result in (*after, output)]


class _Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sees every operation that torch carries out, and writes it down as a node."""

    def __init__(self, cell: PointwiseCell, graph: Graph, rows: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.cell = cell
        self.graph = graph
        self.shapes = (rows, cell.hidden_size), (cell.hidden_size,), ()
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
        result = func(*args, **kwargs)
        if isinstance(result, Tensor) and result.shape in self.shapes:
            made = self._made(func, args, kwargs, result.dtype)
            if made is not None:
                self._nodes[id(result)] = (result, made)
                return result
        raise UntraceableError(
            f"update of {self.name} uses {str(func).removesuffix('.default')}, which is not among the operations that "
            f"can be fused; write it with those, or run it in the loop"
        )

    def _made(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], dtype: torch.dtype) -> Node | None:
        """Return the node of an operation's result, or None if it cannot be fused."""
        operation, graph = func.overloadpacket, self.graph
        rule = RULES.get(operation) or (LOGIC.get(operation) if dtype is torch.bool else None)
        if rule is None or dtype not in (torch.float32, torch.bool, torch.int64):
            return None
        if operation is _aten._to_copy and dtype is torch.int64:
            return None
        # What is left to the schema is said: torch takes away arguments that are the defaults.
        left = func._schema.arguments[len(args) :]
        given = {each.name: each.default_value for each in left if each.has_default_value()} | kwargs
        options = {key: self._operand(value) for key, value in given.items() if key not in _LAYOUT}
        operands = [self._operand(value) for value in args]
        if operation is _aten.where:
            operands[0] = as_mask(graph, operands[0])
        made = rule(graph, *operands, **options)
        if made is None:
            return None
        if dtype is torch.bool:
            return as_mask(graph, made)
        return made if torch.is_grad_enabled() or made.is_number() else graph.apply("detach", made)

    def _operand(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            return as_number(self.graph, self.node(value))
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


_LAYOUT = {"dtype", "layout", "device", "pin_memory", "memory_format", "non_blocking"}


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

"""A traced step that is h' = a h + b for each of its states, a and b made of the input alone."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor

from rnnbench.recurrence.fused.evaluation import Evaluation
from rnnbench.recurrence.fused.graph import Graph, Node, ancestry
from rnnbench.recurrence.fused.trace import Step
from rnnbench.recurrence.fused.traced import traced
from rnnbench.recurrence.pointwise import PointwiseCell


class NonlinearError(Exception):
    """A step that is not linear in its own state; the message, part of a sentence, says where."""


class LinearStep:
    """The parts of a linear step, for any number of steps at once; raises `NonlinearError` if it is none."""

    def __init__(self, step: Step, name: str) -> None:
        if step.hidden_product:
            raise NonlinearError(f"the units of {name} read one another's state, by h W_hh")
        graph = step.graph
        before = [graph.input(f"state.{each}") for each in step.state]
        names = {"x": step.gates, "vector": step.vectors, "mask": step.masks}
        inputs = [graph.input(f"{kind}.{each}") for kind, of_kind in names.items() for each in of_kind]
        parts: list[Node] = []
        for own, after, state in zip(before, step.after, step.state, strict=True):
            if _reads(after, set(before) - {own}):
                raise NonlinearError(f"the next {state} of {name} depends on another state")
            pair = _slope_and_intercept(graph, after, own)
            if pair is None:
                raise NonlinearError(f"{name} is not linear in its state {state}")
            parts += pair
        known = {*inputs, *step.after}
        if any(node in before and node not in known for node in ancestry([step.output], known.__contains__)):
            raise NonlinearError(f"the output of {name} depends on the state before the step")
        self._coefficients = Evaluation(inputs, parts)
        self._output = Evaluation([*inputs, *step.after], [step.output])

    def coefficients(self, inputs: Iterable[Tensor]) -> list[tuple[Tensor, Tensor]]:
        """Return a and b of each state, (B, T, H) or of a shape that can be expanded to it.

        `inputs` are the products with x (B, T, H), gate by gate, the vectors (H,) and the masks (B, T, H).
        """
        parts = self._coefficients(*inputs)
        return list(zip(parts[::2], parts[1::2], strict=True))

    def output(self, inputs: Iterable[Tensor], after: Iterable[Tensor]) -> Tensor:
        """Return y, of such a shape, too, from the same inputs and the states after every step, (B, T, H) each."""
        return self._output(*inputs, *after)[0]


def linear_step(cell: PointwiseCell) -> LinearStep:
    """Return the cell's linear step, made once for as long as its maths is the same; raises `NonlinearError`."""
    trace = traced(cell)
    if trace.step is None:
        raise NonlinearError(trace.reason)
    if "scan" not in trace.made:
        try:
            trace.made["scan"] = LinearStep(trace.step, type(cell).__name__)
        except NonlinearError as error:
            trace.made["scan"] = str(error).removesuffix(".")
    made: LinearStep | str = trace.made["scan"]
    if isinstance(made, str):
        raise NonlinearError(made)
    return made


def _reads(node: Node, states: set[Node]) -> bool:
    return not states.isdisjoint(ancestry([node]))


def _slope_and_intercept(graph: Graph, node: Node, state: Node) -> tuple[Node, Node] | None:
    """Return a and b of `node` = a `state` + b, or None if it is not that."""
    zero, one = graph.number(0), graph.number(1)
    lines: dict[Node, tuple[Node, Node]] = {}
    for each in ancestry([node]):
        if each is state:
            lines[each] = (one, zero)
        elif not _reads(each, {state}):
            lines[each] = (zero, each)
        elif all(operand in lines for operand in each.operands):
            line = _combined(graph, each, [lines[operand] for operand in each.operands])
            if line is not None:
                lines[each] = line
    return lines.get(node)


def _combined(graph: Graph, node: Node, lines: list[tuple[Node, Node]]) -> tuple[Node, Node] | None:
    """Return slope and intercept of an operation on lines, of which one at least has a slope."""
    (a, b), *others = lines
    match node.operation, others:
        case "neg", []:
            return _minus(graph, a), _minus(graph, b)
        case "add", [(c, d)]:
            return _sum(graph, a, c), _sum(graph, b, d)
        case "sub", [(c, d)]:
            return _sum(graph, a, _minus(graph, c)), _sum(graph, b, _minus(graph, d))
        case "mul", [(c, d)] if a.is_number(0) or c.is_number(0):
            slope, intercept, factor = (a, b, d) if c.is_number(0) else (c, d, b)
            return _product(graph, slope, factor), _product(graph, intercept, factor)
        case "div", [(c, d)] if c.is_number(0):
            return graph.apply("div", a, d), graph.apply("div", b, d)
        case "where", [(c, d), (e, f)] if a.is_number(0):
            return graph.apply("where", b, c, e), graph.apply("where", b, d, f)
    return None


# Signs go outwards and what is zero vanishes: each operation that is saved is a pass over all steps.


def _minus(graph: Graph, a: Node) -> Node:
    return a if a.is_number(0) else graph.apply("neg", a)


def _sum(graph: Graph, a: Node, b: Node) -> Node:
    return graph.apply("sub", a, b.operands[0]) if b.operation == "neg" else graph.apply("add", a, b)


def _product(graph: Graph, a: Node, factor: Node) -> Node:
    if a.is_number():
        return a if a.is_number(0) else _minus(graph, factor) if a.is_number(-1) else graph.apply("mul", factor, a)
    if a.operation == "neg":
        return graph.apply("neg", _product(graph, a.operands[0], factor))
    return graph.apply("mul", a, factor)

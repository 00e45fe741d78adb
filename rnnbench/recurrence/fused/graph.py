"""The pointwise maths of one step as a graph: a value per node, every node made once.

Building simplifies: equal nodes are one node, numbers are folded, and neutral operands (x + 0, x · 1) vanish.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

ARITHMETIC = {"add", "sub", "mul", "div"}
FUNCTIONS = {"neg", "sigmoid", "tanh", "relu", "exp", "log", "log1p", "sqrt", "abs", "softplus", "maximum", "minimum"}
COMPARISONS = {"lt", "le", "gt", "ge", "eq", "ne"}
OPERATIONS = ARITHMETIC | FUNCTIONS | COMPARISONS | {"where", "detach"}
"""What a node that is neither an input nor a number can be; comparisons give masks, which `where` alone reads."""

_FOLD: dict[str, Callable[[float, float], float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b if b else math.copysign(math.inf, a) if a else math.nan,
}


@dataclass(frozen=True, eq=False)
class Node:
    """One value for each unit: an input by its name, a number, or an operation on other nodes."""

    index: int
    operation: str
    operands: tuple[Node, ...] = ()
    value: float = 0.0
    name: str = ""

    def is_number(self, value: float | None = None) -> bool:
        """Return whether this is a number; with a value, whether it is that one."""
        return self.operation == "number" and (value is None or self.value == value)


class Graph:
    """Makes nodes; their `index` grows, so that sorting by it puts operands before what uses them."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, tuple[int, ...], str, str], Node] = {}

    def input(self, name: str) -> Node:
        """Return the input of that name."""
        return self._node("input", name=name)

    def number(self, value: float) -> Node:
        """Return a constant."""
        return self._node("number", value=float(value))

    def apply(self, operation: str, *operands: Node) -> Node:
        """Return the node of an operation, or a simpler node of the same value."""
        if operation not in OPERATIONS:
            raise ValueError(f"{operation} is no operation of a graph")
        simpler = self._simplified(operation, operands)
        return simpler if simpler is not None else self._node(operation, operands)

    def _node(self, operation: str, operands: tuple[Node, ...] = (), value: float = 0.0, name: str = "") -> Node:
        # The number's text tells 0.0 from -0.0, and finds NaN equal to itself.
        key = (operation, tuple(operand.index for operand in operands), repr(value), name)
        if key not in self._made:
            self._made[key] = Node(len(self._made), operation, operands, value, name)
        return self._made[key]

    def _simplified(self, operation: str, operands: tuple[Node, ...]) -> Node | None:
        if operation == "neg":
            (a,) = operands
            if a.is_number():
                return self.number(-a.value)
            return a.operands[0] if a.operation == "neg" else None
        if operation not in ARITHMETIC:
            return None
        a, b = operands
        if a.is_number() and b.is_number():
            return self.number(_FOLD[operation](a.value, b.value))
        if b.is_number(0.0) and operation in ("add", "sub"):
            return a
        if b.is_number(1.0) and operation in ("mul", "div"):
            return a
        if a.is_number(0.0) and operation == "add":
            return b
        if a.is_number(0.0) and operation == "sub":
            return self.apply("neg", b)
        if a.is_number(1.0) and operation == "mul":
            return b
        return None


def ancestry(nodes: Iterable[Node], stop: Callable[[Node], bool] = lambda node: False) -> list[Node]:
    """Return the nodes and all that they are made of, operands first; what is behind a node that stops is left out."""
    found: dict[int, Node] = {}

    def visit(node: Node) -> None:
        if node.index not in found:
            found[node.index] = node
            if not stop(node):
                for operand in node.operands:
                    visit(operand)

    for node in nodes:
        visit(node)
    return [found[index] for index in sorted(found)]


def rewritten(graph: Graph, nodes: Iterable[Node], replace: dict[Node, Node]) -> Iterator[Node]:
    """Yield the nodes with every occurrence of a key of `replace` exchanged for its value."""
    done: dict[int, Node] = {node.index: other for node, other in replace.items()}
    nodes = list(nodes)
    for node in ancestry(nodes, lambda node: node in replace):
        if node.index not in done:
            operands = tuple(done[operand.index] for operand in node.operands)
            done[node.index] = graph.apply(node.operation, *operands) if operands else node
    for node in nodes:
        yield done[node.index]

"""Reverse-mode differentiation of a step's graph, symbolically: the gradients are nodes of the same graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rnnbench.recurrence.fused.graph import COMPARISONS, Graph, Node, ancestry


def gradients(graph: Graph, outputs: Iterable[tuple[Node, Node]], inputs: Iterable[Node]) -> list[Node]:
    """Return d loss / d input for every input, given pairs (output, d loss / d output)."""
    outputs = list(outputs)
    arriving: dict[Node, Node] = {}

    def add(node: Node, gradient: Node) -> None:
        arriving[node] = graph.apply("add", arriving[node], gradient) if node in arriving else gradient

    for node, gradient in outputs:
        add(node, gradient)
    for node in reversed(ancestry(node for node, _ in outputs)):
        if node in arriving and node.operation in RULES:
            leaving = RULES[node.operation](graph, node, arriving[node])
            for operand, share in zip(node.operands, leaving, strict=True):
                if share is not None and not operand.is_number():
                    add(operand, share)
    return [arriving.get(node, graph.number(0)) for node in inputs]


Rule = Callable[[Graph, Node, Node], tuple[Node | None, ...]]
"""From a node and the gradient that arrives at it to the gradient for each operand; None where nothing flows."""


def _add(graph: Graph, node: Node, gradient: Node) -> tuple[Node | None, ...]:
    return gradient, gradient


def _sub(graph: Graph, node: Node, gradient: Node) -> tuple[Node | None, ...]:
    return gradient, graph.apply("neg", gradient)


def _mul(graph: Graph, node: Node, gradient: Node) -> tuple[Node | None, ...]:
    a, b = node.operands
    return graph.apply("mul", gradient, b), graph.apply("mul", gradient, a)


def _div(graph: Graph, node: Node, gradient: Node) -> tuple[Node | None, ...]:
    share = graph.apply("div", gradient, node.operands[1])
    return share, graph.apply("neg", graph.apply("mul", share, node))


def _neg(graph: Graph, node: Node, gradient: Node) -> tuple[Node | None, ...]:
    return (graph.apply("neg", gradient),)


def _sigmoid(graph: Graph, node: Node, gradient: Node) -> tuple[Node | None, ...]:
    slope = graph.apply("mul", node, graph.apply("sub", graph.number(1), node))
    return (graph.apply("mul", gradient, slope),)


def _tanh(graph: Graph, node: Node, gradient: Node) -> tuple[Node | None, ...]:
    slope = graph.apply("sub", graph.number(1), graph.apply("mul", node, node))
    return (graph.apply("mul", gradient, slope),)


def _exp(graph: Graph, node: Node, gradient: Node) -> tuple[Node | None, ...]:
    return (graph.apply("mul", gradient, node),)


def _log(graph: Graph, node: Node, gradient: Node) -> tuple[Node | None, ...]:
    return (graph.apply("div", gradient, node.operands[0]),)


def _log1p(graph: Graph, node: Node, gradient: Node) -> tuple[Node | None, ...]:
    return (graph.apply("div", gradient, graph.apply("add", graph.number(1), node.operands[0])),)


def _sqrt(graph: Graph, node: Node, gradient: Node) -> tuple[Node | None, ...]:
    return (graph.apply("div", graph.apply("mul", graph.number(0.5), gradient), node),)


def _softplus(graph: Graph, node: Node, gradient: Node) -> tuple[Node | None, ...]:
    return (graph.apply("mul", gradient, graph.apply("sigmoid", node.operands[0])),)


def _relu(graph: Graph, node: Node, gradient: Node) -> tuple[Node | None, ...]:
    zero = graph.number(0)
    return (graph.apply("where", graph.apply("gt", node, zero), gradient, zero),)


def _abs(graph: Graph, node: Node, gradient: Node) -> tuple[Node | None, ...]:
    (a,) = node.operands
    zero = graph.number(0)
    falling = graph.apply("where", graph.apply("lt", a, zero), graph.apply("neg", gradient), zero)
    return (graph.apply("where", graph.apply("gt", a, zero), gradient, falling),)


def _extremum(wins: str) -> Rule:
    """Return the rule of the larger or smaller of two, which share the gradient in a draw."""

    def rule(graph: Graph, node: Node, gradient: Node) -> tuple[Node | None, ...]:
        a, b = node.operands
        half = graph.apply("mul", graph.number(0.5), gradient)
        drawn = graph.apply("where", graph.apply("eq", a, b), half, graph.number(0))
        first = graph.apply("where", graph.apply(wins, a, b), gradient, drawn)
        second = graph.apply("where", graph.apply(wins, b, a), gradient, drawn)
        return first, second

    return rule


def _where(graph: Graph, node: Node, gradient: Node) -> tuple[Node | None, ...]:
    mask, zero = node.operands[0], graph.number(0)
    return None, graph.apply("where", mask, gradient, zero), graph.apply("where", mask, zero, gradient)


def _nothing(graph: Graph, node: Node, gradient: Node) -> tuple[Node | None, ...]:
    return (None,) * len(node.operands)


RULES: dict[str, Rule] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "neg": _neg,
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "relu": _relu,
    "exp": _exp,
    "log": _log,
    "log1p": _log1p,
    "sqrt": _sqrt,
    "abs": _abs,
    "softplus": _softplus,
    "maximum": _extremum("gt"),
    "minimum": _extremum("lt"),
    "where": _where,
    "detach": _nothing,
    **dict.fromkeys(COMPARISONS, _nothing),
}
"""A rule for every operation of a graph."""

"""Every torch operation that can be fused, as nodes of a step's graph.

A rule is given what torch's schema lists, the defaults too: nodes for tensors and numbers, anything else as it is. It
returns None for arguments that cannot be fused.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from rnnbench.recurrence.fused.graph import COMPARISONS, Graph, Node

Rule = Callable[..., Node | None]

_aten = torch.ops.aten


def is_mask(node: Node) -> bool:
    """Return whether a node is true or false, which `where` alone reads."""
    return node.operation in COMPARISONS


def as_number(graph: Graph, node: Node) -> Node:
    """Return 1 where a mask is true and 0 where it is not; what is no mask stays what it is."""
    return graph.apply("where", node, graph.number(1), graph.number(0)) if is_mask(node) else node


def as_mask(graph: Graph, node: Node) -> Node:
    """Return where a number is not 0; a mask stays what it is."""
    if is_mask(node):
        return node
    if node.operation == "where" and node.operands[1].is_number(1) and node.operands[2].is_number(0):
        return node.operands[0]
    return graph.apply("ne", node, graph.number(0))


def _plain(operation: str) -> Rule:
    return lambda graph, *operands: graph.apply(operation, *operands)


def _add(graph: Graph, a: Node, b: Node, alpha: Node) -> Node:
    return graph.apply("add", a, graph.apply("mul", b, alpha))


def _subtract(graph: Graph, a: Node, b: Node, alpha: Node) -> Node:
    return graph.apply("sub", a, graph.apply("mul", b, alpha))


def _subtract_from(graph: Graph, a: Node, b: Node, alpha: Node) -> Node:
    return _subtract(graph, b, a, alpha)


def _divide(graph: Graph, a: Node, b: Node, rounding_mode: Any = None) -> Node | None:
    return graph.apply("div", a, b) if rounding_mode is None else None


def _power(graph: Graph, a: Node, exponent: Node) -> Node | None:
    if exponent.is_number(0.5):
        return graph.apply("sqrt", a)
    if exponent.is_number(-1.0):
        return _reciprocal(graph, a)
    square = graph.apply("mul", a, a)
    powers = {2.0: (square,), 3.0: (a, square), 4.0: (square, square)}
    for power, factors in powers.items():
        if exponent.is_number(power):
            return factors[0] if len(factors) == 1 else graph.apply("mul", *factors)
    return None


def _clamp(graph: Graph, a: Node, min: Node | None = None, max: Node | None = None) -> Node:
    # As torch: the gradient passes where the value is on a bound.
    for bound, beyond in ((min, "lt"), (max, "gt")):
        if bound is not None:
            a = graph.apply("where", graph.apply(beyond, a, bound), bound, a)
    return a


def _clamp_max(graph: Graph, a: Node, max: Node) -> Node:
    return _clamp(graph, a, None, max)


def _hardtanh(graph: Graph, a: Node, min_val: Node, max_val: Node) -> Node:
    # Unlike a clamp's, the gradient stops on a bound.
    low, high = graph.apply("le", a, min_val), graph.apply("ge", a, max_val)
    return graph.apply("where", low, min_val, graph.apply("where", high, max_val, a))


def _softplus(graph: Graph, a: Node, beta: Node, threshold: Node) -> Node:
    scaled = graph.apply("mul", a, beta)
    value = graph.apply("div", graph.apply("softplus", scaled), beta)
    # From 20 on, torch's own choice, softplus is its argument in float32 anyway.
    return value if threshold.value >= 20 else graph.apply("where", graph.apply("gt", scaled, threshold), a, value)


def _silu(graph: Graph, a: Node) -> Node:
    return graph.apply("mul", a, graph.apply("sigmoid", a))


def _leaky_relu(graph: Graph, a: Node, negative_slope: Node) -> Node:
    positive = graph.apply("gt", a, graph.number(0))
    return graph.apply("where", positive, a, graph.apply("mul", a, negative_slope))


def _elu(graph: Graph, a: Node, alpha: Node, scale: Node, input_scale: Node) -> Node:
    zero = graph.number(0)
    # No exponential of what is positive: it could be infinite, and its gradient infinity times nothing.
    scaled = graph.apply("mul", graph.apply("where", graph.apply("gt", a, zero), zero, a), input_scale)
    negative = graph.apply("mul", graph.apply("sub", graph.apply("exp", scaled), graph.number(1)), alpha)
    return graph.apply("mul", graph.apply("where", graph.apply("gt", a, zero), a, negative), scale)


def _reciprocal(graph: Graph, a: Node) -> Node:
    return graph.apply("div", graph.number(1), a)


def _rsqrt(graph: Graph, a: Node) -> Node:
    return _reciprocal(graph, graph.apply("sqrt", a))


def _square(graph: Graph, a: Node) -> Node:
    return graph.apply("mul", a, a)


def _lerp(graph: Graph, a: Node, end: Node, weight: Node) -> Node:
    return graph.apply("add", a, graph.apply("mul", weight, graph.apply("sub", end, a)))


def _add_product(graph: Graph, a: Node, b: Node, c: Node, value: Node) -> Node:
    return graph.apply("add", a, graph.apply("mul", value, graph.apply("mul", b, c)))


def _detach(graph: Graph, a: Node) -> Node:
    return a if a.is_number() else graph.apply("detach", a)


def _same(graph: Graph, a: Node, *ignored: Any) -> Node:
    return a


def _constant(value: float) -> Rule:
    return lambda graph, *ignored: graph.number(value)


def _full(graph: Graph, like: Any, value: Node) -> Node | None:
    return value if value.is_number() and math.isfinite(value.value) else None


def _both(graph: Graph, a: Node, b: Node) -> Node:
    return graph.apply("mul", *(as_number(graph, as_mask(graph, each)) for each in (a, b)))


def _either(graph: Graph, a: Node, b: Node) -> Node:
    return graph.apply("maximum", *(as_number(graph, as_mask(graph, each)) for each in (a, b)))


def _one_alone(graph: Graph, a: Node, b: Node) -> Node:
    return graph.apply("ne", *(as_number(graph, as_mask(graph, each)) for each in (a, b)))


def _not(graph: Graph, a: Node) -> Node:
    return graph.apply("eq", as_number(graph, as_mask(graph, a)), graph.number(0))


_ALIKE = ("neg", "sigmoid", "tanh", "relu", "exp", "log", "log1p", "sqrt", "abs", "maximum", "minimum", "mul", "where")

RULES: dict[Any, Rule] = {
    **{getattr(_aten, name): _plain(name) for name in (*_ALIKE, "lt", "le", "gt", "ge", "eq", "ne")},
    _aten.add: _add,
    _aten.sub: _subtract,
    _aten.rsub: _subtract_from,
    _aten.div: _divide,
    _aten.pow: _power,
    _aten.square: _square,
    _aten.reciprocal: _reciprocal,
    _aten.rsqrt: _rsqrt,
    _aten.lerp: _lerp,
    _aten.addcmul: _add_product,
    _aten.clamp: _clamp,
    _aten.clamp_min: _clamp,
    _aten.clamp_max: _clamp_max,
    _aten.hardtanh: _hardtanh,
    _aten.softplus: _softplus,
    _aten.silu: _silu,
    _aten.leaky_relu: _leaky_relu,
    _aten.elu: _elu,
    _aten.detach: _detach,
    _aten.clone: _same,
    _aten.alias: _same,
    _aten._to_copy: _same,
    _aten.zeros_like: _constant(0.0),
    _aten.ones_like: _constant(1.0),
    _aten.full_like: _full,
    _aten.scalar_tensor: _same,
}
"""The rules for numbers, of which a comparison's result is one, too: 1 and 0."""

LOGIC: dict[Any, Rule] = {
    _aten.bitwise_and: _both,
    _aten.logical_and: _both,
    _aten.bitwise_or: _either,
    _aten.logical_or: _either,
    _aten.bitwise_xor: _one_alone,
    _aten.logical_xor: _one_alone,
    _aten.bitwise_not: _not,
    _aten.logical_not: _not,
}
"""Those that are fused only where their result is true or false."""

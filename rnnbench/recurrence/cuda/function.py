"""A part of a step's graph as a function of Triton."""

from __future__ import annotations

from rnnbench.recurrence.fused.emit import INFIX
from rnnbench.recurrence.fused.graph import Node, ancestry

CALLED = {
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "relu": "relu",
    "exp": "tl.exp",
    "log": "tl.log",
    "log1p": "log1p",
    "sqrt": "tl.sqrt_rn",
    "abs": "tl.abs",
    "softplus": "softplus",
    "maximum": "maximum",
    "minimum": "minimum",
    "where": "tl.where",
}
"""Functions of Triton and of `maths` by the operation of a node."""


class Function:
    """The text that makes `outputs` from those of `inputs` that they are made of; both are nodes by their names.

    All values are tiles (rows, units) of float32, or (1, units) where they are the same for every row.
    """

    def __init__(self, name: str, inputs: dict[str, Node], outputs: dict[str, Node]) -> None:
        self.name = name
        self._outputs = outputs
        given = {node: word for word, node in inputs.items() if not node.is_number()}
        self._nodes = ancestry(outputs.values(), lambda node: node in given)
        self._words = {node: given[node] for node in self._nodes if node in given}
        self.reads = list(self._words.values())

    def call(self) -> str:
        """Return the statement that calls it on variables named as its inputs, for variables named as its outputs."""
        return f"{', '.join(self._outputs)} = {self.name}({', '.join(self.reads)})"

    def text(self) -> str:
        """Return its definition."""
        lines = ["@triton.jit", f"def {self.name}({', '.join(self.reads)}):"]
        words, counts = dict(self._words), dict[str, int]()
        for node in self._nodes:
            if node not in words and not node.is_number():
                counts[node.operation] = counts.get(node.operation, 0) + 1
                words[node] = f"{node.operation}_{counts[node.operation]}"
                lines.append(f"    {words[node]} = {_expression(node, words)}")
        lines.append(f"    return {', '.join(_tile(node, words) for node in self._outputs.values())}")
        return "\n".join(lines) + "\n"


def _expression(node: Node, words: dict[Node, str]) -> str:
    operation, operands = node.operation, [_value(operand, words) for operand in node.operands]
    if operation == "neg":
        return f"-{operands[0]}"
    if operation == "detach":
        return operands[0]
    if operation in INFIX:
        return f" {INFIX[operation]} ".join(operands)
    return f"{CALLED[operation]}({', '.join(_tile(operand, words) for operand in node.operands)})"


def _value(node: Node, words: dict[Node, str]) -> str:
    if not node.is_number():
        return words[node]
    # Triton knows neither nan nor inf as words.
    return repr(node.value) if abs(node.value) < float("inf") else f'float("{node.value}")'


def _tile(node: Node, words: dict[Node, str]) -> str:
    value = _value(node, words)
    return f"tl.full((1, 1), {value}, tl.float32)" if node.is_number() else value

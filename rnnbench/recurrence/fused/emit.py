"""The C text of a cell: its step and the step's derivative, between hand-written maths, products and loops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources

from rnnbench.recurrence.fused.derivative import gradients
from rnnbench.recurrence.fused.graph import ARITHMETIC, COMPARISONS, Node, ancestry
from rnnbench.recurrence.fused.trace import Step

KEPT = {"sigmoid", "tanh", "relu", "exp", "log", "log1p", "sqrt", "div", "softplus"}
"""Operations whose values are kept for the backward pass; the others are cheaper to compute again."""

INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=="}
INFIX |= {"ne": "!="}
CALLED = {
    "sigmoid": "sigmoid",
    "tanh": "hyperbolic_tangent",
    "relu": "relu",
    "exp": "exponential",
    "log": "logarithm",
    "log1p": "logarithm_1p",
    "sqrt": "square_root",
    "abs": "absolute",
    "softplus": "softplus",
    "maximum": "maximum",
    "minimum": "minimum",
    "where": "choose",
}


def emit(step: Step, title: str) -> str:
    """Return the C text of a traced step; `title` says of what."""
    layout = lay_out(step)
    parts = [
        f"/* {title}: written by rnnbench from the cell's update. Plain C for a compiler with vector extensions. */\n",
        _constants(step, layout),
        _file("maths.h"),
        _file("product.h"),
        _forward(step, layout),
        _backward(step, layout),
        _file("sequence.h"),
    ]
    return "\n".join(parts)


@dataclass(frozen=True)
class Layout:
    """Where everything stands: the blocks of a token, and the slots of the tape (the state after first)."""

    blocks: tuple[Node, ...]
    input_order: tuple[int, ...]
    hidden_order: tuple[int, ...]
    slots: tuple[Node, ...]
    d_after: tuple[Node, ...]
    d_output: Node
    d_blocks: tuple[Node, ...]
    d_before: tuple[Node, ...]
    d_vectors: tuple[Node, ...]


def lay_out(step: Step) -> Layout:
    """Return where everything of a step and of its derivative stands."""
    graph = step.graph
    joined = [gate for gate in step.gates if gate not in step.apart]
    kind = "sum" if step.hidden_product else "x"
    names = [f"x.{gate}" for gate in step.apart]
    names += [f"{kind}.{gate}" for gate in joined]
    names += [f"h.{gate}" for gate in step.apart]
    blocks = tuple(graph.input(name) for name in names)
    before = [graph.input(f"state.{name}") for name in step.state]
    vectors = [graph.input(f"vector.{name}") for name in step.vectors]
    forward = set(ancestry([*step.after, step.output]))
    d_after = tuple(graph.input(f"d_after.{name}") for name in step.state)
    d_output = graph.input("d_output")
    found = gradients(
        graph, [*zip(step.after, d_after, strict=True), (step.output, d_output)], [*blocks, *before, *vectors]
    )
    per_unit = _made_of_vectors(forward)

    def kept(node: Node) -> bool:
        return node in forward and node not in per_unit and (node in step.after or node.operation in KEPT)

    needed = ancestry(found, kept)
    slots = [node for node in needed if node not in step.after and (kept(node) or node in blocks)]
    count = len(blocks)
    index = {gate: number for number, gate in enumerate(step.gates)}
    return Layout(
        blocks=blocks,
        input_order=tuple(index[gate] for gate in (*step.apart, *joined)),
        hidden_order=tuple(index[gate] for gate in (*joined, *step.apart)),
        slots=(*step.after, *slots),
        d_after=d_after,
        d_output=d_output,
        d_blocks=tuple(found[:count]),
        d_before=tuple(found[count : count + len(before)]),
        d_vectors=tuple(found[count + len(before) :]),
    )


def _made_of_vectors(nodes: Iterable[Node]) -> set[Node]:
    """Return the nodes that are the same for every row."""
    found: set[Node] = set()
    for node in sorted(nodes, key=lambda node: node.index):
        own = node.operation == "number" or node.name.startswith("vector.")
        if own or (node.operands and all(operand in found for operand in node.operands)):
            found.add(node)
    return found


def _constants(step: Step, layout: Layout) -> str:
    try:
        output_state = step.after.index(step.output)
    except ValueError:
        output_state = -1
    joined = [gate for gate in step.gates if gate not in step.apart]
    lines = [
        f"#define GATES {len(step.gates)} /* {', '.join(step.gates)} */",
        f"#define APART {len(step.apart)} /* gates whose two products are not just added up */",
        f"#define BLOCKS {len(layout.blocks)} /* {', '.join(node.name for node in layout.blocks)} */",
        f"#define STATES {len(step.state)} /* {', '.join(step.state)} */",
        f"#define VECTORS {len(step.vectors)}" + (f" /* {', '.join(step.vectors)} */" if step.vectors else ""),
        f"#define MASKS {len(step.masks)}" + (f" /* {', '.join(step.masks)} */" if step.masks else ""),
        f"#define SLOTS {len(layout.slots)} /* what the backward pass is left: the state after, and more values */",
        f"#define HIDDEN_PRODUCT {int(step.hidden_product)}",
        f"#define OUTPUT_STATE {output_state} /* which state is y; -1 for an output of its own */",
        f"static const int INPUT_ORDER[GATES] = {{{_listed(layout.input_order)}}}; "
        f"/* gates as blocks of x's product: {', '.join((*step.apart, *joined))} */",
        f"static const int HIDDEN_ORDER[GATES] = {{{_listed(layout.hidden_order)}}}; "
        f"/* and of h's product: {', '.join((*joined, *step.apart))} */",
    ]
    return "\n".join(lines) + "\n"


def _forward(step: Step, layout: Layout) -> str:
    writer = _Writer()
    for block, node in enumerate(layout.blocks):
        writer.reads(node, _variable(node), f"blocks + {block} * width")
    for k, name in enumerate(step.state):
        writer.reads(step.graph.input(f"state.{name}"), f"before_{name}", f"before_state_{k} + row * width")
    for k, name in enumerate(step.vectors):
        writer.reads(step.graph.input(f"vector.{name}"), f"vector_{name}", f"vectors + {k} * width")
    for k, name in enumerate(step.masks):
        writer.reads(step.graph.input(f"mask.{name}"), f"mask_{name}", f"masks + (row * MASKS + {k}) * width")
    own_output = step.output not in step.after
    outputs = [*step.after, *([step.output] if own_output else [])]
    saved = layout.slots[len(step.state) :]
    body = writer.lines([*outputs, *saved])
    for k, node in enumerate(step.after):
        body.append(f"store(after_state_{k} + row * width + unit, {writer.whole(node)});")
    if own_output:
        body.append(f"store(output + row * width + unit, {writer.whole(step.output)});")
    if saved:
        body.append("if (saving) {")
        for k, node in enumerate(saved, len(step.state)):
            body.append(f"    store(slot_{k} + row * width + unit, {writer.whole(node)});")
        body.append("}")
    pointers = [f"const float *const before_state_{k} = before[{k}];" for k in range(len(step.state))]
    pointers += [f"float *const after_state_{k} = slots[{k}];" for k in range(len(step.state))]
    pointers += [f"float *const slot_{k} = slots[{k}];" for k in range(len(step.state), len(layout.slots))]
    return _looped(
        "One step of `rows` rows: the state before, and the blocks, to the state after and what is kept.",
        "INLINE void forward_step(const int saving, int64_t rows, int64_t width, const float *blocks, "
        "int64_t stride,\n                         const float *const *before, float *const *slots, float *output, "
        "const float *vectors,\n                         const float *masks)",
        pointers,
        body,
        "blocks += stride",
    )


def _backward(step: Step, layout: Layout) -> str:
    writer = _Writer()
    for k, node in enumerate(layout.slots):
        label = f"after_{step.state[k]}" if k < len(step.state) else ""
        writer.reads(node, label or writer.fresh(node), f"slot_{k} + row * width")
    for k, name in enumerate(step.state):
        writer.reads(step.graph.input(f"state.{name}"), f"before_{name}", f"before_state_{k} + row * width")
        writer.reads(layout.d_after[k], f"d_after_{name}", f"d_state_{k} + row * width")
    for k, name in enumerate(step.vectors):
        writer.reads(step.graph.input(f"vector.{name}"), f"vector_{name}", f"vectors + {k} * width")
    for k, name in enumerate(step.masks):
        writer.reads(step.graph.input(f"mask.{name}"), f"mask_{name}", f"masks + (row * MASKS + {k}) * width")
    writer.reads(layout.d_output, "d_y", "d_output + row * width")
    body = writer.lines([*layout.d_blocks, *layout.d_before, *layout.d_vectors])
    for block, node in enumerate(layout.d_blocks):
        body.append(f"store(d_blocks + {block} * width + unit, {writer.whole(node)});")
    for k, node in enumerate(layout.d_before):
        body.append(f"store(d_state_{k} + row * width + unit, {writer.whole(node)});")
    for k, node in enumerate(layout.d_vectors):
        at = f"d_vectors + {k} * width + unit"
        body.append(f"store({at}, load({at}) + {writer.whole(node)});")
    pointers = [f"const float *const before_state_{k} = before[{k}];" for k in range(len(step.state))]
    pointers += [f"float *const d_state_{k} = d_state[{k}];" for k in range(len(step.state))]
    pointers += [f"const float *const slot_{k} = slots[{k}];" for k in range(len(layout.slots))]
    return _looped(
        "The derivative of one step: from the gradients of the state after and of y to those of all that went in.",
        "static void backward_step(int64_t rows, int64_t width, int64_t stride, const float *const *before,\n"
        "                          const float *const *slots, const float *vectors, const float *masks,\n"
        "                          const float *d_output, float *const *d_state, float *d_blocks, float *d_vectors)",
        pointers,
        body,
        "d_blocks += stride",
    )


def _looped(comment: str, signature: str, pointers: list[str], body: list[str], advance: str) -> str:
    lines = [f"/* {comment} */", signature, "{"]
    lines += [f"    {line}" for line in pointers]
    lines += [f"    for (int64_t row = 0; row < rows; ++row, {advance})"]
    lines += ["        for (int64_t unit = 0; unit < width; unit += LANES) {"]
    lines += [f"            {line}" for line in body]
    lines += ["        }", "}", ""]
    # A pointer that a cell has no use for is no mistake.
    used = "\n".join(body)
    return "\n".join(line for line in lines if not _idle(line, used))


def _idle(line: str, used: str) -> bool:
    words = line.split()
    return line.startswith("    ") and line.endswith("];") and words[-3].lstrip("*") + " " not in used


class _Writer:
    """Writes nodes as C statements, each value once."""

    def __init__(self) -> None:
        self._named: dict[Node, str] = {}
        self._places: dict[Node, str] = {}
        self._counts: dict[str, int] = {}

    def reads(self, node: Node, name: str, place: str) -> None:
        """Say that a node is read from memory, `place` being the address of its first unit."""
        self._named.setdefault(node, name)
        self._places.setdefault(node, place)

    def fresh(self, node: Node) -> str:
        """Return a new name for a node."""
        if node.name:
            return _variable(node)
        self._counts[node.operation] = self._counts.get(node.operation, 0) + 1
        return f"{node.operation}_{self._counts[node.operation]}"

    def lines(self, outputs: Iterable[Node]) -> list[str]:
        """Return the statements that make the outputs."""
        return list(self._statements(ancestry(outputs, lambda node: node in self._places)))

    def _statements(self, nodes: Iterable[Node]) -> Iterator[str]:
        for node in nodes:
            if node in self._places:
                yield f"const vec {self._named[node]} = load({self._places[node]} + unit);"
            elif not node.is_number():
                self._named[node] = self.fresh(node)
                kind = "mask" if node.operation in COMPARISONS else "vec"
                yield f"const {kind} {self._named[node]} = {self._expression(node)};"

    def value(self, node: Node) -> str:
        """Return a node's name, or a number."""
        return _number(node.value) if node.is_number() else self._named[node]

    def whole(self, node: Node) -> str:
        """Return a node's name, or a vector of one number."""
        return f"all({_number(node.value)})" if node.is_number() else self._named[node]

    def _expression(self, node: Node) -> str:
        if node.operation == "neg":
            return f"-{self.value(node.operands[0])}"
        if node.operation == "detach":
            return self.whole(node.operands[0])
        if node.operation in ARITHMETIC:
            a, b = (self.value(operand) for operand in node.operands)
            return f"{a} {INFIX[node.operation]} {b}"
        operands = [self.whole(operand) for operand in node.operands]
        if node.operation in INFIX:
            return f" {INFIX[node.operation]} ".join(operands)
        return f"{CALLED[node.operation]}({', '.join(operands)})"


def _variable(node: Node) -> str:
    return node.name.replace(".", "_")


def _number(value: float) -> str:
    if value != value:
        return '__builtin_nanf("")'
    if value in (float("inf"), float("-inf")):
        return ("-" if value < 0 else "") + "__builtin_inff()"
    return f"{value!r}f"


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(str(number) for number in numbers)


def _file(name: str) -> str:
    return resources.files("rnnbench.recurrence.fused").joinpath(name).read_text(encoding="utf-8")

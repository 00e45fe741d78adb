"""What a cell's kernels read and write: the values by name, and where each stands in the tensors.

B rows, T steps, H units (`UNITS`), G gates, S states; all tensors are contiguous:

projected      (B, T, G, H)      x W_ih + b_ih; gates whose two products stay apart come first
weight, bias   (G, H, H), (G, H) W_hh and b_hh; gates whose two products stay apart come last
masks          (B, T, M, H)      masks of the steps
states         (B, T+1, S, H)    the state before each step and after the last, float32
kept           (B, T, K, H)      other values that the backward pass needs, float32
d_products     (B, T, P, H)      gradients of x's products that stay apart, of the joined ones, of h's that stay apart
"""

from __future__ import annotations

from collections.abc import Iterable

from rnnbench.recurrence.cuda.function import Function
from rnnbench.recurrence.fused.emit import lay_out
from rnnbench.recurrence.fused.graph import Node
from rnnbench.recurrence.fused.trace import Step

TILE = [
    "row = (tl.program_id(0) * ROWS + tl.arange(0, ROWS)).to(tl.int64)[:, None]",
    "unit = (tl.program_id(1) * WIDTH + tl.arange(0, WIDTH))[None, :]",
    "inside = unit < UNITS",
    "length = tl.load(lengths + row, mask=row < batch, other=0).to(tl.int32)",
]
"""The statements that every kernel begins with: which rows and units its program has; rows in 64 bits."""


class Values:
    """The values of a step and of its derivative by name, in the order in which they stand."""

    def __init__(self, step: Step) -> None:
        layout, state = lay_out(step), step.state
        self.hidden_product = step.hidden_product
        self.input_order, self.hidden_order = layout.input_order, layout.hidden_order
        self.products = _named(layout.blocks)
        self.projected = list(self.products)[: len(step.gates)]
        self.hidden = list(self.products)[len(step.apart) :] if step.hidden_product else []
        self.before = {f"before_{name}": step.graph.input(f"state.{name}") for name in state}
        self.after = {f"after_{name}": node for name, node in zip(state, step.after, strict=True)}
        self.kept = {f"kept_{k}": node for k, node in enumerate(layout.slots[len(state) :])}
        self.vectors = _named(step.graph.input(f"vector.{name}") for name in step.vectors)
        self.masks = _named(step.graph.input(f"mask.{name}") for name in step.masks)
        self.d_after = {f"d_after_{name}": node for name, node in zip(state, layout.d_after, strict=True)}
        self.d_before = {f"d_before_{name}": node for name, node in zip(state, layout.d_before, strict=True)}
        self.d_products = {f"d_{name}": node for name, node in zip(self.products, layout.d_blocks, strict=True)}
        self.d_vectors = {f"d_{name}": node for name, node in zip(self.vectors, layout.d_vectors, strict=True)}
        self.output = next((name for name, node in self.after.items() if node is step.output), "output")
        own_output = {} if self.output in self.after else {self.output: step.output}
        given = self.before | self.vectors | self.masks
        self.advance = Function("advance", self.products | given, self.after | own_output | self.kept)
        self.retreat = Function(
            "retreat",
            given | self.after | self.kept | self.d_after | {"d_output": layout.d_output},
            self.d_products | self.d_before | self.d_vectors,
        )


def load(address: str, mask: str) -> str:
    """Return the expression of what stands at an address as float32, 0 outside of the mask."""
    return f"tl.load({address}, mask={mask}, other=0.0).to(tl.float32)"


def place(tensor: str, row: str, names: Iterable[str], name: str) -> str:
    """Return the address of a value, which stands among those of `names` in every row of a tensor."""
    names = list(names)
    return f"{tensor} + ({row} * {len(names)} + {names.index(name)}) * UNITS + unit"


def loads(tensor: str, row: str, names: Iterable[str], mask: str, only: Iterable[str] | None = None) -> list[str]:
    """Return the statements that read values, or only some of them, from the rows of a tensor."""
    names = list(names)
    wanted = names if only is None else [name for name in names if name in set(only)]
    return [f"{name} = {load(place(tensor, row, names, name), mask)}" for name in wanted]


def stores(tensor: str, row: str, names: Iterable[str], mask: str, values: Iterable[str] | None = None) -> list[str]:
    """Return the statements that write values, or others in their places, into the rows of a tensor."""
    names = list(names)
    written = zip(names, names if values is None else values, strict=True)
    return [f"tl.store({place(tensor, row, names, name)}, {value}, mask={mask})" for name, value in written]


def results(values: Values) -> list[str]:
    """Return the statements that write what a step gives: y, and what the backward pass needs."""
    lines = [f"tl.store(y + token * UNITS + unit, {values.output}, mask=alive)", "if KEEP:"]
    # What is after token r T + t stands at r (T + 1) + t + 1.
    kept = stores("states", "(token + row + 1)", values.after, "alive")
    kept += stores("kept", "token", values.kept, "alive")
    return lines + [f"    {line}" for line in kept]


def remembered(values: Values) -> list[str]:
    """Return the statements that read what the derivative of a step is made of."""
    wanted = values.retreat.reads
    lines = loads("states", "(token + row)", values.before, "alive", wanted)
    lines += loads("states", "(token + row + 1)", values.after, "alive", wanted)
    lines += loads("kept", "token", values.kept, "alive", wanted)
    lines += loads("masks", "token", values.masks, "alive", wanted)
    return [*lines, f"d_output = {load('d_y + token * UNITS + unit', 'alive')}"]


def d_products(values: Values) -> list[str]:
    """Return the statements that write the gradients of a step's products."""
    return stores("d_products", "token", values.d_products, "alive")


def filled(text: str, **parts: list[str]) -> str:
    """Return a text with statements in the places of its words {name}, indented as those are."""
    lines: list[str] = []
    for line in text.splitlines():
        word = line.strip().strip("{}")
        if line.strip() == f"{{{word}}}" and word in parts:
            lines += [line[: len(line) - len(line.lstrip())] + statement for statement in parts[word]]
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def _named(nodes: Iterable[Node]) -> dict[str, Node]:
    return {node.name.replace(".", "_"): node for node in nodes}

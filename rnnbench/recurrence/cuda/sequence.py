"""The kernels that run a whole sequence in one launch: each program takes a few rows through all their steps.

W_hh is read once and stays on the chip. Programs know nothing of each other, so that none has to wait.
"""

from __future__ import annotations

from collections.abc import Iterable

from rnnbench.recurrence.cuda.values import TILE, Values, d_products, filled, load, loads, remembered, results, stores

FORWARD = """\
@triton.jit(do_not_specialize=["batch", "steps"])
def sequence_forward(
    projected, lengths, initial, masks, weight, bias, vectors, y, final, states, kept, batch, steps,
    UNITS: tl.constexpr, ROWS: tl.constexpr, WIDTH: tl.constexpr, KEEP: tl.constexpr, PRECISION: tl.constexpr,
):
    {tile}
    there = (row < batch) & inside
    {parameters}
    {initial}
    for t in range(tl.max(length)):
        alive = (t < length) & inside
        token = row * steps + t
        {products}
        {step}
        {results}
        {carried}
    {final}
"""

BACKWARD = """\
@triton.jit(do_not_specialize=["batch", "steps"])
def sequence_backward(
    d_y, d_final, lengths, masks, weight, vectors, states, kept, d_products, d_initial, d_vectors, batch, steps,
    UNITS: tl.constexpr, ROWS: tl.constexpr, WIDTH: tl.constexpr, PRECISION: tl.constexpr,
):
    {tile}
    there = (row < batch) & inside
    {parameters}
    {initial}
    longest = tl.max(length)
    for back in range(longest):
        t = longest - 1 - back
        alive = (t < length) & inside
        token = row * steps + t
        {remembered}
        {step}
        {results}
        {carried}
    {final}
"""


def forward(values: Values) -> str:
    """Return the kernel of the forward pass."""
    parameters = loads("vectors", "0", values.vectors, "inside") + _weights(values, "unit", "key")
    parameters += [f"bias_{name} = {load(f'bias + {gate} * UNITS + unit', 'inside')}" for gate, name in _gates(values)]
    # The first of a row's T + 1 states is the one before its first step.
    kept = stores("states", "(row * (steps + 1))", values.before, "there")
    return filled(
        FORWARD,
        tile=TILE,
        parameters=parameters,
        initial=[*loads("initial", "row", values.before, "there"), "if KEEP:", *(f"    {line}" for line in kept)],
        products=[
            *loads("projected", "token", values.projected, "alive"),
            *loads("masks", "token", values.masks, "alive"),
            *_hidden_products(values),
        ],
        step=[values.advance.call()],
        results=results(values),
        carried=[f"{b} = tl.where(alive, {a}, {b})" for b, a in zip(values.before, values.after, strict=True)],
        final=stores("final", "row", values.before, "there"),
    )


def backward(values: Values) -> str:
    """Return the kernel of the backward pass."""
    through_h = [
        # Rows that have ended give nothing; neither do units that do not exist.
        f"{_first(values.d_before)} += {_dot(f'tl.where(alive, d_{name}, 0.0)', name)}"
        for name in values.hidden
    ]
    return filled(
        BACKWARD,
        tile=TILE,
        parameters=loads("vectors", "0", values.vectors, "inside") + _weights(values, "key", "unit"),
        initial=loads("d_final", "row", values.d_after, "there")
        + [f"sum_{name} = tl.zeros((ROWS, WIDTH), tl.float32)" for name in values.d_vectors],
        remembered=remembered(values),
        step=[values.retreat.call()],
        results=d_products(values),
        carried=[
            *through_h,
            *(f"{a} = tl.where(alive, {b}, {a})" for a, b in zip(values.d_after, values.d_before, strict=True)),
            *(f"sum_{name} += tl.where(alive, {name}, 0.0)" for name in values.d_vectors),
        ],
        final=stores("d_initial", "row", values.d_after, "there")
        + stores(
            "d_vectors",
            "tl.program_id(0).to(tl.int64)",
            values.d_vectors,
            "inside",
            [f"tl.sum(sum_{name}, axis=0, keep_dims=True)" for name in values.d_vectors],
        ),
    )


def _gates(values: Values) -> list[tuple[int, str]]:
    return list(enumerate(values.hidden))


def _first(names: Iterable[str]) -> str:
    return next(iter(names))


def _weights(values: Values, row: str, column: str) -> list[str]:
    """Return the statements that read each gate's part of W_hh, for products that sum over `key`."""
    if not values.hidden:
        return []
    lines = ["key = tl.arange(0, WIDTH)[:, None]", "square = (key < UNITS) & inside"]
    for gate, name in _gates(values):
        address = f"weight + ({gate} * UNITS + {row}) * UNITS + {column}"
        lines.append(f"weight_{name} = tl.load({address}, mask=square, other=0.0)")
    return lines


def _hidden_products(values: Values) -> list[str]:
    lines = []
    for name in values.hidden:
        product = f"{_dot(_first(values.before), name)} + bias_{name}"
        lines.append(f"{name} {'+=' if name in values.projected else '='} {product}")
    return lines


def _dot(operand: str, name: str) -> str:
    return f"tl.dot({operand}.to(weight.dtype.element_ty), weight_{name}, input_precision=PRECISION)"

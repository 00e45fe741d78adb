"""The kernels of one step, for cells whose W_hh does not fit on the chip: all that stands between two products.

The products are cuBLAS's. No step waits for the host, so that the loop over steps can be captured as a CUDA graph.
"""

from __future__ import annotations

from rnnbench.recurrence.cuda.values import TILE, Values, d_products, filled, load, loads, remembered, results, stores

FORWARD = """\
@triton.jit(do_not_specialize=["batch", "steps", "t"])
def step_forward(
    projected, product, lengths, masks, vectors, state, h, y, states, kept, batch, steps, t,
    UNITS: tl.constexpr, ROWS: tl.constexpr, WIDTH: tl.constexpr, KEEP: tl.constexpr,
):
    {tile}
    alive = (t < length) & inside
    token = row * steps + t
    {read}
    {step}
    {results}
    # What is read above is written below; no thread may be ahead of the others by then.
    tl.debug_barrier()
    {carried}
"""

BACKWARD = """\
@triton.jit(do_not_specialize=["batch", "steps", "t"])
def step_backward(
    d_y, product, lengths, masks, vectors, states, kept, d_state, d_products, d_vectors, batch, steps, t,
    UNITS: tl.constexpr, ROWS: tl.constexpr, WIDTH: tl.constexpr,
):
    {tile}
    alive = (t < length) & inside
    token = row * steps + t
    {read}
    {step}
    {results}
    # What is read above is written below; no thread may be ahead of the others by then.
    tl.debug_barrier()
    {carried}
"""


def forward(values: Values) -> str:
    """Return the kernel between the product of one step and that of the next."""
    read = loads("vectors", "0", values.vectors, "inside") + loads("state", "row", values.before, "alive")
    read += loads("projected", "token", values.projected, "alive") + loads("masks", "token", values.masks, "alive")
    for gate, name in enumerate(values.hidden):
        own = load(f"product + (row * {len(values.hidden)} + {gate}) * UNITS + unit", "alive")
        read.append(f"{name} {'+=' if name in values.projected else '='} {own}")
    first = next(iter(values.after))
    return filled(
        FORWARD,
        tile=TILE,
        read=read,
        step=[values.advance.call()],
        results=results(values),
        carried=[
            *stores("state", "row", values.before, "alive", values.after),
            f"tl.store(h + row * UNITS + unit, {first}, mask=alive)",
        ],
    )


def backward(values: Values) -> str:
    """Return the kernel between the product of one step's gradients and that of the step before it."""
    first = next(iter(values.d_after))
    return filled(
        BACKWARD,
        tile=TILE,
        read=[
            *loads("vectors", "0", values.vectors, "inside"),
            *loads("d_state", "row", values.d_after, "alive"),
            # What comes from the step after through h; of a row that has ended by then, 0.
            f"{first} += {load('product + row * UNITS + unit', 'alive')}",
            *remembered(values),
        ],
        step=[values.retreat.call()],
        results=d_products(values),
        carried=[
            *stores("d_state", "row", values.d_after, "alive", values.d_before),
            *(
                line
                for name in values.d_vectors
                for line in (
                    f"sum_{name} = d_vectors + (row * {len(values.d_vectors)} + "
                    f"{list(values.d_vectors).index(name)}) * UNITS + unit",
                    f"tl.store(sum_{name}, tl.load(sum_{name}, mask=alive) + {name}, mask=alive)",
                )
            ),
        ],
    )

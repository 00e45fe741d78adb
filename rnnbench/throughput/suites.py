"""Cases that have a name."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rnnbench.throughput.case import Shape

SMALL = tuple(Shape(*sizes) for sizes in ((1, 64, 128), (16, 64, 128), (32, 64, 256)))

GRID = tuple(Shape(*sizes) for sizes in itertools.product((1, 8, 32, 128), (32, 128), (64, 128, 256, 512)))

_CENTRE = Shape(8, 64, 128)

SIZES = (
    *(replace(_CENTRE, batch=batch) for batch in (1, 2, 4, 8, 16, 32, 64, 128, 256)),
    *(replace(_CENTRE, steps=steps) for steps in (1, 4, 16, 256, 1024)),
    *(replace(_CENTRE, hidden_size=hidden_size) for hidden_size in (16, 32, 63, 64, 100, 256, 512, 1024)),
)
"""One size at a time from small to large, odd ones too: a cliff would show."""


@dataclass(frozen=True)
class Problem:
    """A problem of DeepBench, for each of its batch sizes."""

    cell: str
    hidden_size: int
    steps: int
    batches: tuple[int, ...]

    def shapes(self) -> list[Shape]:
        """Return the shapes whose forward pass is short enough to be repeated."""
        shapes = (Shape(batch, self.steps, self.hidden_size) for batch in self.batches)
        return [shape for shape in shapes if _gflop(self.cell, shape) <= LONGEST]


LONGEST = 200
"""Billion operations of a forward pass: about two seconds of a core."""

_GATES = {"rnn": 1, "lstm": 4, "gru": 3}

DEEPBENCH: dict[str, Sequence[Problem]] = {
    "train": (
        *(Problem("rnn", hidden_size, 50, (16, 32, 64, 128)) for hidden_size in (1760, 2048, 2560)),
        *(Problem("lstm", hidden_size, 25, (16, 32, 64, 128)) for hidden_size in (512, 1024, 2048, 4096)),
        Problem("lstm", 1536, 50, (8, 16, 32)),
        Problem("lstm", 256, 150, (16, 32, 64)),
        *(Problem("gru", size, steps, (32,)) for size in (2816, 2560, 2048, 1536) for steps in (1500, 750, 375, 187)),
        Problem("gru", 512, 1, (32,)),
        Problem("gru", 1024, 1500, (32, 64)),
    ),
    "inference": (
        Problem("rnn", 32, 672, (1,)),
        Problem("rnn", 64, 96, (1,)),
        *(Problem("lstm", hidden_size, 25, (1, 2, 4)) for hidden_size in (512, 1024, 2048)),
        Problem("lstm", 1536, 50, (1, 2, 4)),
        Problem("lstm", 256, 150, (1, 2, 4)),
        *(
            Problem("gru", size, steps, (1, 2, 4))
            for size in (2816, 2048, 1536, 2560)
            for steps in (1500, 750, 375, 187)
        ),
        Problem("gru", 512, 1, (1, 2, 4)),
        Problem("gru", 1024, 1500, (1, 2, 4)),
    ),
}
"""Cell and shape of the recurrent problems of baidu-research/DeepBench (code/kernels/rnn_problems.h, commit da81ba7).

DeepBench leaves the input's product out and gives vanilla cells and the GRU's candidate a ReLU; here both products are
measured, and each cell's own activation.
"""


def deepbench(mode: str, cell: str) -> list[Shape]:
    """Return DeepBench's shapes of a mode and cell; none for what it does not know."""
    problems = (problem for problem in DEEPBENCH.get(mode, ()) if problem.cell == cell)
    return [shape for problem in problems for shape in problem.shapes()]


_FIXED = {"small": SMALL, "grid": GRID, "sizes": SIZES}

SUITES = (*_FIXED, "deepbench")


def shapes_of(suite: str, mode: str, cell: str) -> Sequence[Shape]:
    """Return the shapes of a suite, a name in `SUITES`, for a mode and cell."""
    return deepbench(mode, cell) if suite == "deepbench" else _FIXED[suite]


def _gflop(cell: str, shape: Shape) -> float:
    """Return billion operations of the matrix products of a forward pass."""
    products = 2 * _GATES[cell] * shape.hidden_size**2
    return 2 * products * shape.batch * shape.steps / 1e9

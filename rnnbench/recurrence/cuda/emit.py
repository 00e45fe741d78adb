"""The Triton text of a cell: its step and the step's derivative as functions, and the kernels that call them."""

from __future__ import annotations

from rnnbench.recurrence.cuda import sequence, steps
from rnnbench.recurrence.cuda.values import Values

HEADER = '''\
"""{title}: written by rnnbench from the cell's update."""

import triton
import triton.language as tl

from rnnbench.recurrence.cuda.maths import log1p, maximum, minimum, relu, sigmoid, softplus, tanh
'''


def emit(values: Values, title: str) -> str:
    """Return the text of a Python module with a cell's kernels; `title` says of which cell."""
    parts = [HEADER.format(title=title), values.advance.text(), values.retreat.text()]
    parts += [sequence.forward(values), sequence.backward(values)]
    if values.hidden_product:
        parts += [steps.forward(values), steps.backward(values)]
    return "\n\n".join(parts)

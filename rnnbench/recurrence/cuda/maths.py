"""Functions of Triton that the kernels call: right at ±100 and near 0, and NaN where torch has NaN."""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def sigmoid(x):
    """1 / (1 + exp(-x)): 0 where exp(-x) is infinite."""
    return 1.0 / (1.0 + tl.exp(-x))


@triton.jit
def tanh(x):
    """(1 - exp(-2|x|)) / (1 + exp(-2|x|)) with x's sign; near 0, where that loses digits, Taylor's series."""
    shrunk = tl.exp(-2.0 * tl.abs(x))
    far = (1.0 - shrunk) / (1.0 + shrunk)
    square = x * x
    series = 1.0 + square * (-1 / 3 + square * (2 / 15 + square * (-17 / 315 + square * (62 / 2835))))
    return tl.where(tl.abs(x) < 0.25, x * series, tl.where(x < 0.0, -far, far))


@triton.jit
def relu(x):
    """X where it is positive, else 0; NaN stays."""
    return tl.where(x < 0.0, 0.0, x)


@triton.jit
def log1p(x):
    """log(1 + x), with the rounding of 1 + x made good (Kahan, HP-15C advanced functions handbook, 1982)."""
    sum = 1.0 + x
    exact = tl.log(sum) * (x / (sum - 1.0))
    return tl.where((sum == 1.0) | (sum == float("inf")), x, exact)


@triton.jit
def softplus(x):
    """log(1 + exp(x)): the larger of x and 0, and what is left, which does not overflow."""
    return relu(x) + log1p(tl.exp(-tl.abs(x)))


@triton.jit
def maximum(a, b):
    """Return the larger of two, NaN if one is."""
    return tl.maximum(a, b, propagate_nan=tl.PropagateNan.ALL)


@triton.jit
def minimum(a, b):
    """Return the smaller of two, NaN if one is."""
    return tl.minimum(a, b, propagate_nan=tl.PropagateNan.ALL)

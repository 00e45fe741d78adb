"""95 % intervals: over seeds by Student's t, over examples by the percentile bootstrap."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVEL = 0.95
"""The share of intervals that should hold the true value."""

_BLOCK = 2**22
"""Numbers drawn at once; bounds the memory of a bootstrap."""


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the mean and the ends of its t-interval; raises `ValueError` for fewer than two values."""
    n = len(values)
    if n < 2:
        raise ValueError(f"an interval needs at least two values, not {n}")
    sample = np.asarray(values, dtype=float)
    mean, half = float(sample.mean()), t_quantile(n - 1) * float(sample.std(ddof=1)) / math.sqrt(n)
    return mean, mean - half, mean + half


@functools.cache
def t_quantile(freedom: int) -> float:
    """Return t such that a Student's t variable lies in [-t, t] with probability `LEVEL`.

    Solved by bisection from the distribution's finite series for whole degrees of freedom (Abramowitz and Stegun,
    Handbook of Mathematical Functions, 26.7.3 and 26.7.4).
    """
    low, high = 0.0, math.pi / 2
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return math.sqrt(freedom) * math.tan(middle)
        low, high = (middle, high) if _t_probability(middle, freedom) < LEVEL else (low, middle)


def _t_probability(theta: float, freedom: int) -> float:
    """Return P(|t| < sqrt(freedom) tan theta)."""
    sine, cosine = math.sin(theta), math.cos(theta)
    odd = freedom % 2
    term, total = (cosine if odd else 1.0), 0.0
    for power in range(odd, freedom - 1, 2):
        total += term
        term *= cosine**2 * (power + 1) / (power + 2)
    return (theta + sine * total) * 2 / math.pi if odd else sine * total


def bootstrap_mean(values: ArrayLike, *, resamples: int = 1000, seed: int = 0) -> tuple[float, float]:
    """Return the interval of the mean of values (N,), one an example; raises `ValueError` for none."""
    sample = np.asarray(values, dtype=float)
    if sample.ndim != 1 or not sample.size:
        raise ValueError(f"values should be an array of one axis, not empty; got shape {sample.shape}")
    generator = np.random.default_rng(seed)

    def draw(count: int) -> NDArray[Any]:
        drawn = sample[generator.integers(sample.size, size=(count, sample.size))]
        return np.asarray(drawn.mean(axis=1))

    return _percentiles(draw, resamples, sample.size)


def bootstrap_sums(
    counts: ArrayLike,
    statistic: Callable[[NDArray[Any]], NDArray[Any]],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the interval of a statistic of the column sums of counts (N, K), one row an example, e.g. BLEU.

    Words of a sentence are not independent of each other, so that whole sentences are drawn: equal rows together, which
    makes the cost depend on how many differ. `statistic` maps sums (R, K) to (R,). Raises `ValueError` for no rows.
    """
    rows = np.asarray(counts)
    if rows.ndim != 2 or not rows.size:
        raise ValueError(f"counts should be an array of two axes, not empty; got shape {rows.shape}")
    distinct, times = np.unique(rows, axis=0, return_counts=True)
    generator = np.random.default_rng(seed)

    def draw(count: int) -> NDArray[Any]:
        return statistic(generator.multinomial(len(rows), times / len(rows), size=count) @ distinct)

    return _percentiles(draw, resamples, len(distinct))


def bootstrap_confusion(
    confusion: ArrayLike,
    statistic: Callable[[NDArray[Any]], NDArray[Any]],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the interval of a statistic of a confusion matrix (K, K), e.g. `macro_f1`.

    Drawing examples with replacement makes the matrix's entries a multinomial variable, which is drawn directly:
    the cost does not depend on the number of examples. `statistic` maps (R, K, K) to (R,).
    """
    counts = np.asarray(confusion)
    occupied = np.flatnonzero(counts)
    n = int(counts.sum())
    shares = counts.ravel()[occupied] / n
    generator = np.random.default_rng(seed)

    def draw(count: int) -> NDArray[Any]:
        matrices = np.zeros((count, counts.size), dtype=np.int64)
        matrices[:, occupied] = generator.multinomial(n, shares, size=count)
        return statistic(matrices.reshape(count, *counts.shape))

    return _percentiles(draw, resamples, counts.size)


def _percentiles(draw: Callable[[int], NDArray[Any]], resamples: int, size: int) -> tuple[float, float]:
    block = max(1, min(resamples, _BLOCK // size))
    drawn = [draw(min(block, resamples - start)) for start in range(0, resamples, block)]
    low, high = np.quantile(np.concatenate(drawn), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)

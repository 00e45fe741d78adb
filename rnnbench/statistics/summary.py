"""Order statistics of a sample."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Quartiles:
    """The median of `n` values and the quartiles around it, interpolated linearly."""

    median: float
    p25: float
    p75: float
    n: int


@dataclass(frozen=True)
class Deciles:
    """The median of `n` values and the first and last decile, interpolated linearly."""

    median: float
    p10: float
    p90: float
    n: int


def quartiles(values: Sequence[float]) -> Quartiles:
    """Return the quartiles of a sample; raises `ValueError` if it is empty."""
    if not len(values):
        raise ValueError("quartiles of no values")
    p25, median, p75 = np.quantile(np.asarray(values, dtype=float), [0.25, 0.5, 0.75])
    return Quartiles(float(median), float(p25), float(p75), len(values))


def deciles(values: Sequence[float]) -> Deciles:
    """Return the median and the outer deciles of a sample; raises `ValueError` if it is empty."""
    if not len(values):
        raise ValueError("deciles of no values")
    p10, median, p90 = np.quantile(np.asarray(values, dtype=float), [0.1, 0.5, 0.9])
    return Deciles(float(median), float(p10), float(p90), len(values))


def geometric_mean(values: Sequence[float]) -> float:
    """Return the geometric mean of positive numbers; raises `ValueError` if there are none."""
    if not len(values):
        raise ValueError("a mean of no values")
    return math.exp(math.fsum(map(math.log, values)) / len(values))

"""Examples by length, in groups of about equal size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_GROUPS = 5


def buckets(lengths: Sequence[int]) -> list[tuple[str, NDArray[np.intp]]]:
    """Return the range of lengths of each group, e.g. "3-7", and the places of its examples; shortest first."""
    values = np.asarray(lengths)
    shares = np.arange(1, _GROUPS + 1) / _GROUPS
    # As many groups as there are different ends: equal lengths are never parted.
    ends = np.unique(np.quantile(values, shares, method="inverted_cdf"))
    group = np.searchsorted(ends, values)
    return [(_range(values[group == place]), np.flatnonzero(group == place)) for place in range(len(ends))]


def _range(lengths: NDArray[np.int64]) -> str:
    low, high = lengths.min(), lengths.max()
    return f"{low}" if low == high else f"{low}-{high}"

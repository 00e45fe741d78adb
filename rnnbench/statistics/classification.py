"""Scores of a classifier, all of them functions of its confusion matrix.

Each takes matrices of shape (..., K, K), counts of [target, prediction], and returns scores of shape (...): one call
scores a thousand bootstrap resamples.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def confusion_matrix(target: ArrayLike, prediction: ArrayLike, classes: int) -> NDArray[np.int64]:
    """Return counts (K, K) of [target, prediction] from two index arrays (N,).

    Raises `ValueError` for arrays that are empty or of different shapes, and for an index outside 0 … K-1.
    """
    pairs = np.stack([np.asarray(target), np.asarray(prediction)])
    if pairs.ndim != 2 or not pairs.size:
        raise ValueError(f"target and prediction should be arrays of one axis, not empty; got shape {pairs.shape[1:]}")
    if pairs.min() < 0 or pairs.max() >= classes:
        raise ValueError(f"indices from {pairs.min()} to {pairs.max()} do not fit {classes} classes")
    return np.bincount(pairs[0] * classes + pairs[1], minlength=classes**2).reshape(classes, classes)


def accuracy(confusion: ArrayLike) -> NDArray[Any]:
    """Return the share of examples whose prediction is the target."""
    counts = np.asarray(confusion)
    return np.asarray(_diagonal(counts).sum(-1) / counts.sum((-2, -1)))


def macro_f1(confusion: ArrayLike) -> NDArray[Any]:
    """Return the mean F1 of the classes that occur among the targets or the predictions.

    F1 = 2 TP / (2 TP + FP + FN), which is 0 for a class never predicted right: scikit-learn's `f1_score` with
    `average="macro", zero_division=0`.
    """
    counts = np.asarray(confusion)
    occurrences = counts.sum(-1) + counts.sum(-2)
    f1 = 2 * _diagonal(counts) / np.maximum(occurrences, 1)
    return np.asarray(f1.sum(-1) / (occurrences > 0).sum(-1))


def _diagonal(counts: NDArray[Any]) -> NDArray[Any]:
    return np.diagonal(counts, axis1=-2, axis2=-1)

"""Scores against values computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from rnnbench.statistics.classification import accuracy, confusion_matrix, macro_f1


def test_scores_of_a_small_example() -> None:
    # class 0: 2 right, 1 taken for 1; class 1: 1 right; class 2 occurs only as a wrong prediction.
    confusion = confusion_matrix([0, 0, 0, 1, 1], [0, 0, 1, 1, 2], classes=4)
    assert accuracy(confusion) == pytest.approx(3 / 5)
    # F1: class 0 4/5, class 1 1/2, class 2 0; class 3 never occurs and does not count.
    assert macro_f1(confusion) == pytest.approx((4 / 5 + 1 / 2 + 0) / 3)


def test_many_matrices_are_scored_at_once() -> None:
    confusion = confusion_matrix([0, 1, 1], [0, 1, 0], classes=2)
    stacked = np.stack([confusion, 2 * confusion])
    assert macro_f1(stacked) == pytest.approx([float(macro_f1(confusion))] * 2)


@pytest.mark.parametrize(("target", "prediction"), [([], []), ([0], [0, 1]), ([0], [2]), ([-1], [0])])
def test_what_is_no_pair_of_index_arrays_is_refused(target: list[int], prediction: list[int]) -> None:
    with pytest.raises(ValueError, match=r"."):
        confusion_matrix(target, prediction, classes=2)

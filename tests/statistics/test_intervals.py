"""Intervals against tables, and against the coverage they promise."""

from __future__ import annotations

import numpy as np
import pytest

from rnnbench.statistics.classification import accuracy, confusion_matrix
from rnnbench.statistics.intervals import (
    bootstrap_confusion,
    bootstrap_mean,
    bootstrap_sums,
    mean_interval,
    t_quantile,
)


@pytest.mark.parametrize(("freedom", "quantile"), [(1, 12.7062), (2, 4.3027), (4, 2.7764), (9, 2.2622), (30, 2.0423)])
def test_t_quantiles_are_the_tables(freedom: int, quantile: float) -> None:
    assert t_quantile(freedom) == pytest.approx(quantile, abs=1e-4)


def test_the_interval_of_a_mean_by_hand() -> None:
    mean, low, high = mean_interval([1.0, 2.0, 3.0])
    half = 4.3027 * 1.0 / 3**0.5
    assert (mean, low, high) == pytest.approx((2.0, 2.0 - half, 2.0 + half), abs=1e-3)


def test_one_value_has_no_interval() -> None:
    with pytest.raises(ValueError, match="at least two"):
        mean_interval([1.0])


def test_the_bootstrap_of_a_share_has_about_the_binomial_width() -> None:
    low, high = bootstrap_mean([1.0] * 300 + [0.0] * 100)
    assert (high - low) / 2 == pytest.approx(1.96 * (0.75 * 0.25 / 400) ** 0.5, rel=0.15)


def test_the_bootstrap_is_the_same_each_time() -> None:
    assert bootstrap_mean([0.0, 1.0, 1.0]) == bootstrap_mean([0.0, 1.0, 1.0])


def test_a_matrix_and_its_examples_have_about_the_same_interval() -> None:
    target = np.repeat([0, 1], 200)
    prediction = np.where(np.arange(400) % 4 == 0, 1 - target, target)
    by_matrix = bootstrap_confusion(confusion_matrix(target, prediction, 2), accuracy)
    assert by_matrix == pytest.approx(bootstrap_mean(target == prediction), abs=0.01)


def test_sums_of_single_examples_have_the_interval_of_their_mean() -> None:
    right = np.arange(400) % 4 > 0
    counts = np.stack([right, np.ones(400)], axis=1)
    interval = bootstrap_sums(counts, lambda sums: sums[:, 0] / sums[:, 1])
    assert interval == pytest.approx(bootstrap_mean(right), abs=0.01)


def test_words_of_one_sentence_are_drawn_together() -> None:
    counts = np.array([[10, 10], [0, 10]] * 20)
    low, high = bootstrap_sums(counts, lambda sums: sums[:, 0] / sums[:, 1])
    # The width of 40 sentences, not of 400 words.
    assert (high - low) / 2 == pytest.approx(1.96 * (0.25 / 40) ** 0.5, rel=0.15)


def test_a_ratio_of_totals_whose_parts_are_proportional_has_no_width() -> None:
    counts = [[1, 2], [3, 6], [10, 20]]
    assert bootstrap_sums(counts, lambda totals: totals[:, 0] / totals[:, 1]) == pytest.approx((0.5, 0.5))


def test_totals_of_resamples_are_sums_of_as_many_examples() -> None:
    seen: list[np.ndarray] = []

    def statistic(totals: np.ndarray) -> np.ndarray:
        seen.append(totals)
        return totals[:, 0]

    bootstrap_sums([[0, 1], [1, 1], [5, 1]], statistic, resamples=500)
    totals = np.concatenate(seen)
    assert totals.shape == (500, 2)
    assert set(totals[:, 1]) == {3}
    assert set(totals[:, 0]) == {0, 1, 2, 3, 5, 6, 7, 10, 11, 15}


@pytest.mark.parametrize("counts", [[], [1, 2], [[]]])
def test_totals_need_examples_with_counts(counts: list[object]) -> None:
    with pytest.raises(ValueError, match="two axes, not empty"):
        bootstrap_sums(counts, lambda totals: totals[:, 0])

from __future__ import annotations

import numpy as np
import pytest

from rnnbench.contracts import UsageError
from rnnbench.plugins.datasets.adding import Adding


def read(dataset: Adding, split: str) -> tuple[np.ndarray, np.ndarray]:
    table = dataset.load(split)
    return np.array(table["vectors"].to_pylist()), table["value"].to_numpy()


@pytest.mark.parametrize("length", [2, 7, 20])
def test_value_is_the_sum_of_two_numbers_marked_one_in_each_half(length: int) -> None:
    steps, values = read(Adding(length=length, train=300), "train")
    assert steps.shape == (300, length, 2)
    numbers, marks = steps[..., 0], steps[..., 1]
    assert ((numbers >= 0) & (numbers < 1)).all()
    assert np.isin(marks, (0, 1)).all()
    assert (marks[:, : length // 2].sum(1) == 1).all()
    assert (marks[:, length // 2 :].sum(1) == 1).all()
    assert np.allclose((numbers * marks).sum(1), values, atol=1e-7)


def test_every_place_is_marked() -> None:
    steps, _ = read(Adding(length=7, train=2000), "train")
    shares = steps[..., 1].mean(0)
    assert shares == pytest.approx([1 / 3] * 3 + [1 / 4] * 4, abs=0.05)


def test_floor_is_the_error_of_the_mean() -> None:
    _, values = read(Adding(length=2, train=20_000), "train")
    assert values.mean() == pytest.approx(1, abs=0.01)
    assert ((values - 1) ** 2).mean() == pytest.approx(Adding.info.floor, abs=0.005)


def test_a_seed_gives_the_same_numbers_everywhere() -> None:
    steps, values = read(Adding(length=4, train=3), "train")
    assert steps[0, :, 0].tolist() == pytest.approx([0.5488135, 0.7151894, 0.6027634, 0.5448832])
    assert values[0] == pytest.approx(0.7151894 + 0.6027634)


def test_one_step_is_refused() -> None:
    with pytest.raises(UsageError, match=r"dataset\.length=1: expected a number from 2 to "):
        Adding(length=1)

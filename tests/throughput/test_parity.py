"""The difference of two passes finds every wrong number, relative to how large a tensor's numbers are."""

from __future__ import annotations

import pytest
import torch

from rnnbench.throughput.parity import TOLERANCE, difference


def test_equal_passes_do_not_differ() -> None:
    passes = [torch.randn(2, 3, 4), torch.randn(5)]
    assert difference(passes, [tensor.clone() for tensor in passes]) == 0


@pytest.mark.parametrize("place", [0, 1])
def test_one_wrong_number_is_found(place: int) -> None:
    expected = [torch.ones(2, 3, 4), torch.ones(5)]
    found = [tensor.clone() for tensor in expected]
    found[place].view(-1)[-1] += 1e-3
    assert difference(found, expected) > TOLERANCE


def test_a_gradient_of_small_numbers_counts_like_one_of_large_numbers() -> None:
    small = torch.full((4,), 0.01)
    assert difference([1.01 * small], [small]) == pytest.approx(0.01, rel=1e-3)
    assert difference([101e4 * small], [1e6 * small]) == pytest.approx(0.01, rel=1e-3)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_what_is_no_number_differs(wrong: float) -> None:
    assert difference([torch.tensor([1.0, wrong])], [torch.ones(2)]) == float("inf")


def test_other_shapes_and_counts_differ() -> None:
    assert difference([torch.ones(2)], [torch.ones(2, 1)]) == float("inf")
    assert difference([torch.ones(2)], [torch.ones(2), torch.ones(2)]) == float("inf")


def test_padding_is_left_out_of_y_alone() -> None:
    valid = torch.tensor([[[True], [False]]])
    expected = [torch.zeros(1, 2, 3), torch.zeros(1, 2, 3)]
    padded = torch.tensor([0.0, 9.0]).view(1, 2, 1).expand(1, 2, 3)
    assert difference([padded, expected[1]], expected, valid) == 0
    assert difference([expected[0], padded], expected, valid) > 1

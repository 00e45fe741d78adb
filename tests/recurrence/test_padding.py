"""Where rows have ended."""

from __future__ import annotations

import torch

from rnnbench.recurrence import padding_mask


def test_the_mask_is_true_from_a_rows_length_on() -> None:
    assert padding_mask(torch.tensor([2, 4, 1]), 4).tolist() == [
        [False, False, True, True],
        [False, False, False, False],
        [False, True, True, True],
    ]

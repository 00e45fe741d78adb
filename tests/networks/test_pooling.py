"""Pooling: padding has no part in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from rnnbench.networks import Attention, last, maximum, mean

LENGTHS = torch.tensor([3, 1, 4])
OUTPUTS = torch.randn(3, 4, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def attention() -> Attention:
    torch.manual_seed(0)
    return Attention(6).double()


POOLINGS: dict[str, Callable[..., Any]] = {"last": last, "mean": mean, "max": maximum, "attention": attention()}


@pytest.mark.parametrize("pooling", POOLINGS)
def test_what_stands_at_padding_changes_neither_result_nor_gradient(pooling: str) -> None:
    def pooled(filling: float) -> tuple[Tensor, Tensor]:
        outputs = OUTPUTS.masked_fill((torch.arange(4) >= LENGTHS.unsqueeze(-1)).unsqueeze(-1), filling)
        outputs.requires_grad_()
        result = POOLINGS[pooling](outputs, LENGTHS)
        (gradient,) = torch.autograd.grad(result.square().sum(), outputs)
        return result.detach(), gradient

    for one, other in zip(pooled(0.0), pooled(1e6), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_each_row_is_pooled_as_if_alone(pooling: str) -> None:
    together = POOLINGS[pooling](OUTPUTS, LENGTHS)
    for row, length in enumerate(LENGTHS):
        alone = POOLINGS[pooling](OUTPUTS[row : row + 1, :length], LENGTHS[row : row + 1])
        assert torch.allclose(alone[0], together[row])


def test_simple_poolings_are_what_their_names_say() -> None:
    row = OUTPUTS[0, :3]
    assert torch.equal(last(OUTPUTS, LENGTHS)[0], row[2])
    assert torch.allclose(mean(OUTPUTS, LENGTHS)[0], row.mean(0))
    assert torch.equal(maximum(OUTPUTS, LENGTHS)[0], row.amax(0))


def test_last_of_two_directions_is_where_each_has_read_everything() -> None:
    pooled = last(OUTPUTS, LENGTHS, directions=2)
    assert torch.equal(pooled[0], torch.cat((OUTPUTS[0, 2, :3], OUTPUTS[0, 0, 3:])))


def test_attention_is_a_weighted_mean_of_the_valid_steps() -> None:
    layer = attention()
    weights = layer.weights(OUTPUTS, LENGTHS)
    assert torch.allclose(weights.sum(1), torch.ones(3, dtype=torch.float64))
    assert weights[1].tolist() == [1, 0, 0, 0]
    assert torch.allclose(layer(OUTPUTS, LENGTHS)[2], (weights[2, :, None] * OUTPUTS[2]).sum(0))

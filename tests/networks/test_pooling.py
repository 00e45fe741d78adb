"""Pooling: padding has no part in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from rnnbench.contracts import Features, UsageError
from rnnbench.networks import Attention, Pool, Pooling, last, maximum, mean, summary

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


@pytest.mark.parametrize(
    ("causal", "directions", "expected"), [(True, 1, "last"), (False, 2, "last"), (False, 1, "max")]
)
def test_auto_is_the_last_output_where_there_is_a_direction(causal: bool, directions: int, expected: Pooling) -> None:
    given = Features(OUTPUTS, LENGTHS, (), causal, directions)
    assert torch.equal(Pool("auto", 6)(given), Pool(expected, 6)(given))
    assert torch.equal(summary(given), Pool(expected, 6)(given))


@pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
def test_a_pooling_is_found_by_its_name(pooling: Pooling) -> None:
    torch.manual_seed(0)
    pool = Pool(pooling, 6).double()
    features = Features(OUTPUTS, LENGTHS, (), causal=True)
    assert torch.equal(pool(features), POOLINGS[pooling](OUTPUTS, LENGTHS))


def test_another_name_is_refused() -> None:
    with pytest.raises(UsageError, match=r"head\.pooling=first: it is one of auto, last, mean, max, attention"):
        Pool("first", 6)  # type: ignore[arg-type]

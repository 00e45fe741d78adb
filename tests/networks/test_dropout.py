"""Dropout: what is left out together, how often, and that nothing is in evaluation."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from rnnbench.networks import WordDropout, build_dropout
from rnnbench.networks.dropout import LockedDropout, WeightDrop

UNK = 1


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def test_locked_dropout_leaves_out_the_same_features_at_every_step_of_a_row() -> None:
    y = LockedDropout(0.4)(torch.ones(50, 7, 40))
    assert torch.equal(y, y[:, :1].expand_as(y))
    assert not torch.equal(y[0], y[1])
    assert float((y == 0).float().mean()) == pytest.approx(0.4, abs=0.03)


def test_plain_dropout_leaves_out_others_at_every_step() -> None:
    y = build_dropout(0.4, variational=False)(torch.ones(50, 7, 40))
    assert not torch.equal(y[:, 0], y[:, 1])


@pytest.mark.parametrize("variational", [True, False])
def test_dropout_scales_what_it_keeps_so_that_the_mean_stays(variational: bool) -> None:
    x = torch.randn(2, 3, 5)
    dropout = build_dropout(0.4, variational)
    drawn = [dropout(x) for _ in range(4000)]
    kept = drawn[0] != 0
    torch.testing.assert_close(drawn[0][kept], x[kept] / 0.6)
    torch.testing.assert_close(torch.stack(drawn).mean(0), x, atol=0.1, rtol=0)


@pytest.mark.parametrize("variational", [True, False])
def test_dropout_of_nothing_and_dropout_in_evaluation_are_the_identity(variational: bool) -> None:
    x = torch.randn(2, 3, 5)
    assert torch.equal(build_dropout(0.0, variational)(x), x)
    assert torch.equal(build_dropout(0.4, variational).eval()(x), x)
    assert torch.equal(LockedDropout(0.0)(x), x)


def test_features_that_are_left_out_get_no_gradient() -> None:
    x = torch.randn(2, 3, 5, requires_grad=True)
    y = LockedDropout(0.4)(x)
    y.sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    torch.testing.assert_close(x.grad, torch.where(y == 0, 0.0, 1 / 0.6))


def words(count: int) -> tuple[Tensor, Tensor]:
    """Return rows (100, T) of the tokens 2, 3 and 4 in turn, and True at the last step, which is padding of token 0."""
    ids = torch.tensor([2, 3, 4]).repeat(100, count)
    ids[:, -1] = 0
    padding = torch.zeros_like(ids, dtype=torch.bool)
    padding[:, -1] = True
    return ids, padding


@pytest.mark.parametrize("p", [0.25, 2.0])
def test_a_token_is_replaced_with_the_probability_that_its_count_gives(p: float) -> None:
    counts = torch.tensor([0, 0, 1, 6, 0])
    ids, padding = words(30)
    read = WordDropout(p, counts, UNK)(ids, padding)
    changed = read != ids
    assert bool((read[changed] == UNK).all())
    for token in (2, 3, 4):
        share = float(changed[(ids == token) & ~padding].float().mean())
        assert share == pytest.approx(p / (p + int(counts[token])), abs=0.04)


def test_padding_is_never_replaced() -> None:
    ids, padding = words(2)
    read = WordDropout(1e6, torch.ones(5), UNK)(ids, padding)
    assert bool((read[padding] == 0).all())
    assert bool((read[~padding] == UNK).all())


def test_no_token_is_replaced_in_evaluation_or_with_the_probability_0() -> None:
    ids, padding = words(2)
    assert torch.equal(WordDropout(1e6, torch.ones(5), UNK).eval()(ids, padding), ids)
    # One that never occurs, too: there p / (p + n) is 0 / 0.
    assert torch.equal(WordDropout(0.0, torch.tensor([0, 0, 1, 6, 0]), UNK)(ids, padding), ids)


def test_a_dropped_weight_is_scaled_where_it_is_kept_and_whole_in_evaluation() -> None:
    weight = torch.randn(60, 60)
    drop = WeightDrop(0.3)
    dropped = drop(weight)
    kept = dropped != 0
    torch.testing.assert_close(dropped[kept], weight[kept] / 0.7)
    assert float(kept.float().mean()) == pytest.approx(0.7, abs=0.03)
    assert torch.equal(drop.eval()(weight), weight)
    assert torch.equal(WeightDrop(0.0)(weight), weight)


def test_no_dropout_is_no_module_of_dropout() -> None:
    assert isinstance(build_dropout(0.0, variational=True), nn.Identity)

"""The conditional random field against all sequences of tags, one by one."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
import torch
from torch import Tensor

from rnnbench.networks.crf import CRF

TAGS = 3
LENGTHS = torch.tensor([4, 1, 3])


def field(allowed: Tensor | None = None) -> CRF:
    crf = CRF(TAGS, allowed).double()
    with torch.no_grad():
        crf.transitions.normal_(generator=torch.Generator().manual_seed(1))
    return crf


def emissions() -> Tensor:
    return torch.randn(3, 4, TAGS, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def no_two_after_zero() -> Tensor:
    """Tag 2 may follow only tags 1 and 2, may not be the first, and 1 may not be the last."""
    allowed = torch.ones(TAGS + 1, TAGS + 1, dtype=torch.bool)
    allowed[0, 2] = allowed[-1, 2] = allowed[1, -1] = False
    return allowed


def all_scores(crf: CRF, row: Tensor) -> dict[tuple[int, ...], float]:
    """Return the score of every allowed sequence of one row's emissions (T, K)."""
    scores = {}
    for tags in product(range(TAGS), repeat=len(row)):
        path = (TAGS, *tags, TAGS)
        if all(crf.allowed[i, j] for i, j in pairwise(path)):
            moves = sum(crf.transitions[i, j].item() for i, j in pairwise(path))
            scores[tags] = moves + sum(row[step, tag].item() for step, tag in enumerate(tags))
    return scores


@pytest.mark.parametrize("allowed", [None, no_two_after_zero()], ids=["everything", "constrained"])
def test_probabilities_and_the_best_sequence_are_those_of_enumeration(allowed: Tensor | None) -> None:
    crf, given = field(allowed), emissions()
    best = crf.decode(given, LENGTHS)
    for place, length in enumerate(LENGTHS.tolist()):
        scores = all_scores(crf, given[place, :length])
        assert tuple(best[place, :length].tolist()) == max(scores, key=lambda tags: scores[tags])
        total = torch.tensor(list(scores.values()), dtype=torch.float64).logsumexp(0)
        for tags, score in scores.items():
            padded = torch.zeros(3, 4, dtype=torch.long)
            padded[place, :length] = torch.tensor(tags)
            nll = crf.nll(given, padded, LENGTHS)[place]
            assert nll.item() == pytest.approx((total - score).item())


@pytest.mark.parametrize("allowed", [None, no_two_after_zero()], ids=["everything", "constrained"])
def test_gradients_are_the_differences(allowed: Tensor | None) -> None:
    tags = torch.tensor([[0, 1, 2, 0], [0, 0, 0, 0], [1, 2, 2, 0]])

    def nll(given: Tensor, transitions: Tensor) -> Tensor:
        crf = field(allowed)
        del crf.transitions
        crf.transitions = transitions  # type: ignore[assignment]
        return crf.nll(given, tags, LENGTHS)

    given = emissions().requires_grad_()
    assert torch.autograd.gradcheck(nll, (given, field().transitions.detach().clone().requires_grad_()))


def test_what_stands_at_padding_has_no_effect() -> None:
    crf, tags = field(), torch.tensor([[0, 1, 2, 0], [1, 7, 7, 7], [1, 2, 2, -1]])
    given = emissions().requires_grad_()
    filled = emissions()
    filled[1, 1:] = filled[2, 3:] = 1e3
    assert torch.allclose(crf.nll(given, tags, LENGTHS), crf.nll(filled, tags, LENGTHS))
    (gradient,) = torch.autograd.grad(crf.nll(given, tags, LENGTHS).sum(), given)
    assert not gradient[1, 1:].any()
    assert not gradient[2, 3:].any()
    for place, length in enumerate(LENGTHS.tolist()):
        alone = crf.decode(given[place : place + 1, :length], LENGTHS[place : place + 1])
        assert torch.equal(alone[0], crf.decode(filled, LENGTHS)[place, :length])


def test_forbidden_tags_are_never_given_however_likely() -> None:
    crf, given = field(no_two_after_zero()), emissions()
    given[:, :, 2] += 100
    for row, length in zip(crf.decode(given, LENGTHS).tolist(), LENGTHS.tolist(), strict=True):
        path = [TAGS, *row[:length], TAGS]
        assert all(crf.allowed[i, j] for i, j in pairwise(path))


def test_without_transitions_it_is_a_softmax_of_each_word() -> None:
    crf, given, tags = CRF(TAGS).double(), emissions(), torch.tensor([[0, 1, 2, 0], [1, 0, 0, 0], [1, 2, 2, 0]])
    each = torch.nn.functional.cross_entropy(given.transpose(1, 2), tags, reduction="none")
    expected = torch.stack([row[:length].sum() for row, length in zip(each, LENGTHS, strict=True)])
    assert torch.allclose(crf.nll(given, tags, LENGTHS), expected)


def test_half_precision_emissions_are_summed_in_full() -> None:
    crf, tags = CRF(TAGS), torch.zeros(3, 4, dtype=torch.long)
    assert crf.nll(emissions().half(), tags, LENGTHS).dtype == torch.float32

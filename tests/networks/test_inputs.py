"""What a network reads."""

from __future__ import annotations

import copy

import pytest
import torch

from rnnbench.contracts import Batch
from rnnbench.networks import ImageInput, TokenInput, WordDropout, build_embedding
from rnnbench.networks.inputs import BatchNorm

IMAGES = torch.randint(0, 256, (3, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def pictures(count: int) -> Batch:
    return Batch(IMAGES[:count], torch.ones(count, dtype=torch.long), None, range(count))


def reader() -> ImageInput:
    torch.manual_seed(0)
    return ImageInput((1, 8, 8), 5)


def test_a_single_image_is_trained_on_by_the_statistics_of_those_before_it() -> None:
    torch.manual_seed(0)
    norm = BatchNorm(5)
    norm(torch.randn(4, 5) * 3 + 1)
    evaluated = copy.deepcopy(norm).eval()
    row = torch.randn(1, 5)
    torch.testing.assert_close(norm(row), evaluated(row))
    torch.testing.assert_close(norm.state_dict(), evaluated.state_dict())
    reads = reader()
    vector = reads(pictures(1))
    assert vector.shape == (1, 1, 5)
    vector.square().sum().backward()
    for parameter in reads.parameters():
        assert parameter.grad is not None
        assert bool(parameter.grad.isfinite().all())


def test_several_images_are_normalised_over_the_batch() -> None:
    vectors = reader()(pictures(3))[:, 0]
    torch.testing.assert_close(vectors.mean(0), torch.zeros(5), atol=1e-5, rtol=0)
    torch.testing.assert_close(vectors.var(0, correction=0), torch.ones(5), atol=1e-2, rtol=0)


def tokens(embedding_dropout: float, word_dropout: WordDropout | None = None) -> TokenInput:
    torch.manual_seed(0)
    return TokenInput(build_embedding(500, 6, pad_id=0), None, word_dropout, embedding_dropout)


def sentences(repeats: int = 1) -> Batch:
    """Every token of the vocabulary once in a row, the second half of the second row padding."""
    ids = torch.arange(500).repeat(2, repeats)
    ids[1, 250:] = 0
    return Batch(ids, torch.tensor([500 * repeats, 250]), None, range(2))


def test_embedding_dropout_leaves_out_entries_of_the_vocabulary_wherever_they_stand() -> None:
    reads = tokens(0.3)
    y = reads(sentences(repeats=2))
    weight = reads.embedding.weight
    assert torch.equal(y[0, :500], y[0, 500:])
    assert torch.equal(y[0, :250], y[1, :250])
    dropped = (y[0, 1:500] == 0).all(-1)
    assert float(dropped.float().mean()) == pytest.approx(0.3, abs=0.06)
    torch.testing.assert_close(y[0, 1:500][~dropped], weight[1:][~dropped] / 0.7)


def test_embedding_dropout_keeps_the_mean() -> None:
    reads = tokens(0.3)
    with torch.no_grad():
        mean = torch.stack([reads(sentences()) for _ in range(1000)]).mean(0)
    torch.testing.assert_close(mean[0], reads.embedding.weight.detach(), atol=0.4, rtol=0)


def test_an_entry_that_is_left_out_and_padding_get_no_gradient() -> None:
    reads = tokens(0.3)
    y = reads(sentences())
    y.sum().backward()
    assert reads.embedding.weight.grad is not None
    reached = reads.embedding.weight.grad.abs().sum(-1) > 0
    assert torch.equal(reached[1:], (y[0, 1:] != 0).any(-1))
    assert not reached[0]


@pytest.mark.parametrize(("dropout", "training"), [(0.0, True), (0.3, False)])
def test_embeddings_are_whole_in_evaluation_and_without_dropout(dropout: float, training: bool) -> None:
    reads = tokens(dropout).train(training)
    assert torch.equal(reads(sentences()), reads.embedding(sentences().inputs))


def test_word_dropout_reads_unknown_for_tokens_but_not_for_padding() -> None:
    reads = tokens(0.0, WordDropout(1e6, torch.ones(500), unk_id=7))
    y = reads(sentences())
    assert torch.equal(y[0], reads.embedding.weight[7].expand(500, -1))
    assert not y[1, 250:].any()

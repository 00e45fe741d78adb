"""What a network reads."""

from __future__ import annotations

import copy

import torch

from rnnbench.contracts import Batch
from rnnbench.networks import ImageInput
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

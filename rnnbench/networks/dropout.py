"""Dropout of features, of vocabulary entries, of rare words, and of recurrent weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LockedDropout(nn.Module):
    """Dropout that leaves out the same features at every step of a row (B, T, F).

    Variational dropout of Gal and Ghahramani 2016, "A theoretically grounded application of dropout in recurrent
    neural networks".
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, x: Tensor) -> Tensor:
        """Return x with whole columns of each row at zero, the others scaled up; x itself in evaluation."""
        if not self.training:
            return x
        kept = x.new_empty(x.shape[0], 1, x.shape[2]).bernoulli_(1 - self.probability)
        return x * kept / (1 - self.probability)


def build_dropout(probability: float, variational: bool) -> nn.Module:
    """Return dropout of features: others at every step, or with `variational` the same ones."""
    if not probability:
        return nn.Identity()
    return LockedDropout(probability) if variational else nn.Dropout(probability)


class WordDropout(nn.Module):
    """Reads rare tokens as unknown now and then, so that the unknown one's embedding learns what rare ones are like.

    A token that occurs n times in training is replaced with probability p / (p + n): Kiperwasser and Goldberg 2016,
    "Simple and accurate dependency parsing using bidirectional LSTM feature representations", section 4.1. `counts`
    (V,) are needed in training only.
    """

    def __init__(self, p: float, counts: Tensor, unk_id: int) -> None:
        super().__init__()
        self.unk_id = unk_id
        self.probability: Tensor
        self.register_buffer("probability", p / (p + counts.float()), persistent=False)

    def forward(self, ids: Tensor, padding: Tensor) -> Tensor:
        """Return the ids (B, T) with some replaced; those under `padding` (B, T), True there, are left alone."""
        if not self.training:
            return ids
        replaced = torch.rand(ids.shape, device=ids.device) < self.probability[ids]
        return ids.masked_fill(replaced & ~padding, self.unk_id)


class WeightDrop(nn.Module):
    """A parametrization that leaves out entries of a weight matrix.

    DropConnect on hidden-to-hidden weights: Merity et al. 2017, "Regularizing and optimizing LSTM language models".
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, weight: Tensor) -> Tensor:
        """Return the weight, in training with entries at zero and the others scaled up."""
        return nn.functional.dropout(weight, self.probability, self.training)

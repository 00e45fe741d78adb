"""Readout: from features to one score for every token of a vocabulary."""

from __future__ import annotations

from torch import Tensor, nn


class Readout(nn.Module):
    """Scores (…, V) of features (…, F): a linear layer, or the products with the tokens' own embeddings.

    Tied weights: Press and Wolf 2017, "Using the output embedding to improve language models". Where F is not the
    size of the embeddings, a linear layer stands between.
    """

    def __init__(self, input_size: int, size: int, tied: nn.Embedding | None = None) -> None:
        super().__init__()
        self.project: nn.Module = nn.Identity()
        if tied is not None and tied.embedding_dim != input_size:
            self.project = nn.Linear(input_size, tied.embedding_dim)
        self.scores = nn.Linear(input_size if tied is None else tied.embedding_dim, size)
        if tied is not None:
            self.scores.weight = tied.weight

    def forward(self, features: Tensor) -> Tensor:
        """Return unnormalised log-probabilities."""
        scores: Tensor = self.scores(self.project(features))
        return scores

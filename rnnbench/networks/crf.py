"""A conditional random field: the probability of a whole sequence of tags, not of each by itself."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rnnbench.recurrence import padding_mask

_NEVER = -1e4
"""The score of what may not be. Finite, for an infinity has no gradient; e^-10000 is 0 all the same."""


class CRF(nn.Module):
    """A linear-chain conditional random field (Lafferty et al. 2001; Lample et al. 2016, section 2.2).

    A sequence of tags scores the sum of its words' emissions and of the transitions between them, from a start and to
    an end; its probability is its share of e^score among all sequences of its length. `allowed` (K + 1, K + 1) says
    which of K tags may follow which: entry [i, j] that j may follow i; the last row is the start, the last column the
    end. Emissions are (B, T, K), lengths (B,), at least 1; what stands at padding has no effect.
    """

    def __init__(self, tags: int, allowed: Tensor | None = None) -> None:
        super().__init__()
        everything = torch.ones(tags + 1, tags + 1, dtype=torch.bool)
        self.allowed: Tensor
        self.register_buffer("allowed", everything if allowed is None else allowed.clone(), persistent=False)
        self.transitions = nn.Parameter(torch.zeros(tags + 1, tags + 1))

    def nll(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Return the negative log-probability of each row's tags (B, T), in nats: (B,)."""
        # In the parameters' precision: sums over a sentence would lose too much of a shorter one.
        emissions = emissions.to(self.transitions.dtype)
        return self._log_partition(emissions, lengths) - self._score(emissions, tags, lengths)

    @torch.no_grad()
    def decode(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Return the likeliest tags of each row (B, T) by Viterbi's algorithm; padding repeats the last one."""
        start, between, end = self._scores()
        best = start + emissions[:, 0]
        stay = torch.arange(len(end), device=best.device)
        origins: list[Tensor] = []
        for step in range(1, emissions.shape[1]):
            value, origin = (best.unsqueeze(2) + between).max(dim=1)
            going = (step < lengths).unsqueeze(1)
            best = torch.where(going, value + emissions[:, step], best)
            origins.append(torch.where(going, origin, stay))
        path = [(best + end).argmax(dim=1)]
        for origin in reversed(origins):
            path.append(origin.gather(1, path[-1].unsqueeze(1)).squeeze(1))
        return torch.stack(path[::-1], dim=1)

    def _scores(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return the scores from the start (K,), between two tags (K, K) and to the end (K,)."""
        scores = self.transitions.masked_fill(~self.allowed, _NEVER)
        return scores[-1, :-1], scores[:-1, :-1], scores[:-1, -1]

    def _log_partition(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Return the logarithm of the sum of e^score over all sequences (B,): the forward algorithm."""
        start, between, end = self._scores()
        total = start + emissions[:, 0]
        for step in range(1, emissions.shape[1]):
            following = (total.unsqueeze(2) + between).logsumexp(dim=1) + emissions[:, step]
            total = torch.where((step < lengths).unsqueeze(1), following, total)
        return (total + end).logsumexp(dim=1)

    def _score(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        start, between, end = self._scores()
        padding = padding_mask(lengths, tags.shape[1])
        tags = tags.masked_fill(padding, 0)
        emitted = emissions.gather(2, tags.unsqueeze(2)).squeeze(2).masked_fill(padding, 0.0).sum(dim=1)
        moved = between[tags[:, :-1], tags[:, 1:]].masked_fill(padding[:, 1:], 0.0).sum(dim=1)
        last = tags.gather(1, (lengths - 1).unsqueeze(1)).squeeze(1)
        return start[tags[:, 0]] + emitted + moved + end[last]

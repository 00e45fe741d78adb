"""What is left to chance in a cell's steps, in training: zoneout, and dropout of the state that W_hh sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rnnbench.contracts import UsageError

DROPPED, HELD, HELD_CELL = "dropped", "held", "held_cell"
"""The masks: of the units that W_hh sees, scaled; of those that keep their output, and their further states."""


@dataclass(frozen=True)
class Noise:
    """The probabilities of a cell's noise, which any cell written as `update` can have.

    * `zoneout`: that a unit's first state (h, the output) stays what it was before a step; `zoneout_cell`: that its
      further ones do (c; of a cell with normalisers all of them together). In evaluation each is the mean of the two:
      Krueger et al. 2017, "Zoneout: regularizing RNNs by randomly preserving hidden activations".
    * `recurrent_dropout`: that W_hh does not see a unit, the same ones at every step of a row: Gal and Ghahramani
      2016, "A theoretically grounded application of dropout in recurrent neural networks".
    """

    zoneout: float = 0.0
    zoneout_cell: float = 0.0
    recurrent_dropout: float = 0.0

    def __post_init__(self) -> None:
        """Raise `UsageError` for what is no probability, or leaves nothing."""
        for name, probability in vars(self).items():
            if not 0 <= probability < 1:
                raise UsageError(f"{name}={probability} is not a probability from 0 to below 1.")

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return any((self.zoneout, self.zoneout_cell, self.recurrent_dropout))

    def names(self, states: int) -> tuple[str, ...]:
        """Return the names of the masks that a step of a cell with so many states has in training."""
        wanted = {DROPPED: self.recurrent_dropout, HELD: self.zoneout, HELD_CELL: self.zoneout_cell * (states > 1)}
        return tuple(name for name, probability in wanted.items() if probability)

    def draw(self, names: Sequence[str], batch: int, steps: int, units: int, like: Tensor) -> Tensor:
        """Return masks (B, T, M·H), those of one name side by side, with `like`'s dtype and device.

        A seed gives the same ones in every dtype.
        """
        drawn = []
        for name in names:
            of_row = name == DROPPED
            memory = like.new_empty(batch, 1 if of_row else steps, units, dtype=torch.float32)
            drawn.append(memory.bernoulli_(self._one(name)).expand(-1, steps, -1))
            if of_row:
                drawn[-1] = drawn[-1] / (1 - self.recurrent_dropout)
        return torch.cat(drawn, -1).to(like.dtype)

    def _one(self, name: str) -> float:
        """Return the probability that a mask is not zero."""
        return {DROPPED: 1 - self.recurrent_dropout, HELD: self.zoneout, HELD_CELL: self.zoneout_cell}[name]

    def hold(
        self, before: Sequence[Tensor], after: Sequence[Tensor], masks: Mapping[str, Tensor]
    ) -> tuple[Tensor, ...]:
        """Return a step's states (B, H) as zoneout leaves them: by masks, or without any their mean."""
        shares = (masks.get(HELD, self.zoneout), *(masks.get(HELD_CELL, self.zoneout_cell) for _ in after[1:]))
        return tuple(
            # Not new + share (old - new): what is held must be the very same.
            new if isinstance(share, float) and not share else share * old + (1 - share) * new
            for old, new, share in zip(before, after, shares, strict=True)
        )

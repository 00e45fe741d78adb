"""Convolution over time."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, relu

from rnnbench.contracts import State, UsageError
from rnnbench.recurrence import SequenceCell


class CNN(SequenceCell):
    """Convolution over time: filters that see the order within a few words, and nothing beyond.

    y_t = ReLU(filters over the `widths` neighbouring inputs of t), zeros beyond the ends; `hidden_size` filters in
    all, shared out evenly over the widths. A filter of even width reaches one step further forward than back.

    Kim 2014, "Convolutional neural networks for sentence classification"; its max over time is the pooling's.
    """

    def __init__(self, input_size: int, hidden_size: int, *, widths: tuple[int, ...] = (2, 3, 4)) -> None:
        super().__init__(input_size, hidden_size)
        self.widths = tuple(widths)
        if not 1 <= len(self.widths) <= hidden_size or min(self.widths) < 1:
            raise UsageError(
                f"cell=cnn: widths={list(widths)} must be from 1 to {hidden_size} (the filters) numbers of at least 1."
            )
        share, rest = divmod(hidden_size, len(self.widths))
        self.filters = nn.ModuleList(
            nn.Conv1d(input_size, share + (k < rest), width) for k, width in enumerate(self.widths)
        )

    def forward(self, x: Tensor, lengths: Tensor, state: State) -> tuple[Tensor, State]:
        """Return y (B, T, H); x (B, T, D) is zero at padding."""
        signal = x.transpose(1, 2)
        outputs = [
            filters(pad(signal, ((width - 1) // 2, width // 2)))
            for width, filters in zip(self.widths, self.filters, strict=True)
        ]
        return relu(torch.cat(outputs, 1)).transpose(1, 2), ()

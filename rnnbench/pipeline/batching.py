"""Batching: which rows come together, in which order, and how they become padded tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from rnnbench.contracts import Batch
from rnnbench.pipeline.encoding import Encoded

Rows = NDArray[np.int64]

POOL = 50
"""Batches' worth of shuffled rows that are sorted by length together: little padding, yet ever new neighbours."""


def shuffled(lengths: NDArray[np.int64], batch_size: int, seed: int, epoch: int) -> list[Rows]:
    """Return the epoch's batches of rows of similar length, in random order; the last, smaller one is among them.

    The result depends on the arguments alone, so that training can go on at any batch of any epoch.
    """
    random = np.random.default_rng((seed, epoch))
    order = random.permutation(len(lengths))
    batches: list[Rows] = []
    for start in range(0, len(order), batch_size * POOL):
        pool = order[start : start + batch_size * POOL]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches += [pool[first : first + batch_size] for first in range(0, len(pool), batch_size)]
    return [batches[index] for index in random.permutation(len(batches))]


def by_length(lengths: NDArray[np.int64], batch_size: int) -> list[Rows]:
    """Return batches of all rows from the shortest to the longest, for evaluation."""
    order = np.argsort(lengths, kind="stable")
    return [order[first : first + batch_size] for first in range(0, len(order), batch_size)]


def collate(encoded: Encoded, rows: Rows, pad_id: int) -> Batch:
    """Return the rows as one batch: inputs (B, T), padded at the end to the longest."""
    starts = encoded.offsets[rows]
    lengths = encoded.offsets[rows + 1] - starts
    steps = np.arange(lengths.max())
    ids = encoded.ids.take(starts[:, None] + steps, mode="clip").astype(np.int64)
    ids[steps >= lengths[:, None]] = pad_id
    return Batch(
        inputs=torch.from_numpy(ids),
        lengths=torch.from_numpy(lengths),
        targets=None if encoded.targets is None else torch.from_numpy(encoded.targets[rows]),
        rows=rows.tolist(),
    )


class Batches:
    """Batches that are made while they are read; `plan` is asked anew at every pass.

    It has no length on purpose: an epoch that is resumed has fewer batches than the next.
    """

    def __init__(self, encoded: Encoded, pad_id: int, plan: Callable[[], Sequence[Rows]]) -> None:
        self.encoded = encoded
        self.pad_id = pad_id
        self.plan = plan

    def __iter__(self) -> Iterator[Batch]:
        """Yield one batch after the other."""
        for rows in self.plan():
            yield collate(self.encoded, rows, self.pad_id)


def to_device(batch: Batch, device: torch.device) -> Batch:
    """Return the batch on `device`, itself if it is there."""
    if batch.inputs.device == device:
        return batch
    targets = batch.targets if batch.targets is None else batch.targets.to(device, non_blocking=True)
    inputs, lengths = (tensor.to(device, non_blocking=True) for tensor in (batch.inputs, batch.lengths))
    return Batch(inputs, lengths, targets, batch.rows)

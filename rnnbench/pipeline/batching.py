"""Batching: which examples come together, in which order, and how they become padded tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnbench.contracts import Batch, Sequences, Tokenizer, Words
from rnnbench.pipeline.arrays import Encoded, Ragged, Rows

POOL = 50
"""Batches' worth of shuffled rows that are sorted by length together: little padding, yet ever new neighbours."""


def shuffled(sizes: NDArray[np.int64], batch_size: int, seed: int, epoch: int) -> list[Rows]:
    """Return the epoch's batches of rows of similar size, in random order; the last, smaller one is among them.

    The result depends on the arguments alone, so that training can go on at any batch of any epoch.
    """
    random = np.random.default_rng((seed, epoch))
    order = random.permutation(len(sizes))
    batches: list[Rows] = []
    for start in range(0, len(order), batch_size * POOL):
        pool = order[start : start + batch_size * POOL]
        pool = pool[np.argsort(sizes[pool], kind="stable")]
        batches += [pool[first : first + batch_size] for first in range(0, len(pool), batch_size)]
    return [batches[index] for index in random.permutation(len(batches))]


def by_length(sizes: NDArray[np.int64], batch_size: int) -> list[Rows]:
    """Return batches of all rows from the smallest to the largest, for evaluation."""
    order = np.argsort(sizes, kind="stable")
    return [order[first : first + batch_size] for first in range(0, len(order), batch_size)]


def collate(encoded: Encoded, rows: Rows) -> Batch:
    """Return the examples as one batch, padded at the end to the longest."""
    places = rows if encoded.sources is None else encoded.sources[rows]
    if isinstance(encoded.inputs, Ragged):
        inputs, lengths = encoded.inputs.padded(places, fill=Tokenizer.pad_id)
    else:
        inputs, lengths = encoded.inputs[places], np.ones(len(rows), dtype=np.int64)
    return Batch(
        inputs=_tensor(inputs),
        lengths=torch.from_numpy(lengths),
        targets=_targets(encoded, rows),
        rows=rows.tolist(),
        words=_words(encoded, places),
    )


def _tensor(inputs: NDArray[np.generic]) -> Tensor:
    # Token ids are kept as 32-bit numbers, which torch's embeddings do not take.
    return torch.from_numpy(inputs.astype(np.int64) if inputs.dtype == np.int32 else inputs)


def _targets(encoded: Encoded, rows: Rows) -> Sequences | Tensor | None:
    if isinstance(encoded.targets, Ragged):
        values, lengths = encoded.targets.padded(rows, fill=Tokenizer.pad_id)
        return Sequences(torch.from_numpy(values), torch.from_numpy(lengths))
    return None if encoded.targets is None else torch.from_numpy(encoded.targets[rows])


def _words(encoded: Encoded, places: Rows) -> Words | None:
    if encoded.words is None:
        return None
    spans, lengths = encoded.words.padded(places, fill=0)
    first, last = (torch.from_numpy(spans[..., side].copy()) for side in (0, 1))
    words = Words(first, last, torch.from_numpy(lengths))
    if encoded.letters is not None and encoded.spelling is not None:
        # A word that occurs twice in a batch is read once.
        different, spelling = np.unique(encoded.spelling.padded(places, fill=0)[0], return_inverse=True)
        characters, counts = encoded.letters.padded(different, fill=Tokenizer.pad_id)
        words.letters = Sequences(_tensor(characters), torch.from_numpy(counts))
        words.spelling = torch.from_numpy(spelling.reshape(spans.shape[:2]))
    return words


class Batches:
    """Batches that are made while they are read; `plan` is asked anew at every pass.

    It has no length on purpose: an epoch that is resumed has fewer batches than the next.
    """

    def __init__(self, plan: Callable[[], Sequence[Callable[[], Batch]]]) -> None:
        self.plan = plan

    def __iter__(self) -> Iterator[Batch]:
        """Yield one batch after the other."""
        for make in self.plan():
            yield make()


def to_device(batch: Batch, device: torch.device) -> Batch:
    """Return the batch on `device`, itself if it is there."""
    if batch.inputs.device == device:
        return batch

    def moved(value: Any) -> Any:
        if isinstance(value, Tensor):
            return value.to(device, non_blocking=True)
        if isinstance(value, Sequences | Words):
            return type(value)(**{name: moved(part) for name, part in vars(value).items()})
        return value

    return Batch(**{name: moved(value) for name, value in vars(batch).items()})

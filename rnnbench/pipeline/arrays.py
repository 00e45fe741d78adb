"""Encoded splits: numbers in flat arrays, and how rows of them become padded ones. Imports no torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnbench.contracts import TaskInfo, Tokenizer, Vocabulary

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Ragged:
    """Rows of different lengths in one array: row i is `values[offsets[i]:offsets[i + 1]]`, of shape (length, …)."""

    values: NDArray[Any]
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Iterable[Sequence[Any]], dtype: Any = np.int32) -> Ragged:
        """Return rows of numbers, or of equally shaped arrays, as one."""
        rows = list(rows)
        offsets = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum([len(row) for row in rows], out=offsets[1:])
        return cls(np.array(list(chain.from_iterable(rows)), dtype=dtype), offsets)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Each row's length."""
        return np.diff(self.offsets)

    def padded(self, rows: Rows, fill: Any) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Return the rows (B, longest, …) with `fill` at their ends, and their lengths."""
        return self.slices(self.offsets[rows], self.offsets[rows + 1] - self.offsets[rows], fill)

    def slices(
        self, starts: NDArray[np.int64], lengths: NDArray[np.int64], fill: Any
    ) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Return what begins at `starts`, wherever rows end, as `padded` does."""
        steps = np.arange(lengths.max())
        values = self.values.take(starts[:, None] + steps, axis=0, mode="clip")
        values[steps >= lengths[:, None]] = fill
        return values, lengths


@dataclass(frozen=True)
class Encoded:
    """A split's examples.

    * `inputs`: token ids, vectors (length, D), or an array of images (rows, channels, height, width),
    * `targets`: what a loss reads: an array of indices or values, `Ragged` tags or tokens; None for what is only to be
      predicted,
    * `references`: what each example's prediction row is joined with before it is scored: its `target`, and more,
    * `sources`: the row of `inputs` that each example reads, where several share one; None if each has its own,
    * `words`: first and last token (both inclusive) of each word of a sentence, (words, 2) a row,
    * `letters`: the UTF-8 bytes of all different words, one row each, framed by bos and eos; `spelling`: which row
      spells each word of a sentence.
    """

    inputs: Ragged | NDArray[np.uint8]
    targets: Ragged | NDArray[Any] | None = None
    references: Sequence[dict[str, Any]] = ()
    sources: Rows | None = None
    words: Ragged | None = None
    letters: Ragged | None = None
    spelling: Ragged | None = None

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.inputs_lengths if self.sources is None else self.sources)

    @property
    def inputs_lengths(self) -> NDArray[np.int64]:
        """Steps of each row of the inputs; an image is one."""
        if isinstance(self.inputs, Ragged):
            return self.inputs.lengths
        return np.ones(len(self.inputs), dtype=np.int64)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Steps of each example's input."""
        return self.inputs_lengths if self.sources is None else self.inputs_lengths[self.sources]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """What examples are put together by: steps that are read and, where they differ from those, written."""
        if isinstance(self.targets, Ragged) and self.words is None:
            return self.lengths + self.targets.lengths
        return self.lengths


@dataclass(frozen=True)
class Data:
    """Everything a run knows of its data: what the source declares, the encoded splits and the vocabulary.

    `target_tokenizer` reads the answers: the tokenizer itself where there is no other.
    """

    info: TaskInfo
    splits: dict[str, Encoded]
    vocabulary: Vocabulary
    tokenizer: Tokenizer
    target_tokenizer: Tokenizer
    sha256: dict[str, str]

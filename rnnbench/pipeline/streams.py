"""Streams: one long row of tokens read in parallel, a window of each part at a time, with the state carried over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rnnbench.contracts import Batch, Sequences, Tokenizer
from rnnbench.pipeline.arrays import Encoded, Ragged


@dataclass(frozen=True)
class Window:
    """Pieces of a stream that are read side by side: where each begins, its tokens, and their numbers.

    `first` says that these pieces begin their parts of the stream, and no state is carried into them.
    """

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    rows: NDArray[np.int64]
    first: bool


def windows(tokens: int, parts: int, steps: int) -> list[Window]:
    """Return the windows of `steps` tokens in which a stream is read in `parts` equal, contiguous parts.

    Every token is in one window; longer parts stand first, so that in the last window those without a token are left
    out at the end.
    """
    parts = min(parts, tokens)
    sizes = np.full(parts, tokens // parts, dtype=np.int64)
    sizes[: tokens % parts] += 1
    begins = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    found: list[Window] = []
    rows = 0
    for start in range(0, int(sizes[0]), steps):
        lengths = np.minimum(sizes - start, steps)
        alive = int((lengths > 0).sum())
        found.append(Window(begins[:alive] + start, lengths[:alive], np.arange(rows, rows + alive), first=start == 0))
        rows += alive
    return found


def collate_window(encoded: Encoded, window: Window) -> Batch:
    """Return a window as a batch of token ids (B, T) and the tokens that follow each."""
    assert isinstance(encoded.inputs, Ragged)
    assert isinstance(encoded.targets, Ragged)
    inputs, lengths = encoded.inputs.slices(window.starts, window.lengths, Tokenizer.pad_id)
    targets, _ = encoded.targets.slices(window.starts, window.lengths, Tokenizer.pad_id)
    steps = torch.from_numpy(lengths)
    return Batch(
        inputs=torch.from_numpy(inputs.astype(np.int64)),
        lengths=steps,
        targets=Sequences(torch.from_numpy(targets), steps),
        rows=window.rows.tolist(),
        fresh=torch.full((len(inputs),), window.first),
    )


def window_texts(encoded: Encoded, plan: list[Window], tokenizer: Tokenizer) -> list[str]:
    """Return the text of each piece, in the order of their numbers."""
    assert isinstance(encoded.targets, Ragged)
    values = encoded.targets.values
    return [
        tokenizer.decode(values[start : start + length].tolist())
        for window in plan
        for start, length in zip(window.starts, window.lengths, strict=True)
    ]


def window_references(encoded: Encoded, plan: list[Window]) -> list[dict[str, Any]]:
    """Return each piece's share in the characters and bytes of the text, in the order of their numbers.

    A row's tokens share its characters evenly, so that all pieces together hold exactly those of the whole text. `kept`
    says whether the tokens are all of the text.
    """
    assert isinstance(encoded.inputs, Ragged)
    lengths = encoded.inputs.lengths
    upto = {}
    for unit in ("characters", "bytes"):
        counts = np.array([reference["target"][unit] for reference in encoded.references], dtype=np.float64)
        upto[unit] = np.concatenate(([0.0], np.cumsum(np.repeat(counts / lengths, lengths))))
    kept = all(reference["target"].get("kept", True) for reference in encoded.references)
    return [
        {"target": {**{unit: float(sums[start + length] - sums[start]) for unit, sums in upto.items()}, "kept": kept}}
        for window in plan
        for start, length in zip(window.starts, window.lengths, strict=True)
    ]

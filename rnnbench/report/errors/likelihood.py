"""What a language model predicts worst."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from rnnbench.records.record import Record
from rnnbench.report.errors.columns import table
from rnnbench.report.errors.rows import Row

_BINS = 10
_BAR = 40


def likelihood(record: Record, rows: Sequence[Row], worst: int, width: int) -> Iterator[str]:
    """Yield how nats a token are distributed over the rows (windows of a stream, or texts), and the worst rows."""
    nll, tokens = (np.array([row[name] for row in rows], dtype=float) for name in ("nll", "tokens"))
    nats = nll / tokens
    low, median, high = np.quantile(nats, [0.25, 0.5, 0.75])
    yield f"loss       {nll.sum() / tokens.sum():.4f} nats a token, {len(rows):,} rows, {int(tokens.sum()):,} tokens"
    yield f"rows       quartiles {low:.4f}, {median:.4f}, {high:.4f} nats a token"
    counts, edges = np.histogram(nats, bins=_BINS)
    yield from ("", "Rows by nats a token")
    yield from table(
        "rrl",
        ["from", "n", ""],
        [
            [f"{edge:.3f}", f"{n:,}", "█" * math.ceil(_BAR * n / counts.max())]
            for edge, n in zip(edges, counts.tolist(), strict=False)
        ],
        width,
    )
    yield from ("", "Rows with the highest loss")
    yield from table(
        "rrrrl",
        ["row", "nats a token", "perplexity", "tokens", "text"],
        [
            [
                row["row"],
                f"{nats[place]:.4f}",
                f"{math.exp(min(nats[place], 700)):,.1f}",
                row["tokens"],
                row.get("text", ""),
            ]
            for place in np.argsort(-nats, kind="stable")[:worst].tolist()
            for row in [rows[place]]
        ],
        width,
    )

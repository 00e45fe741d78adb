"""Scores of a probability model: functions of each example's negative log-likelihood and its number of tokens."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rnnbench.contracts import TOO_LOW, Score
from rnnbench.statistics.intervals import bootstrap_sums

_OF: dict[str, tuple[str, Callable[[float], float], str]] = {
    "loss": ("tokens", lambda nats: nats, "nats / tokens, ends of rows counted"),
    "perplexity": ("tokens", lambda nats: math.exp(min(nats, 700.0)), "exp(nats / tokens), ends of rows counted"),
    "bits_per_character": ("characters", lambda nats: nats / math.log(2), "bits / characters of the text"),
    "bits_per_byte": ("bytes", lambda nats: nats / math.log(2), "bits / bytes of the text in UTF-8"),
}

_LOSSY = f"{TOO_LOW} with other tokenizers, for this one loses unknown words or white space"


def likelihood_scores(names: Sequence[str], rows: Sequence[dict[str, Any]]) -> list[Score]:
    """Return those of `names` that follow from the rows' `nll` (nats) and `tokens`.

    Per character and byte they also need `target` to be `{"characters", "bytes"}`; where its `kept` is False the
    signature says that these do not compare across tokenizers. A sum over all rows is divided by a sum over all rows,
    never a mean of means.
    """
    nll = np.array([row["nll"] for row in rows], dtype=float)
    scores = []
    for name in names:
        if name not in _OF:
            continue
        unit, transform, signature = _OF[name]
        if unit != "tokens" and not all(row["target"].get("kept", True) for row in rows):
            signature = f"{signature}; {_LOSSY}"
        count = np.array([row["tokens"] if unit == "tokens" else row["target"][unit] for row in rows], dtype=float)
        low, high = bootstrap_sums(np.stack([nll, count], axis=1), lambda sums: sums[:, 0] / sums[:, 1])
        scores.append(
            Score(
                name,
                transform(float(nll.sum() / count.sum())),
                round(float(count.sum())),
                (transform(low), transform(high)),
                signature,
            )
        )
    return scores

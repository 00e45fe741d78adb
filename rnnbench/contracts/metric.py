"""Metrics: each declared once, with its unit, direction and range."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class MetricKind:
    """What a metric's number means.

    `unit` is "fraction" (boards show it times 100), "percent", or a physical unit; `low` and `high` bound the
    values it can take.
    """

    name: str
    unit: str
    higher_is_better: bool
    low: float
    high: float

    @property
    def worst(self) -> float:
        """The value of one who knows nothing, or has nothing right."""
        return self.low if self.higher_is_better else self.high


METRICS: dict[str, MetricKind] = {
    kind.name: kind
    for kind in (
        MetricKind("accuracy", "fraction", True, 0.0, 1.0),
        MetricKind("unseen_accuracy", "fraction", True, 0.0, 1.0),
        MetricKind("macro_f1", "fraction", True, 0.0, 1.0),
        MetricKind("f1", "fraction", True, 0.0, 1.0),
        MetricKind("precision", "fraction", True, 0.0, 1.0),
        MetricKind("recall", "fraction", True, 0.0, 1.0),
        MetricKind("f1_conlleval", "fraction", True, 0.0, 1.0),
        MetricKind("exact_match", "fraction", True, 0.0, 1.0),
        MetricKind("mse", "squared target", False, 0.0, math.inf),
        MetricKind("loss", "nats", False, 0.0, math.inf),
        MetricKind("perplexity", "1", False, 1.0, math.inf),
        MetricKind("bits_per_character", "bits", False, 0.0, math.inf),
        MetricKind("bits_per_byte", "bits", False, 0.0, math.inf),
        MetricKind("bleu", "percent", True, 0.0, 100.0),
        MetricKind("bleu_unseen", "percent", True, 0.0, 100.0),
        MetricKind("chrf", "percent", True, 0.0, 100.0),
        MetricKind("rouge_1", "fraction", True, 0.0, 1.0),
        MetricKind("rouge_2", "fraction", True, 0.0, 1.0),
        MetricKind("rouge_l", "fraction", True, 0.0, 1.0),
        MetricKind("distinct_1", "fraction", True, 0.0, 1.0),
        MetricKind("distinct_2", "fraction", True, 0.0, 1.0),
        MetricKind("per", "fraction", False, 0.0, math.inf),
        MetricKind("wer", "fraction", False, 0.0, 1.0),
    )
}

TOO_LOW = "too low to compare"
"""Stands in the signature of a score whose tokenizer loses some of the text; in those of old records, too."""


TOO_HIGH = "too high to compare"
"""Stands in the signature of a score of text that is easier to match than the plain text of others."""


def compares(signature: str) -> bool:
    """Return whether a score can be put beside those of others, in other papers or with other tokenizers."""
    return TOO_LOW not in signature and TOO_HIGH not in signature


@dataclass(frozen=True)
class Score:
    """One measured value of a metric over a whole split (never a mean over batches).

    `n` is the number of examples, words or tokens behind it, `ci95` a 95 % interval, `signature` how it was computed.
    """

    name: str
    value: float
    n: int
    ci95: tuple[float, float] | None = None
    signature: str = ""

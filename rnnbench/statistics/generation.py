"""Scores of generated text, by the names that a data set gives its metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from rnnbench.contracts import Score
from rnnbench.statistics.diversity import distinct
from rnnbench.statistics.edit_distance import exact_match, per, wer
from rnnbench.statistics.rouge import KINDS, rouge
from rnnbench.statistics.translation import bleu, chrf

_Scorer = Callable[[Sequence[str], Sequence[Sequence[str]], str], Score]

SCORERS: dict[str, _Scorer] = {
    "bleu": bleu,
    "chrf": lambda predictions, references, language: chrf(predictions, references),
    "exact_match": lambda predictions, references, language: exact_match(predictions, references),
    "wer": lambda predictions, references, language: wer(predictions, references),
    "per": lambda predictions, references, language: per(predictions, references),
    **{name: partial(rouge, name) for name in KINDS},
    "distinct_1": lambda predictions, references, language: distinct("distinct_1", 1, predictions, language),
    "distinct_2": lambda predictions, references, language: distinct("distinct_2", 2, predictions, language),
}
"""What computes each metric from predictions, their references and the language of both."""


def score(
    names: Sequence[str], predictions: Sequence[str], references: Sequence[Sequence[str]], language: str = ""
) -> list[Score]:
    """Return the metrics of `SCORERS` that are named, in their order.

    * `predictions`: a text for each example, which may be empty,
    * `references`: the right answers of each example, at least one,
    * `language`: of both (a code as en or zh-Hans); it decides what a word is.

    Raises `ValueError` for a name that is not in `SCORERS`, for no examples and for an example without references.
    """
    if unknown := [name for name in names if name not in SCORERS]:
        raise ValueError(f"{', '.join(unknown)} cannot be computed from texts; {', '.join(SCORERS)} can")
    if not predictions or len(predictions) != len(references):
        raise ValueError(f"{len(predictions)} predictions and {len(references)} references; give as many, and not none")
    if not all(references):
        raise ValueError("an example has no reference; give each at least one")
    return [SCORERS[name](predictions, references, language) for name in names]

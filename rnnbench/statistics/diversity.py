"""How varied generated texts are."""

from __future__ import annotations

from collections.abc import Sequence

from rnnbench.contracts import Score
from rnnbench.statistics.words import words


def distinct(name: str, order: int, predictions: Sequence[str], language: str) -> Score:
    """Return how many different n-grams of words there are among all of them (Li et al. 2016); 0 where there are none.

    It falls with the number of texts, so it has no bootstrap interval, and compares on the same test set alone.
    """
    grams: list[tuple[str, ...]] = []
    for prediction in predictions:
        found = words(prediction, language)
        grams.extend(zip(*(found[start:] for start in range(order)), strict=False))
    return Score(
        name=name,
        value=len(set(grams)) / max(1, len(grams)),
        n=len(predictions),
        signature=f"distinct {order}-grams / all {order}-grams of words in lower case, over the whole split",
    )

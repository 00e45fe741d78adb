"""Scores of a probability model say where they do not compare."""

from __future__ import annotations

import pytest

from rnnbench.contracts import compares
from rnnbench.statistics.likelihood import likelihood_scores


@pytest.mark.parametrize("kept", [True, False])
def test_scores_of_the_text_say_whether_it_was_kept(kept: bool) -> None:
    rows = [{"nll": 2.0, "tokens": 2, "target": {"characters": 3, "bytes": 4, "kept": kept}}] * 2
    scores = likelihood_scores(["loss", "perplexity", "bits_per_character", "bits_per_byte"], rows)
    assert [score.name for score in scores if not compares(score.signature)] == (
        [] if kept else ["bits_per_character", "bits_per_byte"]
    )


def test_records_of_an_older_wording_are_understood() -> None:
    assert not compares(
        "bits / bytes; the tokens are less than the text, which makes this too low to compare with others"
    )

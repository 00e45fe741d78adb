"""BLEU and chrF of a corpus, by sacrebleu, with its signatures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnbench.contracts import TOO_HIGH, Score
from rnnbench.statistics.intervals import bootstrap_sums
from rnnbench.statistics.words import OF_TOKENIZED, UNSPACED, code, look_tokenized


def bleu(predictions: Sequence[str], references: Sequence[Sequence[str]], language: str) -> Score:
    """Return BLEU (Papineni et al. 2002) in percent; `references` are the right answers of each prediction.

    Both are detokenized text, which sacrebleu tokenizes by the target language: with 13a (Post 2018, A Call for
    Clarity in Reporting BLEU Scores), Chinese with zh, and languages that put no spaces between words by character.
    Japanese is among these even where MeCab is installed, so that a score does not depend on what is installed. The
    signature says so if the references look tokenized.
    """
    from sacrebleu.metrics.bleu import BLEU

    score = _score("bleu", BLEU(tokenize=_tokenizer(language), force=True), predictions, references)
    if not look_tokenized(references):
        return score
    return replace(score, signature=f"{score.signature}; {TOO_HIGH} {OF_TOKENIZED}")


def chrf(predictions: Sequence[str], references: Sequence[Sequence[str]]) -> Score:
    """Return chrF2 (Popović 2015) in percent: the F-score of n-grams of 1 to 6 characters, recall counting twice."""
    from sacrebleu.metrics.chrf import CHRF

    return _score("chrf", CHRF(), predictions, references)


def _tokenizer(language: str) -> str:
    if code(language) in ("zh", "yue"):
        return "zh"
    return "char" if code(language) in UNSPACED else "13a"


def _score(name: str, metric: Any, predictions: Sequence[str], references: Sequence[Sequence[str]]) -> Score:
    # sacrebleu wants the first references of all examples, then the second ones …, with None where there is none.
    streams = list(zip_longest(*references))
    # The counts of each example, which its `corpus_score` sums for the value, are summed here for the interval too.
    counts = np.asarray(metric._extract_corpus_statistics(predictions, streams))

    def of_totals(totals: NDArray[Any]) -> NDArray[Any]:
        return np.asarray([metric._compute_score_from_stats(total).score for total in totals.tolist()])

    return Score(
        name=name,
        value=float(of_totals(counts.sum(axis=0, keepdims=True))[0]),
        n=len(predictions),
        ci95=bootstrap_sums(counts, of_totals),
        signature=f"sacrebleu {metric.get_signature()}; percentile bootstrap over examples",
    )

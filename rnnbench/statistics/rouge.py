"""ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004), by Google's rouge-score."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnbench.contracts import Score
from rnnbench.statistics.intervals import bootstrap_mean
from rnnbench.statistics.words import code, words

KINDS = {"rouge_1": "rouge1", "rouge_2": "rouge2", "rouge_l": "rougeL"}
"""The library's name of each metric; rougeL takes a text as one sentence, where rougeLsum splits it at line breaks."""


@dataclass(frozen=True)
class Words:
    """The words of a language, as rouge-score wants its tokenizers."""

    language: str

    def tokenize(self, text: str) -> list[str]:
        """Return the words of a text."""
        return words(text, self.language)


def rouge(name: str, predictions: Sequence[str], references: Sequence[Sequence[str]], language: str) -> Score:
    """Return the mean F-score of a key of `KINDS`; of several references the most similar one counts.

    English words are cut by rouge-score and stemmed by Porter's algorithm, as ROUGE-1.5.5 -m does; those of other
    languages, of which rouge-score would keep the letters a to z alone, are neither.
    """
    from rouge_score.rouge_scorer import RougeScorer

    english = code(language) == "en"
    kind = KINDS[name]
    scorer = RougeScorer([kind], use_stemmer=True, tokenizer=None if english else Words(language))
    values = [
        scorer.score_multi(right, prediction)[kind].fmeasure
        for prediction, right in zip(predictions, references, strict=True)
    ]
    version = importlib.metadata.version("rouge-score")
    return Score(
        name=name,
        value=float(np.mean(values)),
        n=len(values),
        ci95=bootstrap_mean(values),
        signature=f"rouge-score {version} {kind} F1, {'Porter stems' if english else 'words of letters and digits'}; "
        "best reference; percentile bootstrap over examples",
    )

"""BLEU and chrF against sacrebleu's own corpus scores, and against what goes wrong elsewhere."""

from __future__ import annotations

import pytest
from sacrebleu.metrics import BLEU, CHRF

from rnnbench.contracts import compares
from rnnbench.statistics.translation import bleu, chrf

PREDICTIONS = ["The cat sat on the mat, didn't it?", "A dog, a man and a bone.", "Nothing alike here at all"]
REFERENCES = [
    ["The cat sat on a mat, didn't it?"],
    ["The dog, the man and a bone.", "A dog, a man and the bone!"],
    ["Something quite different, in other words"],
]
STREAMS = [[answers[0] for answers in REFERENCES], [None, "A dog, a man and the bone!", None]]


def test_values_and_signatures_are_those_of_sacrebleu() -> None:
    for score, metric in ((bleu(PREDICTIONS, REFERENCES, "en"), BLEU()), (chrf(PREDICTIONS, REFERENCES), CHRF())):
        assert score.value == pytest.approx(metric.corpus_score(PREDICTIONS, STREAMS).score)
        assert score.signature == f"sacrebleu {metric.get_signature()}; percentile bootstrap over examples"
        assert score.n == 3


def test_bleu_by_hand() -> None:
    # 4 of 5 words, 3 of 4 pairs, 2 of 3 triples, 1 of 2 quadruples, and as many words as the reference.
    expected = 100 * (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25
    assert bleu(["a b c d x"], [["a b c d e"]], "en").value == pytest.approx(expected)


def test_a_second_reference_can_only_help() -> None:
    one = [answers[:1] for answers in REFERENCES]
    assert bleu(PREDICTIONS, REFERENCES, "en").value > bleu(PREDICTIONS, one, "en").value
    assert chrf(PREDICTIONS, REFERENCES).value > chrf(PREDICTIONS, one).value


def test_the_same_error_scores_otherwise_on_tokenized_text() -> None:
    # Apostrophes and commas cut off as words of their own match more easily: 13a leaves contractions whole.
    plain = bleu(["He didn't say, I think."], [["He couldn't say, I think."]], "en").value
    tokenized = bleu(["He did n't say , I think ."], [["He could n't say , I think ."]], "en").value
    assert tokenized > plain + 3


def test_the_signature_says_that_text_looks_tokenized() -> None:
    def compares_of(*references: str) -> bool:
        return compares(bleu(["so"] * len(references), [[reference] for reference in references], "fr").signature)

    assert not compares_of("He did n't say .", "No", "He did say , I think .")
    assert not compares_of("彼 は 泳ぐ 。")
    assert compares_of("He didn't say.", "He said .", "And you.")
    assert compares_of("Quoi ?", "Non !", "Rien", ".")
    assert compares_of("He left .", *["No stop here"] * 20)


def test_languages_without_spaces_are_scored_by_character() -> None:
    predictions, references = ["彼は泳ぐのが得意だ。"], [["彼は泳ぐのが得意です。"]]
    assert bleu(predictions, references, "en").value == 0
    spellings = {"char": ("ja", "ja_JP", "jpn", "th"), "zh": ("zh", "zh-Hant", "cmn")}
    for tokenizer, language in ((name, language) for name, known in spellings.items() for language in known):
        score = bleu(predictions, references, language)
        assert score.value > 60
        assert f"|tok:{tokenizer}|" in score.signature


def test_the_interval_is_about_that_of_sacrebleu() -> None:
    predictions, references = PREDICTIONS * 40, [answers[:1] for answers in REFERENCES] * 40
    score = bleu(predictions, references, "en")
    theirs = BLEU().corpus_score(predictions, [[answers[0] for answers in references]], n_bootstrap=1000)
    assert score.ci95 is not None
    assert score.ci95[0] < score.value < score.ci95[1]
    assert (score.ci95[1] - score.ci95[0]) / 2 == pytest.approx(theirs._ci, rel=0.2)


def test_empty_predictions_score_nothing() -> None:
    assert bleu(["", ""], [["a b"], ["c"]], "en").value == 0
    assert chrf(["", ""], [["a b"], ["c"]]).value == 0

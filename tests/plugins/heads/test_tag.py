"""The tagging head."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch.nn import functional

from rnnbench.contracts import Batch, Features, Sequences, TaskInfo, Vocabulary
from rnnbench.plugins.heads.tag import Tag
from rnnbench.statistics.schemes import first_illegal

SPANS = TaskInfo("tagging", "word", ("f1", "precision", "recall", "f1_conlleval", "loss"), scheme="IOB2")
PLAIN = TaskInfo("tagging", "word", ("accuracy", "unseen_accuracy", "loss"))
LABELS = ("B-LOC", "B-PER", "I-PER", "O")
GOLD = [["B-PER", "I-PER", "I-PER", "B-PER"], ["B-LOC"], ["O", "B-PER", "I-PER"]]
LENGTHS = torch.tensor([4, 1, 3])


def vocabulary(*labels: str) -> Vocabulary:
    return Vocabulary(10, labels=labels, label_counts=(1,) * len(labels))


def head(info: TaskInfo = SPANS, **params: Any) -> Tag:
    torch.manual_seed(0)
    built = Tag(6, vocabulary(*LABELS), info, **params).double()
    if built.crf is not None:
        torch.nn.init.normal_(built.crf.transitions)
    return built


def features(rows: slice = slice(None), steps: int = 4) -> Features:
    outputs = torch.randn(3, 4, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return Features(outputs[rows, :steps].clone().requires_grad_(), LENGTHS[rows], (), causal=True)


def batch(rows: slice = slice(None), steps: int = 4, padding: int = 0, targets: bool = True) -> Batch:
    values = torch.full((3, 4), padding)
    for place, tags in enumerate(GOLD):
        values[place, : len(tags)] = torch.tensor([LABELS.index(tag) for tag in tags])
    given = Sequences(values[rows, :steps], LENGTHS[rows]) if targets else None
    return Batch(torch.zeros(3, 4, dtype=torch.long)[rows, :steps], LENGTHS[rows], given, range(3)[rows])


CHOICES: list[dict[str, Any]] = [{}, {"crf": True}, {"scheme": "BIOES"}, {"crf": True, "scheme": "BIOES"}]


@pytest.mark.parametrize("params", CHOICES)
@pytest.mark.parametrize("info", [SPANS, PLAIN], ids=["spans", "plain"])
def test_loss_is_the_mean_over_words_whatever_the_padding(info: TaskInfo, params: dict[str, Any]) -> None:
    tagger, given = head(info, **params), features()
    loss = tagger.loss(given, batch())
    assert torch.isclose(loss, tagger.loss(given, batch(padding=-1)))
    alone = 0.0
    for row, length in enumerate(LENGTHS.tolist()):
        only = slice(row, row + 1)
        alone += tagger.loss(features(only, length), batch(only, length)).item() * length
    assert loss.item() == pytest.approx(alone / 8)
    (gradient,) = torch.autograd.grad(loss, given.outputs)
    assert not gradient[1, 1:].any()
    assert not gradient[2, 3:].any()
    assert (gradient.abs().sum(2) > 0).sum() == 8


@pytest.mark.parametrize("params", CHOICES)
def test_rows_are_sentences_as_long_as_their_words_and_do_not_depend_on_targets(params: dict[str, Any]) -> None:
    tagger = head(**params)
    rows = tagger.predict(features(), batch())
    blind = tagger.predict(features(), batch(targets=False))
    assert [len(row["prediction"]) for row in rows] == [4, 1, 3]
    assert [row["prediction"] for row in rows] == [row["prediction"] for row in blind]
    assert {tag for row in rows for tag in row["prediction"]} <= {*LABELS, "I-LOC"}
    assert set(blind[0]) == {"prediction"}
    total = sum(row["nll"] for row in rows)
    assert total / 8 == pytest.approx(tagger.loss(features(), batch()).item())


def test_softmax_loss_is_cross_entropy() -> None:
    tagger = head()
    logits = tagger.output(features().outputs)
    valid = torch.arange(4) < LENGTHS.unsqueeze(1)
    expected = functional.cross_entropy(logits[valid], batch().targets.values[valid])
    assert torch.isclose(tagger.loss(features(), batch()), expected)


def test_targets_are_learned_in_bioes() -> None:
    tagger = head(scheme="BIOES")
    learned = tagger._learned(batch(padding=-1))
    assert [
        [tagger.learned[place] for place in row[:length]] for row, length in zip(learned, LENGTHS, strict=True)
    ] == [
        ["B-PER", "I-PER", "E-PER", "S-PER"],
        ["S-LOC"],
        ["O", "B-PER", "E-PER"],
    ]


def test_a_span_ends_where_the_sentence_does_though_padding_looks_like_its_end() -> None:
    # Padding of 2 would be I-PER after a last word that is B-PER.
    tagger = head(scheme="BIOES")
    assert torch.equal(tagger._learned(batch(padding=2))[0], tagger._learned(batch())[0])
    assert tagger.learned[tagger._learned(batch(padding=2))[2, 2]] == "E-PER"


@pytest.mark.parametrize("scheme", ["IOB2", "BIOES"])
def test_a_conditional_random_field_gives_legal_spans_only(scheme: str) -> None:
    tagger = head(crf=True, scheme=scheme)
    for seed in range(20):
        outputs = 10 * torch.randn(3, 4, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        for row in tagger.predict(Features(outputs, LENGTHS, (), causal=True), batch(targets=False)):
            assert first_illegal(row["prediction"], "IOB2") is None


def test_plain_tags_may_follow_each_other_and_have_no_scheme() -> None:
    tagger = head(PLAIN, crf=True, scheme="BIOES")
    assert tagger.learned == LABELS
    assert tagger.crf is not None
    assert tagger.crf.allowed.all()


@pytest.mark.parametrize("params", CHOICES)
def test_it_learns_tags_that_can_be_told_from_the_features(params: dict[str, Any]) -> None:
    tagger = head(**params)
    given = features()
    optimizer = torch.optim.Adam(tagger.parameters(), lr=0.1)
    for _ in range(150):
        optimizer.zero_grad()
        tagger.loss(given, batch()).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert [row["prediction"] for row in tagger.predict(given, batch())] == GOLD


def test_weights_load_into_a_head_of_the_same_labels() -> None:
    tagger, other = (
        head(crf=True, scheme="BIOES"),
        Tag(6, vocabulary(*LABELS), SPANS, crf=True, scheme="BIOES").double(),
    )
    other.load_state_dict(tagger.state_dict())
    assert other.predict(features(), batch()) == tagger.predict(features(), batch())


def rows(*pairs: tuple[str, str], **more: list[Any]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [{"target": gold.split(), "prediction": tags.split()} for gold, tags in pairs]
    for key, values in more.items():
        for row, value in zip(made, values, strict=True):
            row[key] = value
    return made


def test_metrics_of_spans_are_strict_and_beside_them_conllevals() -> None:
    scores = {
        score.name: score
        for score in head().metrics(rows(("B-PER I-PER O", "I-PER I-PER O"), ("B-LOC O", "B-LOC B-LOC"), ("O", "O")))
    }
    assert list(scores) == ["f1", "precision", "recall", "f1_conlleval"]
    assert [score.value for score in scores.values()] == pytest.approx([1 / 2, 1 / 2, 1 / 2, 4 / 5])
    assert {score.n for score in scores.values()} == {2}
    assert scores["f1"].signature == "micro, seqeval strict, IOB2; percentile bootstrap over sentences"
    for score in scores.values():
        assert score.ci95 is not None
        assert score.ci95[0] <= score.value <= score.ci95[1]


def test_metrics_of_plain_tags_are_over_words() -> None:
    given = rows(("N V N", "N V V"), ("N", "N"), unseen=[[True, False, True], [False]])
    accuracy, unseen = head(PLAIN).metrics(given)
    assert (accuracy.name, accuracy.value, accuracy.n) == ("accuracy", 0.75, 4)
    assert (unseen.name, unseen.value, unseen.n) == ("unseen_accuracy", 0.5, 2)


def test_unseen_accuracy_is_left_out_where_nothing_says_or_no_word_is_unseen() -> None:
    assert [score.name for score in head(PLAIN).metrics(rows(("N", "N")))] == ["accuracy"]
    assert [score.name for score in head(PLAIN).metrics(rows(("N", "N"), unseen=[[False]]))] == ["accuracy"]


def test_loss_is_nats_per_word() -> None:
    given = rows(("N V N", "N V V"), ("N", "N"), nll=[3 * math.log(2), math.log(4)])
    loss = head(PLAIN).metrics(given)[-1]
    assert (loss.name, loss.n, loss.signature.partition(";")[0]) == ("loss", 4, "nats per word")
    assert loss.value == pytest.approx(5 / 4 * math.log(2))

"""Every task runs from its data set to its scores, and predicts afterwards from the run's folder alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

from rnnbench.catalog import registry
from rnnbench.contracts import Choice, DataError, IncompatibleError, Job, UsageError
from rnnbench.pipeline import predict
from rnnbench.pipeline.run import run

MakeJob = Callable[..., Job]

TASKS: dict[str, dict[str, Any]] = {
    "regression": {"data": "curves", "task": "mse", "tokenizer": "none", "max_epochs": 8},
    "tagging": {"data": "tagged", "tokenizer": "char", "task": "tag", "bidirectional": True, "head": {"crf": True}},
    "tagging by characters": {
        "data": "tagged",
        "tokenizer": "char",
        "task": "tag",
        "parts": {"char.cell": Choice("gru")},
        "word_dropout": 0.25,
        "letter_hidden_size": 4,
    },
    "tagging by convolved characters": {
        "data": "tagged",
        "tokenizer": "char",
        "task": "tag",
        "parts": {"char.cell": Choice("cnn")},
    },
    "language modelling": {"data": "verse", "task": "lm", "bptt": 7, "batch_size": 4, "streams": 3, "max_epochs": 6},
    "language modelling, regularised": {
        "data": "verse",
        "task": "lm",
        "bptt": 5,
        "batch_size": 4,
        "layers": 2,
        "dropout": 0.1,
        "variational_dropout": True,
        "embedding_dropout": 0.1,
        "weight_drop": 0.1,
        "recurrent_dropout": 0.1,
        "zoneout": 0.1,
        "head": {"tied": True, "activation_penalty": 1.0, "slowness_penalty": 1.0},
    },
    "transduction": {
        "data": "mirror",
        "tokenizer": "char",
        "task": "seq2seq",
        "bidirectional": True,
        "head": {"beam_size": 3},
    },
    "transduction, additive": {
        "data": "mirror",
        "tokenizer": "char",
        "task": "seq2seq",
        "cell": "lstm",
        "head": {"attention": "additive"},
    },
    "transduction, step by step": {
        "data": "mirror",
        "tokenizer": "char",
        "task": "seq2seq",
        "head": {"input_feeding": True, "scheduled_sampling": 0.3, "tied": True},
    },
    "transduction from a bag": {
        "data": "mirror",
        "tokenizer": "char",
        "task": "seq2seq",
        "cell": "bow",
        "parts": {"decoder.cell": Choice("slstm"), "target_tokenizer": Choice("byte")},
        "head": {"attention": "none"},
    },
    "captioning": {"data": "bars", "tokenizer": "char", "task": "caption"},
    "captioning, blind": {"data": "bars", "tokenizer": "char", "task": "caption", "head": {"blind": True}},
}


def ignore(event: dict[str, Any]) -> None:
    pass


def column_of(job: Job) -> list[Any]:
    dataset = registry.build("dataset", job.dataset.name, {})
    values: list[Any] = dataset.load("test")[dataset.info.columns[0]].to_pylist()
    return values


@pytest.mark.parametrize("task", TASKS)
def test_a_task_is_trained_tested_and_predicted(task: str, make_job: MakeJob) -> None:
    job = make_job(**TASKS[task])
    outcome = run(job, ignore)
    names = registry.build("dataset", job.dataset.name, {}).info.metrics
    assert [metric["name"] for metric in outcome.metrics] == list(names)
    assert outcome.curve[-1]["train_loss"] < outcome.curve[0]["train_loss"]
    rows = [json.loads(line) for line in (job.directory / "predictions.test.jsonl").read_text().splitlines()]
    if job.dataset.name == "verse":
        return
    predicted = predict.load(job.directory).predict(column_of(job))
    for row, again in zip(rows, predicted, strict=True):
        expected = row["prediction"]
        assert again["prediction"] == (pytest.approx(expected, rel=1e-4) if isinstance(expected, float) else expected)


def test_a_stream_counts_every_token_and_every_character_once(make_job: MakeJob) -> None:
    job = make_job(**TASKS["language modelling"])
    outcome = run(job, ignore)
    texts = column_of(job)
    by_name = {metric["name"]: metric for metric in outcome.metrics}
    rows = [json.loads(line) for line in (job.directory / "predictions.test.jsonl").read_text().splitlines()]
    assert sum(len(row["text"].replace("</s>", "")) for row in rows) == sum(map(len, texts))
    # Letters are tokens here, and the end of each row is one more.
    tokens = sum(len(text) + 1 for text in texts)
    assert by_name["loss"]["n"] == by_name["bits_per_character"]["n"] == tokens
    assert by_name["bits_per_character"]["value"] == pytest.approx(by_name["loss"]["value"] / 0.6931472, rel=1e-5)
    assert by_name["loss"]["signature"].endswith("; streams: 3, states carried, nothing left out")


@pytest.mark.parametrize(("tokenizer", "compares"), [("letters", True), ("byte", True), ("word", False)])
def test_bits_say_whether_they_compare_across_tokenizers(tokenizer: str, compares: bool, make_job: MakeJob) -> None:
    # Every row of the test is a word that training never shows.
    job = make_job(**{**TASKS["language modelling"], "tokenizer": tokenizer, "max_epochs": 1})
    signatures = {metric["name"]: metric["signature"] for metric in run(job, ignore).metrics}
    for unit in ("character", "byte"):
        assert ("too low to compare" in signatures[f"bits_per_{unit}"]) != compares
    assert "too low" not in signatures["loss"]


def test_a_stream_is_scored_alike_however_it_is_cut(make_job: MakeJob) -> None:
    job = make_job(**{**TASKS["language modelling"], "streams": 1})
    run(job, ignore)
    predictor = predict.load(job.directory)
    rows = [json.loads(line) for line in (job.directory / "predictions.test.jsonl").read_text().splitlines()]
    whole = sum(row["nll"] for row in rows)
    # The whole split in one window, from its beginning: carried states are what makes both equal.
    ids = [token for text in column_of(job) for token in [*predictor.tokenizer.encode(text), 3]]
    with torch.no_grad():
        features, _ = predictor.network.advance(torch.tensor([[3, *ids[:-1]]]), None)
        scores = predictor.network.head.scores(features)[0].log_softmax(-1)
    assert -float(scores[torch.arange(len(ids)), torch.tensor(ids)].sum()) == pytest.approx(whole, rel=1e-4)


def test_a_language_model_learns_what_follows_and_writes_it(make_job: MakeJob) -> None:
    job = make_job(**{**TASKS["language modelling"], "max_epochs": 30, "hidden_size": 24, "patience": None})
    run(job, ignore)
    predictor = predict.load(job.directory)
    written = "".join(predictor.generate("abc", length=6, temperature=0.0))
    assert written.replace("\n", "").startswith("defg")
    first = list(predictor.generate("ab", length=20, seed=4))
    assert first == list(predictor.generate("ab", length=20, seed=4))
    assert first != list(predictor.generate("ab", length=20, seed=5))


def test_a_prompt_with_unknown_letters_is_named(make_job: MakeJob) -> None:
    job = make_job(**TASKS["language modelling"])
    run(job, ignore)
    with pytest.raises(DataError, match="the prompt has 'q', which the training text never showed"):
        predict.load(job.directory).generate("aqb")


def test_texts_are_found_best_first_with_the_attention_of_the_best(make_job: MakeJob) -> None:
    job = make_job(**TASKS["transduction"])
    run(job, ignore)
    predictor = predict.load(job.directory)
    (found,) = predictor.write(["abc"], beam_size=4)
    assert len(found) == 4
    assert all(row["finished"] for row in found[:1])
    scores = [row["score"] for row in found]
    assert scores == sorted(scores, reverse=True)
    read, written, weights = predictor.attention("abc", beam_size=4)
    assert read == ["a", "b", "c"]
    assert weights.shape == (len(written), 3)
    assert weights.sum(-1).tolist() == pytest.approx([1.0] * len(written))


def test_texts_that_are_cut_off_are_counted(make_job: MakeJob) -> None:
    job = make_job(**{**TASKS["transduction"], "head": {"max_length": 2}})
    outcome = run(job, ignore)
    rows = [json.loads(line) for line in (job.directory / "predictions.test.jsonl").read_text().splitlines()]
    cut = sum(not row["finished"] for row in rows)
    assert cut > 0
    assert all(row["finished"] or len(row["prediction"]) == 2 for row in rows)
    signature = next(metric["signature"] for metric in outcome.metrics if metric["name"] == "exact_match")
    assert signature.endswith(f"; {cut} of {len(rows)} texts cut off at head.max_length=2")


@pytest.mark.parametrize("number", [{"beam_size": 0}, {"length_penalty": -0.1}, {"length_penalty": 1000}])
def test_a_search_by_numbers_without_sense_is_refused(number: dict[str, Any], make_job: MakeJob) -> None:
    job = make_job(**{**TASKS["transduction"], "max_epochs": 1})
    run(job, ignore)
    predictor = predict.load(job.directory)
    for search in (lambda: predictor.write(["abc"], **number), lambda: predictor.attention("abc", **number)):
        with pytest.raises(UsageError, match=f"{next(iter(number))}=.*: expected a number "):
            search()


def test_what_is_unknown_to_a_tokenizer_of_words_is_named_by_words(make_job: MakeJob) -> None:
    job = make_job(**{**TASKS["language modelling"], "tokenizer": "word"})
    run(job, ignore)
    # The rows of train are words; no single letter is.
    word = registry.build("dataset", "verse", {}).load("train")["text"][0].as_py()
    with pytest.raises(DataError, match="the prompt has 'xyz', which the training text never showed"):
        predict.load(job.directory).generate(f"{word} xyz")


@pytest.mark.parametrize(
    ("task", "value", "message"),
    [
        ("regression", "abc", "input 1 is 'abc'; this run reads a list of lists of numbers"),
        ("regression", [[0.5, "x"]], "input 1 is not a list of lists of numbers"),
        ("regression", [[0.5, 1.0], [2.0]], "input 1 is not a list of vectors of 2 numbers each"),
        ("tagging", ["a", 7], "input 1: word 2 is 7; give a list of strings, none of them empty"),
        ("tagging", [0, "a"], "input 1: word 1 is 0; give"),
        ("tagging", ["a", ""], "input 1: word 2 is ''; give"),
        ("tagging", 7, "input 1 is '7'; this run reads a sentence: a text, or a list of its words"),
    ],
)
def test_what_is_no_input_of_the_task_is_told(task: str, value: Any, message: str, make_job: MakeJob) -> None:
    job = make_job(**{**TASKS[task], "max_epochs": 1})
    run(job, ignore)
    with pytest.raises(DataError, match=message):
        predict.load(job.directory).predict([value])


def test_vectors_may_be_an_array(make_job: MakeJob) -> None:
    job = make_job(**{**TASKS["regression"], "max_epochs": 1})
    run(job, ignore)
    predictor = predict.load(job.directory)
    assert predictor.predict(np.array([[[0.5, 0.25]]])) == predictor.predict([[[0.5, 0.25]]])


def test_texts_that_are_read_together_become_what_each_becomes_alone(make_job: MakeJob) -> None:
    job = make_job(**TASKS["transduction"])
    run(job, ignore)
    predictor = predict.load(job.directory)
    texts = ["abcde", "a", "dcb", "ab"] * 6
    together = predictor.write(texts)
    for text, found in zip(texts[:4], together[:4], strict=True):
        (alone,) = predictor.write([text])
        assert [row["text"] for row in found] == [row["text"] for row in alone]
        assert found[0]["score"] == pytest.approx(alone[0]["score"], rel=1e-4)
    assert predictor.write([]) == []


@pytest.mark.parametrize(
    ("method", "message"),
    [("write", "head is classify, and this needs one that writes texts"), ("attention", "writes with attention")],
)
def test_a_run_of_another_head_says_what_is_needed(method: str, message: str, make_job: MakeJob) -> None:
    job = make_job()
    run(job, ignore)
    predictor = predict.load(job.directory)
    with pytest.raises(IncompatibleError, match=message):
        getattr(predictor, method)(["abc"])
    with pytest.raises(IncompatibleError, match="predicts what comes next: lm"):
        predictor.generate("abc")


def test_a_captioning_run_reads_image_files_of_any_size(make_job: MakeJob, tmp_path: Path) -> None:
    from PIL import Image

    job = make_job(**TASKS["captioning"])
    run(job, ignore)
    predictor = predict.load(job.directory)
    Image.new("RGB", (40, 30), "white").save(tmp_path / "large.jpg")
    assert len(predictor.predict([str(tmp_path / "large.jpg")])) == 1
    (tmp_path / "broken.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"input 1 \(.*/broken\.png\) is no image that can be decoded; give a PNG"):
        predictor.predict([str(tmp_path / "broken.png")])
    whole = (tmp_path / "large.jpg").read_bytes()
    with pytest.raises(DataError, match=r"input 2 is an image that cannot be decoded \(.*runcated.*\); replace it"):
        predictor.predict([whole, whole[:-200]])
    with pytest.raises(DataError, match=r"input 1 \(.*/absent\.png\): No such file"):
        predictor.predict([str(tmp_path / "absent.png")])


def test_blind_captions_are_all_the_same(make_job: MakeJob) -> None:
    job = make_job(**TASKS["captioning, blind"])
    run(job, ignore)
    assert len({row["prediction"] for row in predict.load(job.directory).predict(column_of(job))}) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"data": "mirror", "tokenizer": "char", "task": "seq2seq", "cell": "bow"},
            r"cell=bow sees the whole sequence; give cell@decoder",
        ),
        ({"data": "verse", "task": "lm", "bidirectional": True}, "model.bidirectional=true sees what comes later"),
        ({"data": "verse", "task": "lm", "cell": "cnn"}, "cell=cnn sees what comes later, and head=lm predicts it"),
        ({"parts": {"char.cell": Choice("gru")}}, "reads the characters of words, but dataset=toy gives text"),
        ({"data": "curves", "task": "mse", "embedding": "x.vec"}, "vectors of words, but dataset=curves gives vectors"),
    ],
)
def test_what_cannot_work_together_is_one_sentence(changes: dict[str, Any], message: str, make_job: MakeJob) -> None:
    with pytest.raises(IncompatibleError, match=message):
        run(make_job(**changes), ignore)


@pytest.mark.parametrize("other", [{"data": "mirror", "task": "seq2seq"}, {"data": "verse", "tokenizer": "byte"}])
def test_the_vocabulary_of_another_run_is_refused(other: dict[str, str], make_job: MakeJob) -> None:
    jobs = [make_job("one", data="verse", task="lm"), make_job("two", **{"task": "lm", **other})]
    for job in jobs:
        run(job, ignore)
    one, two = (job.directory / "tokenizers.json" for job in jobs)
    one.write_bytes(two.read_bytes())
    with pytest.raises(DataError, match=r"one/tokenizers\.json has the vocabulary of another run"):
        predict.load(jobs[0].directory)


def test_a_vocabulary_of_the_same_size_is_another_all_the_same(make_job: MakeJob) -> None:
    job = make_job(**TASKS["language modelling"])
    run(job, ignore)
    path = job.directory / "tokenizers.json"
    states = json.loads(path.read_text())
    learned = next(iter(states["tokenizer"].values()))
    learned[0], learned[1] = learned[1], learned[0]
    path.write_text(json.dumps(states))
    with pytest.raises(DataError, match="has the vocabulary of another run"):
        predict.load(job.directory)


def test_sentences_with_more_tags_than_words_are_named(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    table = pa.table({"words": [["a"], ["a", "b"]], "tags": [["O"], ["O"]]})
    monkeypatch.setattr(registry.find("dataset", "tagged").load(), "load", lambda self, split: table)
    with pytest.raises(DataError, match="train row 2 has 2 words but 1 tags; give one tag a word"):
        run(make_job(data="tagged", task="tag", tokenizer="char"), ignore)


@pytest.mark.parametrize(
    ("text", "unknown"),
    [("aab", []), ("xa", []), ("xyx", ["x", "y"]), ("x!", ["x", "!"]), ("", [])],
)
def test_a_text_is_unknown_where_none_of_its_letters_was_shown(
    text: str, unknown: list[str], make_job: MakeJob
) -> None:
    job = make_job(**{**TASKS["transduction"], "max_epochs": 1})
    run(job, ignore)
    assert predict.load(job.directory).unknown(text) == unknown

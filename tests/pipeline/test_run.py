"""A run: from a job to its outcome."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from rnnbench.catalog import registry
from rnnbench.contracts import (
    Checkpoint,
    Choice,
    DataError,
    IncompatibleError,
    Job,
    PluginError,
    RnnbenchError,
    Score,
    TaskInfo,
    UnavailableError,
    UsageError,
)
from rnnbench.networks import Network
from rnnbench.pipeline import fit
from rnnbench.pipeline.blame import blaming_plugins
from rnnbench.pipeline.fit import standing
from rnnbench.pipeline.run import run
from rnnbench.records import record, schema

MakeJob = Callable[..., Job]


def ignore(event: dict[str, Any]) -> None:
    pass


def test_the_outcome_is_what_a_record_asks_for(make_job: MakeJob) -> None:
    job = make_job(throughput=True, layers=2, bidirectional=True)
    outcome = run(job, ignore)
    for kind in ("Data", "Model", "Timing", "Memory", "Selection"):
        schema.build(getattr(record, kind), getattr(outcome, kind.lower()))
    for row in outcome.metrics:
        schema.build(record.Metric, row)
    for row in outcome.curve:
        schema.build(record.Epoch, row)
    for row in outcome.samples.values():
        schema.build(record.Samples, row)
    schema.parse(json.dumps(vars(outcome), allow_nan=False))
    assert outcome.data["labels"] == ["consonant", "vowel", "z"]
    assert {split: entry["rows"] for split, entry in outcome.data["splits"].items()} == {
        "train": 60,
        "validation": 60,
        "test": 60,
    }
    embedding, hidden, vocabulary = 5, 6, outcome.data["tokenizer"]["vocabulary"]
    gru = 2 * sum(3 * hidden * (size + hidden) + 6 * hidden for size in (embedding, 2 * hidden))
    assert outcome.model["embedding_parameters"] == vocabulary * embedding
    assert outcome.model["parameters"] == vocabulary * embedding + gru + 3 * 2 * hidden + 3
    assert outcome.model["state_bytes"] == 4 * hidden * 4
    assert (outcome.model["backend_requested"], outcome.model["dtype"]) == ("auto", "float32")
    assert [row["name"] for row in outcome.metrics] == ["accuracy", "macro_f1"]
    assert outcome.timing["throughput"].keys() == {"train", "inference"}
    assert outcome.memory["peak_rss_bytes"] > 10 * 2**20


def test_predictions_are_one_line_per_row_and_give_the_metrics(make_job: MakeJob) -> None:
    job = make_job()
    outcome = run(job, ignore)
    samples = outcome.samples["test"]
    content = (job.directory / samples["path"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == samples["sha256"]
    rows = [json.loads(line) for line in content.splitlines()]
    assert [row["row"] for row in rows] == list(range(60)) == list(range(samples["n"]))
    table = registry.build("dataset", "toy", {}).load("test")
    assert [row["target"] for row in rows] == table["label"].to_pylist()
    right = sum(row["prediction"] == row["target"] for row in rows)
    assert outcome.metrics[0]["value"] == right / 60


def test_the_network_learns(make_job: MakeJob) -> None:
    outcome = run(make_job(dataset={"size": 300}, max_epochs=12, patience=None, learning_rate=0.02), ignore)
    assert outcome.metrics[0]["value"] > outcome.data["majority"] + 0.2
    losses = [row["train_loss"] for row in outcome.curve]
    assert losses[-1] < losses[0] / 2


def test_the_same_job_gives_the_same_bits_and_another_seed_others(make_job: MakeJob) -> None:
    outcomes = [run(make_job(str(index), seed=seed, dropout=0.2), ignore) for index, seed in enumerate((1, 1, 2))]
    samples = [outcome.samples["test"]["sha256"] for outcome in outcomes]
    assert samples[0] == samples[1] != samples[2]


@pytest.mark.parametrize("cell", registry.names("cell"))
def test_every_cell_runs(cell: str, make_job: MakeJob) -> None:
    outcome = run(make_job(cell=cell, max_epochs=1), ignore)
    assert 0 <= outcome.metrics[0]["value"] <= 1


@pytest.mark.parametrize("precision", ["64-true", "bf16-mixed"])
def test_other_precisions_run(precision: str, make_job: MakeJob) -> None:
    outcome = run(make_job(precision=precision, max_epochs=1, throughput=precision == "64-true"), ignore)
    assert outcome.model["dtype"] == {"64-true": "float64", "bf16-mixed": "float32"}[precision]


def test_events_tell_how_far_the_run_is(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "STEP_REPORT_SECONDS", 0.0)
    events: list[dict[str, Any]] = []
    run(make_job(max_epochs=2), events.append)
    assert [event["event"] for event in events] == ["data", *(["step"] * 8 + ["epoch"]) * 2, "test"]
    assert [(event["step"], event["of"]) for event in events if event["event"] == "step"][-1] == (16, 16)


def test_steps_are_reported_five_times_a_second_at_most(make_job: MakeJob) -> None:
    events: list[dict[str, Any]] = []
    outcome = run(make_job(max_epochs=4, patience=None), events.append)
    steps = sum(event["event"] == "step" for event in events)
    assert steps <= 1 + outcome.timing["fit"] / fit.STEP_REPORT_SECONDS


def test_training_stops_after_max_steps_and_validates_there(make_job: MakeJob) -> None:
    outcome = run(make_job(max_steps=11), ignore)
    assert [(row["epoch"], row["step"]) for row in outcome.curve] == [(0, 8), (1, 11)]


def scripted(monkeypatch: pytest.MonkeyPatch, values: list[float]) -> None:
    """Let the validation scores be these, one an epoch."""
    script = iter(values)
    original = fit.Keeper._validate

    def validate(self: Any, precision: Any) -> Any:
        value = next(script)
        return [type(score)(score.name, value, score.n) for score in original(self, precision)]

    monkeypatch.setattr(fit.Keeper, "_validate", validate)


def test_patience_ends_training_and_the_best_weights_are_tested(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, [0.1, 0.5, 0.5, 0.4, 0.9])
    outcome = run(make_job(max_epochs=9, patience=2), ignore)
    assert [row["epoch"] for row in outcome.curve] == [0, 1, 2, 3]
    assert outcome.selection == {
        "checkpoint": "best",
        "metric": "accuracy",
        "epoch": 1,
        "step": 16,
        "value": 0.5,
        "resumed": False,
    }
    monkeypatch.undo()


def scores(**values: float) -> list[Score]:
    return [Score(name, value, 1) for name, value in values.items()]


def test_the_next_metric_decides_while_the_first_is_at_its_worst() -> None:
    names = ("bleu", "wer", "chrf")
    nothing = standing(names, scores(bleu=0.0, wer=1.0, chrf=0.0))
    by_chrf = [standing(names, scores(bleu=0.0, wer=1.0, chrf=value)) for value in (2.0, 3.0)]
    by_wer = [standing(names, scores(bleu=0.0, wer=value, chrf=0.0)) for value in (0.9, 0.5)]
    by_bleu = [standing(names, scores(bleu=value, wer=1.0, chrf=9.0)) for value in (0.1, 0.2)]
    ordered = [nothing, *by_chrf, *by_wer, *by_bleu]
    assert ordered == sorted(ordered)
    assert len({tuple(item) for item in ordered}) == len(ordered)
    assert standing(names, scores(chrf=3.0)) == [3.0]
    assert by_bleu[0] == standing(names, scores(bleu=0.1, wer=0.2, chrf=50.0))


def test_a_worst_score_neither_keeps_the_first_weights_nor_ends_training(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, [0.0, 0.0, 0.0, 0.0, 0.5, 0.0])
    outcome = run(make_job(max_epochs=6, patience=2), ignore)
    assert len(outcome.curve) == 6
    assert (outcome.selection["epoch"], outcome.selection["value"]) == (4, 0.5)
    monkeypatch.undo()


def weights(job: Job) -> dict[str, Any]:
    loaded: dict[str, Any] = torch.load(job.directory / "weights.pt", weights_only=True)
    return {name: tensor.tolist() for name, tensor in loaded.items()}


def test_best_and_last_weights_are_those_of_their_epoch(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = {
        "best": make_job("best", max_epochs=3),
        "last": make_job("last", max_epochs=3, checkpoint=Checkpoint.last),
        "one": make_job("one", max_epochs=1),
    }
    outcomes = {}
    for name, job in jobs.items():
        with monkeypatch.context() as patch:
            scripted(patch, [0.5, 0.4, 0.3])
            outcomes[name] = run(job, ignore)
    assert weights(jobs["best"]) == weights(jobs["one"]) != weights(jobs["last"])
    assert (outcomes["last"].selection["epoch"], outcomes["last"].selection["value"]) == (2, 0.3)


def test_a_schedule_is_stepped_after_every_epoch(make_job: MakeJob) -> None:
    settings = {"schedule": "StepLR", "schedule_options": {"step_size": 1, "gamma": 0.5}, "learning_rate": 0.1}
    outcome = run(make_job(max_epochs=3, patience=None, **settings), ignore)
    assert [row["learning_rate"] for row in outcome.curve] == pytest.approx([0.1, 0.05, 0.025])


def test_a_plateau_schedule_is_given_the_metric(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, [0.5, 0.6, 0.6, 0.6])
    settings = {"schedule": "ReduceLROnPlateau", "schedule_options": {"patience": 0, "factor": 0.1}}
    outcome = run(make_job(max_epochs=4, patience=None, learning_rate=0.1, **settings), ignore)
    assert [row["learning_rate"] for row in outcome.curve] == pytest.approx([0.1, 0.1, 0.1, 0.01])


@pytest.mark.parametrize(("setting", "bound"), [("clip_norm", 1e-3), ("clip_value", 1e-4)])
def test_gradients_are_clipped(setting: str, bound: float, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[torch.Tensor] = []
    original = torch.optim.SGD.step

    def step(self: Any, *arguments: Any) -> Any:
        seen.append(torch.cat([parameter.grad.ravel() for parameter in self.param_groups[0]["params"]]))
        return original(self, *arguments)

    monkeypatch.setattr(torch.optim.SGD, "step", step)
    limits = {"clip_norm": None, "clip_value": None, setting: bound}
    run(make_job(optimizer="SGD", max_steps=3, **limits), ignore)
    sizes = [float(gradient.norm() if setting == "clip_norm" else gradient.abs().max()) for gradient in seen]
    assert len(sizes) == 3
    assert sizes == pytest.approx([bound] * 3, rel=1e-3)


def test_without_clipping_gradients_stay_as_they_are(make_job: MakeJob) -> None:
    jobs = [make_job("a", clip_norm=None), make_job("b", clip_norm=1e9), make_job("c", clip_norm=1e-3)]
    for job in jobs:
        run(job, ignore)
    assert weights(jobs[0]) == weights(jobs[1]) != weights(jobs[2])


def test_a_loss_that_is_not_finite_stops_the_run_with_the_step(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Network.loss
    calls = iter(range(100))
    monkeypatch.setattr(
        Network, "loss", lambda self, batch: original(self, batch) * (1 if next(calls) < 4 else math.nan)
    )
    message = (
        r"the loss became not finite \(nan\) at step 5; lower training\.learning_rate or set training\.clip_norm\.$"
    )
    with pytest.raises(RnnbenchError, match=message):
        run(make_job(), ignore)


def test_pretrained_vectors_start_the_embedding_and_their_coverage_is_told(make_job: MakeJob) -> None:
    job = make_job(freeze_embedding=True, max_epochs=1)
    job.directory.mkdir()
    path = job.directory / "letters.vec"
    path.write_text("a 1 2 3\nb 4 5 6\nq 7 8 9\n")
    job.settings.model.embedding = str(path)
    events: list[dict[str, Any]] = []
    outcome = run(job, events.append)
    learned = outcome.data["tokenizer"]["vocabulary"] - 4
    assert {"event": "embedding", "found": 2, "of": learned, "coverage": 2 / learned} in events
    assert outcome.model["embedding_coverage"] == 2 / learned
    rows = weights(job)["inputs.embedding.weight"]
    assert [row for row in rows if row[0] in (1, 4)] == [[1, 2, 3], [4, 5, 6]]
    assert outcome.model["embedding_parameters"] == 0


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"hidden_size": 0}, UsageError, r"model\.hidden_size=0: expected a number at least 1"),
        ({"max_steps": 0}, UsageError, r"training\.max_steps=0: expected at least 1, or -1"),
        ({"patience": 0}, UsageError, r"training\.patience=0"),
        ({"dropout": 1.0}, UsageError, r"model\.dropout=1\.0"),
        ({"optimizer": "Adamm"}, UsageError, r"Did you mean Adam"),
        ({"backend": "refrence"}, UsageError, r"Did you mean reference"),
        ({"device": "cuda:99"}, UnavailableError, r"device=cuda:99: this machine has"),
        ({"cell": "bow", "bidirectional": True}, IncompatibleError, r"model\.bidirectional=true: Bow sees the whole"),
        ({"max_length": 3}, DataError, r"training\.max_length=3"),
        ({"dataset": {"extra": "odd"}}, DataError, r"the test split has the class 'odd'"),
        ({"head": {"pooling": "first"}}, UsageError, r"head\.pooling=first"),
        (
            {"dataset": {"raises": True}},
            PluginError,
            r"dataset=toy \(.*plugins\) raised KeyError: .*toy\.py, line \d+\)",
        ),
    ],
)
def test_what_cannot_be_run_is_one_sentence(
    changes: dict[str, Any], error: type[RnnbenchError], message: str, make_job: MakeJob
) -> None:
    with pytest.raises(error, match=message) as raised:
        run(make_job(**changes), ignore)
    assert "\n" not in str(raised.value)


def test_a_head_refuses_a_task_it_cannot_serve(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry.find("head", "classify").load(), "accepts", frozenset({"tagging"}))
    message = "dataset=toy is a classification task, but head=classify serves only tagging; choose head=auto"
    with pytest.raises(IncompatibleError, match=message):
        run(make_job(), ignore)


def test_a_metric_that_the_head_does_not_compute_cannot_select(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        registry.find("dataset", "toy").load(), "info", TaskInfo("classification", "letters", ("perplexity",))
    )
    with pytest.raises(IncompatibleError, match="by perplexity, but head=classify gives only accuracy, macro_f1"):
        run(make_job(), ignore)


def test_an_error_inside_a_cell_names_the_cell(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = registry.find("cell", "bow").load()
    original = kind.forward
    monkeypatch.setattr(kind, "forward", lambda self, x, *rest: original(self, "no tensor", *rest))
    with pytest.raises(PluginError, match=r"cell=bow \(rnnbench .*\) raised .*bow\.py, line \d+\); fix it or choose"):
        run(make_job(cell="bow"), ignore)


def test_memory_that_runs_out_is_blamed_on_nobody(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = registry.find("cell", "bow").load()
    monkeypatch.setattr(kind, "forward", lambda self, x, *rest: torch.empty(2**62, dtype=torch.uint8))
    with pytest.raises(MemoryError):
        run(make_job(cell="bow"), ignore)


def test_an_error_inside_a_plugin_at_a_place_names_the_place(make_job: MakeJob) -> None:
    job = replace(make_job(cell="gru"), parts={"decoder.cell": Choice("bow")})
    blamed = r"cell@decoder.cell=bow \(rnnbench .*bow\.py, line \d+\); fix it or choose"
    with pytest.raises(PluginError, match=blamed), blaming_plugins(job):
        registry.build("cell", "bow", {}, input_size="wide", hidden_size=4)

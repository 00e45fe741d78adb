"""Prediction from a run's folder alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rnnbench
from rnnbench.catalog import registry
from rnnbench.contracts import DataError, Job, UsageError
from rnnbench.pipeline.predict import load
from rnnbench.pipeline.run import run

MakeJob = Callable[..., Job]


def finished(job: Job) -> Path:
    run(job, lambda event: None)
    return job.directory


@pytest.mark.parametrize("cell", ["bow", "lstm"])
def test_a_run_predicts_what_it_predicted_when_it_was_tested(cell: str, make_job: MakeJob, tmp_path: Path) -> None:
    folder = finished(make_job(cell=cell, layers=2))
    # Elsewhere, and with no data set to be had.
    folder = folder.rename(tmp_path / "moved")
    texts = registry.build("dataset", "toy", {}).load("test")["text"].to_pylist()
    rows = rnnbench.load(str(folder)).predict(texts)
    expected = [json.loads(line) for line in (folder / "predictions.test.jsonl").read_text().splitlines()]
    assert [row["prediction"] for row in rows] == [row["prediction"] for row in expected]
    assert [row["probability"] for row in rows] == pytest.approx([row["probability"] for row in expected], rel=1e-5)


def test_no_data_set_is_asked(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = finished(make_job())

    def refuse(*_: Any) -> None:
        raise AssertionError("loaded")

    monkeypatch.setattr(registry.find("dataset", "toy").load(), "load", refuse)
    assert len(load(folder).predict(["ab"])) == 1


def test_order_is_kept_over_batches_and_nothing_gives_nothing(make_job: MakeJob) -> None:
    predictor = load(finished(make_job()))
    texts = ["abcdefg", "a", "zz", "bcd"] * 10
    together = predictor.predict(texts)
    alone = [predictor.predict([text])[0] for text in texts[:4]]
    assert [row["prediction"] for row in together[:4]] == [row["prediction"] for row in alone]
    assert predictor.predict([]) == []


def test_one_input_has_to_stand_in_a_list(make_job: MakeJob) -> None:
    predictor = load(finished(make_job()))
    for alone in ("the cat", b"the cat", Path("cat.png"), 7, iter(["cat"])):
        with pytest.raises(UsageError, match=r"is no list of inputs; for one input, give a list of one: \[input\]"):
            predictor.predict(alone)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  ", "input 2 is a text without a token: '  '"),
        ("a" * 99, r"input 2 has 99 tokens, more than training\.max_length=20"),
    ],
)
def test_a_text_that_cannot_be_read_is_named_by_its_number(text: str, message: str, make_job: MakeJob) -> None:
    with pytest.raises(DataError, match=message):
        load(finished(make_job(max_length=20))).predict(["a", text])


@pytest.mark.parametrize("missing", ["job.json", "tokenizers.json", "network.json", "weights.pt"])
def test_a_folder_that_is_no_finished_run_is_a_usage_error(missing: str, make_job: MakeJob, tmp_path: Path) -> None:
    folder = finished(make_job())
    (folder / missing).unlink()
    with pytest.raises(UsageError, match=rf"run is no finished run: it has no {missing}\."):
        load(folder)
    with pytest.raises(UsageError, match="nowhere is no finished run"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["job.json", "tokenizers.json", "network.json"])
def test_a_corrupt_file_is_a_data_error(name: str, make_job: MakeJob) -> None:
    folder = finished(make_job())
    path = folder / name
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"run cannot be read \(.*\); run it again with force=true"):
        load(folder)


def test_a_run_whose_plugins_have_changed_is_a_data_error(make_job: MakeJob) -> None:
    folder = finished(make_job())
    path = folder / "job.json"
    job = json.loads(path.read_text())
    for change in ({"cell": {"name": "lstm", "params": {}}}, {"head": {"name": "classify", "params": {"gone": 1}}}):
        path.write_text(json.dumps(job | change))
        with pytest.raises(DataError, match="does not fit its plugins, which have changed since"):
            load(folder)


def without_hash(folder: Path) -> None:
    """Make the run one of an earlier version."""
    path = folder / "network.json"
    facts = json.loads(path.read_text())
    del facts["weights_sha256"]
    path.write_text(json.dumps(facts))


@pytest.mark.parametrize("content", [b"", b"PK nothing", None])
@pytest.mark.parametrize("earlier", [False, True])
def test_damaged_weights_are_one_sentence(earlier: bool, content: bytes | None, make_job: MakeJob) -> None:
    folder = finished(make_job())
    path = folder / "weights.pt"
    path.write_bytes(path.read_bytes()[:-20] if content is None else content)
    if earlier:
        without_hash(folder)
    with pytest.raises(
        DataError, match=r"weights\.pt is damaged: it has [\d,]+ bytes, .*; bring .* with force=true\.$"
    ):
        load(folder)


@pytest.mark.parametrize("earlier", [False, True])
def test_weights_of_other_shapes_are_told_with_the_first_that_differs(
    earlier: bool, make_job: MakeJob, tmp_path: Path
) -> None:
    folder = finished(make_job(hidden_size=6)).rename(tmp_path / "other")
    weights = (folder / "weights.pt").read_bytes()
    folder = finished(make_job(hidden_size=7))
    (folder / "weights.pt").write_bytes(weights)
    if earlier:
        without_hash(folder)
    found = r"weights of other shapes than this run's network: \S+ is \(18, 5\), and should be \(21, 5\); bring"
    with pytest.raises(DataError, match=rf"weights\.pt has {found}"):
        load(folder)


def test_weights_of_the_same_shapes_from_another_run_are_told(make_job: MakeJob, tmp_path: Path) -> None:
    other = finished(make_job(seed=2)).rename(tmp_path / "other")
    folder = finished(make_job())
    (folder / "weights.pt").write_bytes((other / "weights.pt").read_bytes())
    with pytest.raises(DataError, match=r"weights\.pt has other weights than those that this run ended with; bring"):
        load(folder)
    without_hash(folder)
    assert load(folder).predict(["ab"])

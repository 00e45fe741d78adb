"""A run that was interrupted and taken up again ends exactly where one that never was does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from rnnbench.contracts import DataError, Job, Outcome
from rnnbench.pipeline import fit
from rnnbench.pipeline.checkpoint import Progress, load_checkpoint, save_checkpoint
from rnnbench.pipeline.run import run

MakeJob = Callable[..., Job]

RECIPES: dict[str, dict[str, Any]] = {
    "dropout": {"dropout": 0.3, "layers": 2},
    "step schedule": {"schedule": "StepLR", "schedule_options": {"step_size": 1, "gamma": 0.5}},
    "plateau schedule": {"schedule": "ReduceLROnPlateau", "schedule_options": {"patience": 0}},
    "momentum, bidirectional": {"optimizer": "SGD", "optimizer_options": {"momentum": 0.9}, "bidirectional": True},
    "double precision": {"precision": "64-true", "dropout": 0.1},
    "last of max_steps": {"max_steps": 21, "dropout": 0.2},
    "a stream": {"data": "verse", "task": "lm", "batch_size": 4, "bptt": 8, "dropout": 0.2, "weight_drop": 0.1},
}
STEPS_AN_EPOCH = 8


class Interrupted(Exception):
    pass


def ignore(event: dict[str, Any]) -> None:
    pass


def interrupt_at(step: int) -> Any:
    def report(event: dict[str, Any]) -> None:
        if event["event"] == "step" and event["step"] == step:
            raise Interrupted

    return report


def result(job: Job, outcome: Outcome) -> tuple[Any, ...]:
    """All that must be equal: clocks and the word "resumed" are the only difference allowed."""
    curve = [{key: value for key, value in row.items() if key != "seconds"} for row in outcome.curve]
    selection = {key: value for key, value in outcome.selection.items() if key != "resumed"}
    weights = torch.load(job.directory / "weights.pt", weights_only=True)
    bits = {name: tensor.numpy().tobytes() for name, tensor in weights.items()}
    return curve, selection, outcome.metrics, outcome.samples, outcome.model, outcome.data, bits


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_run_interrupted_anywhere_equals_an_uninterrupted_one_bit_for_bit(
    recipe: str, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit, "STEP_REPORT_SECONDS", 0.0)
    settings = {"checkpoint_seconds": 0.0, **RECIPES[recipe]}
    whole = make_job("whole", **settings)
    expected = result(whole, run(whole, ignore))
    job = make_job("cut", **settings)
    # Within an epoch, after the last batch but before validation, right after it, and twice.
    for step in (3, STEPS_AN_EPOCH, STEPS_AN_EPOCH + 1, 2 * STEPS_AN_EPOCH + 4):
        with pytest.raises(Interrupted):
            run(job, interrupt_at(step))
        assert fit.checkpoint_path(job).exists()
    outcome = run(job, ignore)
    assert outcome.selection["resumed"] is True
    assert result(job, outcome) == expected
    assert not fit.checkpoint_path(job).exists()


def test_a_run_interrupted_after_training_is_tested_without_training_again(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = make_job("whole")
    expected = result(whole, run(whole, ignore))
    job = make_job("cut", checkpoint_seconds=0.0)

    def interrupt(event: dict[str, Any]) -> None:
        if event["event"] == "test":
            raise Interrupted

    with pytest.raises(Interrupted):
        run(job, interrupt)
    events: list[str] = []
    outcome = run(job, lambda event: events.append(event["event"]))
    assert "epoch" not in events
    assert result(job, outcome) == expected


def test_a_checkpoint_of_the_last_weights_is_resumed_too(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    from rnnbench.contracts import Checkpoint

    monkeypatch.setattr(fit, "STEP_REPORT_SECONDS", 0.0)
    settings = {"checkpoint_seconds": 0.0, "checkpoint": Checkpoint.last}
    whole, job = make_job("whole", **settings), make_job("cut", **settings)
    expected = result(whole, run(whole, ignore))
    with pytest.raises(Interrupted):
        run(job, interrupt_at(13))
    assert result(job, run(job, ignore)) == expected


CHILD = """
import json, sys, time
from pathlib import Path
from rnnbench.contracts import Job
from rnnbench.pipeline import fit
from rnnbench.pipeline.run import run

def report(event):
    print(event.get("step", 0), flush=True)
    time.sleep(0.05)

fit.STEP_REPORT_SECONDS = 0.0
run(Job.from_json(json.loads(sys.argv[1])), report)
"""


@pytest.mark.parametrize("end", ["SIGKILL", "SIGTERM"])
def test_a_run_whose_process_is_killed_goes_on_exactly(end: str, make_job: MakeJob) -> None:
    # SIGTERM leaves time to save, so the checkpoint then needs no clock.
    settings = {"dropout": 0.3, "checkpoint_seconds": 0.0 if end == "SIGKILL" else 1e6}
    whole, job = make_job("whole", **settings), make_job("cut", **settings)
    expected = result(whole, run(whole, ignore))
    command = [sys.executable, "-c", CHILD, json.dumps(job.as_json())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ.copy()) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= 11:
                child.send_signal(getattr(signal, end))
                break
        child.stdout.read()
    assert child.returncode != 0
    outcome = run(job, ignore)
    assert outcome.selection["resumed"] is True
    assert result(job, outcome) == expected


def interrupted(job: Job, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(fit, "STEP_REPORT_SECONDS", 0.0)
    with pytest.raises(Interrupted):
        run(job, interrupt_at(3))
    return fit.checkpoint_path(job)


@pytest.mark.parametrize("damage", ["a flipped bit", "a lost end", "nothing in it"])
def test_a_corrupt_checkpoint_is_named_with_the_remedy(
    damage: str, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(checkpoint_seconds=0.0)
    path = interrupted(job, monkeypatch)
    content = bytearray(path.read_bytes())
    if damage == "a flipped bit":
        content[len(content) // 2] ^= 1
    path.write_bytes({"a flipped bit": content, "a lost end": content[:-100], "nothing in it": b""}[damage])
    with pytest.raises(DataError, match=r"resume\.ckpt is corrupt .*; delete it to train from the start\.$"):
        run(job, ignore)


def test_an_earlier_checkpoint_compares_by_its_one_number(tmp_path: Path) -> None:
    best = {"goodness": -0.5, "value": 0.5, "epoch": 1, "step": 16}
    save_checkpoint(tmp_path / "resume.ckpt", "key", Progress(best=best), {})
    progress, _ = load_checkpoint(tmp_path / "resume.ckpt", "key")
    assert progress.best == {"standing": [-0.5], "value": 0.5, "epoch": 1, "step": 16}


def test_a_checkpoint_of_another_run_is_refused(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(make_job(checkpoint_seconds=0.0), monkeypatch)
    with pytest.raises(DataError, match=r"written by another run \(key 0123456789abcdef, not fedcba9876543210\)"):
        run(make_job(key="fedcba9876543210"), ignore)


def test_a_checkpoint_that_would_run_code_is_not_loaded(make_job: MakeJob, tmp_path: Path) -> None:
    import hashlib
    import io
    import pickle

    class Payload:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(tmp_path / "ran"),)

    job = make_job()
    job.directory.mkdir()
    for content in (io.BytesIO(), io.BytesIO()):
        torch.save({"key": job.key, "progress": Payload()}, content)
        payload = content.getvalue() if content.getvalue() else pickle.dumps(Payload())
        fit.checkpoint_path(job).write_bytes(hashlib.sha256(payload).digest() + payload)
        with pytest.raises(DataError, match="is corrupt"):
            run(job, ignore)
    assert not (tmp_path / "ran").exists()


def test_a_short_run_writes_no_checkpoint(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("saved")

    monkeypatch.setattr(fit, "save_checkpoint", refuse)
    run(make_job(), ignore)

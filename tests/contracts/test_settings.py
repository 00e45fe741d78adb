"""Every value out of range is told, each in a sentence with its key."""

from __future__ import annotations

import pytest

from rnnbench.contracts import ModelSettings, Settings, TrainingSettings

NO_DEVICES = ("tpu", "cuda:", "cuda:x", "cpu:1", "")


def test_the_defaults_have_no_problem() -> None:
    assert Settings().problems() == []


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (Settings(precision="bf16-mixd"), "precision=bf16-mixd: expected one of 32-true"),
        *((Settings(device=name), f"device={name}: expected auto, cpu, cuda") for name in NO_DEVICES),
        (Settings(threads=0), "threads=0: expected a number at least 1."),
        (Settings(model=ModelSettings(dropout=1.0)), "model.dropout=1.0: expected a number from 0 to 0.99."),
        (Settings(training=TrainingSettings(max_steps=0)), "training.max_steps=0: expected at least 1, or -1"),
        (Settings(training=TrainingSettings(clip_norm=0.0)), "training.clip_norm=0.0: expected a number at least"),
    ],
)
def test_a_value_out_of_range_is_told_with_its_key(settings: Settings, sentence: str) -> None:
    (problem,) = settings.problems()
    assert problem.startswith(sentence)


def test_all_problems_are_told_at_once() -> None:
    assert len(Settings(threads=0, seed=-1, model=ModelSettings(layers=0)).problems()) == 3

"""Optimizers and schedules by torch's names."""

from __future__ import annotations

import io
from typing import Any

import pytest
import torch
from torch import nn

from rnnbench.contracts import TrainingSettings, UsageError
from rnnbench.pipeline.optimizer import build_optimizer, build_schedule


def parameters() -> list[nn.Parameter]:
    return [nn.Parameter(torch.ones(3))]


def test_an_optimizer_is_found_by_name_and_takes_its_options() -> None:
    training = TrainingSettings(optimizer="SGD", learning_rate=0.5, optimizer_options={"momentum": 0.9})
    optimizer = build_optimizer(parameters(), training)
    assert type(optimizer) is torch.optim.SGD
    assert (optimizer.defaults["lr"], optimizer.defaults["momentum"]) == (0.5, 0.9)


@pytest.mark.parametrize("name", ["AdamW", "Adam", "SGD", "RMSprop", "Adagrad", "Adadelta", "NAdam", "Rprop"])
def test_torchs_optimizers_take_a_step(name: str) -> None:
    weights = parameters()
    optimizer = build_optimizer(weights, TrainingSettings(optimizer=name))
    weights[0].grad = torch.ones(3)
    optimizer.step()
    assert bool((weights[0] < 1).all())


def test_the_fused_step_is_the_plain_one() -> None:
    results = []
    for options in ({}, {"foreach": False}):
        weights = parameters()
        optimizer = build_optimizer(weights, TrainingSettings(optimizer_options=options))
        assert bool(optimizer.defaults["fused"]) is not bool(options)
        for step in range(5):
            weights[0].grad = torch.tensor([1.0, -0.5, float(step)])
            optimizer.step()
        results.append(weights[0].detach())
    assert torch.allclose(*results, rtol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"optimizer": "AdamX"}, r"training\.optimizer=AdamX: torch has none of that name\. Did you mean Adam"),
        ({"optimizer": "LBFGS"}, r"training\.optimizer=LBFGS: torch has none"),
        (
            {"optimizer_options": {"weight_dekay": 1}},
            r"training\.optimizer_options\.weight_dekay: AdamW has no such option\. Did you mean weight_decay\?",
        ),
        ({"optimizer_options": {"lr": 1}}, r"training\.optimizer_options\.lr: AdamW has no such option"),
        ({"optimizer_options": {"weight_decay": "much"}}, r"AdamW cannot take .*'weight_decay': 'much'"),
        ({"learning_rate": -1.0}, r"AdamW cannot take training\.learning_rate=-1\.0 .*Invalid learning rate"),
    ],
)
def test_a_wrong_optimizer_is_a_usage_error(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        build_optimizer(parameters(), TrainingSettings(**changes))


def schedule(**changes: Any) -> Any:
    training = TrainingSettings(**changes)
    return build_schedule(build_optimizer(parameters(), training), training, higher_is_better=True)


def test_a_schedule_is_found_by_name_or_left_out() -> None:
    assert schedule() is None
    found = schedule(schedule="StepLR", schedule_options={"step_size": 4})
    assert type(found) is torch.optim.lr_scheduler.StepLR
    assert found.step_size == 4


def test_a_cosine_lasts_as_long_as_the_training() -> None:
    assert schedule(schedule="CosineAnnealingLR", max_epochs=7).T_max == 7
    assert schedule(schedule="CosineAnnealingLR", schedule_options={"T_max": 3}, max_epochs=7).T_max == 3


SCHEDULES: dict[str, dict[str, Any]] = {
    "ConstantLR": {},
    "CosineAnnealingLR": {"T_max": 5},
    "CosineAnnealingWarmRestarts": {"T_0": 2},
    "CyclicLR": {"base_lr": 0.1, "max_lr": 1.0, "cycle_momentum": False},
    "ExponentialLR": {"gamma": 0.5},
    "LinearLR": {},
    "MultiStepLR": {"milestones": [1, 3]},
    "OneCycleLR": {"max_lr": 1.0, "total_steps": 9},
    "PolynomialLR": {},
    "ReduceLROnPlateau": {},
    "StepLR": {"step_size": 2},
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_goes_on_from_a_file_that_holds_no_code(name: str) -> None:
    def step(schedule: Any) -> float:
        schedule.optimizer.step()
        schedule.step(*([0.5] if name == "ReduceLROnPlateau" else []))
        return float(schedule.optimizer.param_groups[0]["lr"])

    whole, cut, fresh = (schedule(schedule=name, schedule_options=SCHEDULES[name]) for _ in range(3))
    expected = [step(whole) for _ in range(6)]
    assert [step(cut) for _ in range(3)] == expected[:3]
    file = io.BytesIO()
    torch.save([cut.optimizer.state_dict(), cut.state_dict()], file)
    file.seek(0)
    optimizer_state, schedule_state = torch.load(file, weights_only=True)
    fresh.optimizer.load_state_dict(optimizer_state)
    fresh.load_state_dict(schedule_state)
    assert [step(fresh) for _ in range(3)] == expected[3:]


@pytest.mark.parametrize(("options", "mode"), [({}, "max"), ({"mode": "min"}, "min")])
def test_a_plateau_is_watched_in_the_metrics_direction(options: dict[str, Any], mode: str) -> None:
    assert schedule(schedule="ReduceLROnPlateau", schedule_options=options).mode == mode


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("StepLr", {}, r"training\.schedule=StepLr: torch has none of that name\. Did you mean StepLR"),
        ("LambdaLR", {}, r"training\.schedule=LambdaLR: torch has none of that name"),
        ("StepLR", {}, r"training\.schedule=StepLR cannot take training\.schedule_options=\{\}: .*step_size"),
        (
            "StepLR",
            {"size": 1},
            r"training\.schedule_options\.size: StepLR has no such option\. Did you mean step_size",
        ),
        ("MultiStepLR", {"milestones": 3}, r"training\.schedule=MultiStepLR cannot take"),
    ],
)
def test_a_wrong_schedule_is_a_usage_error(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        schedule(schedule=name, schedule_options=options)

"""Optimizers and schedules, found by their names in torch."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, ReduceLROnPlateau

from rnnbench.contracts import TrainingSettings, UsageError, near_matches

# They cannot serve: LBFGS evaluates the loss several times a step, SparseAdam wants sparse gradients.
_OPTIMIZERS = {
    name: kind
    for name, kind in vars(torch.optim).items()
    if inspect.isclass(kind) and issubclass(kind, Optimizer) and name not in ("Optimizer", "LBFGS", "SparseAdam")
}
# These need functions or other schedules as arguments, which settings cannot hold.
_SCHEDULES = {
    name: kind
    for name, kind in vars(torch.optim.lr_scheduler).items()
    if inspect.isclass(kind)
    and issubclass(kind, LRScheduler)
    and not name.startswith("_")
    and name not in ("LRScheduler", "LambdaLR", "MultiplicativeLR", "SequentialLR", "ChainedScheduler")
}


def build_optimizer(parameters: Iterable[nn.Parameter], training: TrainingSettings) -> Optimizer:
    """Return the optimizer of that name; raises `UsageError` for an unknown name, option or value."""
    kind = _choose("training.optimizer", training.optimizer, _OPTIMIZERS)
    options = dict(training.optimizer_options)
    _check_options("training.optimizer_options", kind, options, ("params", "lr"))
    if "fused" in inspect.signature(kind).parameters and not {"foreach", "differentiable"} & options.keys():
        # The same mathematics in one pass over the memory: AdamW takes a quarter of the time, on CPU too.
        options.setdefault("fused", True)
    try:
        return kind(parameters, lr=training.learning_rate, **options)  # type: ignore[no-any-return]
    except (TypeError, ValueError, RuntimeError) as error:
        raise UsageError(
            f"training.optimizer={training.optimizer} cannot take training.learning_rate={training.learning_rate} and "
            f"training.optimizer_options={options}: {error}."
        ) from error


def build_schedule(optimizer: Optimizer, training: TrainingSettings, higher_is_better: bool) -> LRScheduler | None:
    """Return the schedule of that name, or None; raises `UsageError` for an unknown name, option or value."""
    if training.schedule is None:
        return None
    kind = _choose("training.schedule", training.schedule, _SCHEDULES)
    options = dict(training.schedule_options)
    _check_options("training.schedule_options", kind, options, ("optimizer",))
    if kind is ReduceLROnPlateau:
        options.setdefault("mode", "max" if higher_is_better else "min")
    if kind is CosineAnnealingLR:
        options.setdefault("T_max", training.max_epochs)
    try:
        return kind(optimizer, **options)  # type: ignore[no-any-return]
    except (TypeError, ValueError, AttributeError) as error:
        raise UsageError(
            f"training.schedule={training.schedule} cannot take training.schedule_options={options}: {error}."
        ) from error


def _choose(key: str, name: str, table: dict[str, Any]) -> Any:
    if name not in table:
        raise UsageError(
            f"{key}={name}: torch has none of that name.{near_matches(name, table)} "
            f"They are: {', '.join(sorted(table))}."
        )
    return table[name]


def _check_options(key: str, kind: type, options: dict[str, Any], ours: tuple[str, ...]) -> None:
    accepted = [name for name in inspect.signature(kind).parameters if name not in ours]
    for option in options:
        if option not in accepted:
            raise UsageError(
                f"{key}.{option}: {kind.__name__} has no such option.{near_matches(option, accepted)} "
                f"It takes: {', '.join(accepted)}."
            )

"""A sweep: plan every combination, run what has to be run, keep going when one fails."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn, JobStatus
from omegaconf import DictConfig, open_dict

from rnnbench.catalog.auto import resolved
from rnnbench.contracts import DataError, Job, RnnbenchError, UsageError
from rnnbench.harness import plan
from rnnbench.harness.execute import Result, execute, finished
from rnnbench.harness.progress import Progress

_BASIC_LAUNCHER = "hydra._internal.core_plugins.basic_launcher.BasicLauncher"
"""Runs one job after the other; every other launcher may run several at once."""

_progress: Progress | None = None
_stopped = False


def run_job(config: DictConfig) -> Result:
    """Run the job of a composed configuration: Hydra's task function, under every launcher."""
    global _stopped
    words = list(HydraConfig.get().overrides.task)
    progress = _progress or Progress()
    if _stopped:
        return Result("", "skipped", "an earlier run failed and fail_fast=true", 1)
    try:
        job = _planned(config, Path(HydraConfig.get().runtime.output_dir))
        progress.start(job)
        result = execute(job, words, progress.event)
    except RnnbenchError as error:
        return Result("", error.status, str(error), error.exit_code)
    progress.finish(result.directory, result.status, result.reason, result.skipped)
    _stopped = bool(config.fail_fast) and result.exit_code != 0
    return result


def _planned(config: DictConfig, output: Path) -> Job:
    """Return the job; data that is not there is the command's mistake as long as there is no run to record it."""
    try:
        return plan.job_of(config, output)
    except DataError as error:
        raise UsageError(str(error)) from error


def planned_sweep(
    config: DictConfig,
    loader: Any,
    combinations: Sequence[Sequence[str]],
    launch: Callable[[Sequence[Sequence[str]], int], list[Any]],
) -> list[list[JobReturn]]:
    """Launch the combinations that have not finished, and return everyone's result.

    Raises the `RnnbenchError` of the first that cannot be planned, before any has begun.
    """
    global _progress, _stopped
    _stopped = False
    one_by_one = config.hydra.launcher._target_ == _BASIC_LAUNCHER
    todo: list[list[str]] = []
    returns: list[JobReturn] = []
    _progress = Progress(total=len(combinations))
    for combination in combinations:
        words = resolved(combination)
        composed = loader.load_sweep_config(config, words)
        with open_dict(composed):
            del composed["hydra"]
        if composed.evaluate.throughput and not one_by_one:
            raise UsageError(
                "runs that go on side by side slow each other down, so that their throughput means nothing: "
                "add evaluate.throughput=false, or leave hydra/launcher=basic."
            )
        _check_cores(config.hydra.launcher, composed.threads)
        job = _planned(composed, Path(config.hydra.sweep.dir).expanduser().absolute())
        if _has_finished(job):
            _progress.start(job)
            _progress.finish(str(job.directory), "ok", "", skipped=True)
            result = Result(str(job.directory), "ok", "finished before", 0, skipped=True)
            returns.append(JobReturn(overrides=words, _return_value=result, status=JobStatus.COMPLETED))
        else:
            todo.append(words)
    if todo:
        returns += launch(todo, 0)
    _progress = None
    return [returns]


def _has_finished(job: Job) -> bool:
    """Return whether the job need not be launched; one whose record is malformed is, to fail without the others."""
    try:
        return finished(job)
    except DataError:
        return False


def _check_cores(launcher: DictConfig, threads: int) -> None:
    """Raise `UsageError` if jobs side by side would use more threads than there are cores."""
    cores, asked = os.cpu_count() or 1, launcher.get("n_jobs", 1)
    jobs = cores if asked == -1 else asked
    if jobs > 1 and jobs * threads > cores:
        raise UsageError(
            f"{jobs} jobs of {threads} threads would share {cores} cores and slow each other down: "
            f"give hydra.launcher.n_jobs={max(1, cores // threads)}."
        )

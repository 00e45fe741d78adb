"""The fit: epochs of training and validation until the recipe, or patience, says it is enough."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.plugins.precision import Precision
from pytorch_lightning.utilities.exceptions import SIGTERMException
from torch.optim.lr_scheduler import ReduceLROnPlateau

from rnnbench.contracts import METRICS, IncompatibleError, Job, MetricKind, Score
from rnnbench.networks import Network
from rnnbench.pipeline.arrays import Data
from rnnbench.pipeline.checkpoint import Progress, load_checkpoint, restore_random_state, save_checkpoint
from rnnbench.pipeline.data_module import DataModule
from rnnbench.pipeline.evaluation import predict_rows, score_rows
from rnnbench.pipeline.module import Module
from rnnbench.pipeline.trainer import build_trainer

Report = Callable[[dict[str, Any]], None]

STEP_REPORT_SECONDS = 0.2
"""Least time between two reports of a step."""


def fit(network: Network, data: Data, job: Job, report: Report) -> tuple[Progress, Precision]:
    """Train the network in place, from the job's checkpoint if there is one.

    The network ends with the last weights; the best ones are in the progress. Returns it and the precision that the
    network has to be run in.
    """
    path = checkpoint_path(job)
    metric = METRICS[data.info.metrics[0]]
    progress, states = load_checkpoint(path, job.key) if path.exists() else (Progress(), {})
    module = Module(network, job.settings.training, progress, metric.higher_is_better)
    data_module = DataModule(data, job.settings, progress)
    keeper = Keeper(module, data_module, job, report)
    trainer = build_trainer(
        job.settings, max_epochs=job.settings.training.max_epochs - progress.epoch, callbacks=[keeper]
    )
    # Before any weights are loaded, which must not pass through a lesser precision on their way.
    trainer.precision_plugin.convert_module(network).to(trainer.strategy.root_device)
    if states:
        progress.resumed += 1
        network.load_state_dict(states["network"])
        network.carried = states["carried"]
        module.resumed = states
    if not progress.stopped:
        with warnings.catch_warnings():
            # Lightning 2.6 on torch 2.13: it has no effect, and no setting avoids it.
            warnings.filterwarnings("ignore", message=".*LeafSpec", category=FutureWarning)
            try:
                trainer.fit(module, datamodule=data_module)
            except SIGTERMException as error:
                # Lightning's own ends the process as if all were well; 143 is what a shell says of SIGTERM.
                raise SystemExit(143) from error
    return progress, trainer.precision_plugin


def standing(names: Sequence[str], scores: Sequence[Score]) -> list[float]:
    """Return what epochs are compared by, in the order of lists: the higher the better.

    It is the first metric. While that is at its worst (a BLEU of 0, all words wrong; a loss has none) the next ones
    decide, up to the first that is not; an empty list says that no metric shows anything yet, so that a later epoch is
    as good.
    """
    values = {score.name: score.value for score in scores}
    compared: list[float] = []
    for name in names:
        if name not in values:
            continue
        kind = METRICS[name]
        compared.append(values[name] if kind.higher_is_better else -values[name])
        if values[name] != kind.worst or math.isinf(kind.worst):
            return compared
    return []


def checkpoint_path(job: Job) -> Path:
    """Return where an unfinished job keeps its checkpoint."""
    return job.directory / "resume.ckpt"


class Keeper(pl.Callback):
    """Keeps count: validates after every epoch, remembers the best weights, stops early, saves and reports."""

    def __init__(self, module: Module, data_module: DataModule, job: Job, report: Report) -> None:
        self.module = module
        self.progress = module.progress
        self.data_module = data_module
        self.job = job
        self.report = report
        training = job.settings.training
        self.steps_planned = data_module.steps_per_epoch * training.max_epochs
        if training.max_steps >= 0:
            self.steps_planned = min(self.steps_planned, training.max_steps)
        self.saved = self.counted = time.monotonic()
        self.reported = 0.0

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Put the random generators where the interrupted run had them, now that nothing else will draw."""
        if self.module.resumed is not None:
            restore_random_state(self.module.resumed["random"])
        self.saved = self.counted = time.monotonic()

    def on_train_batch_end(self, *_: Any) -> None:
        """Count the step; save and report when it is time to."""
        progress = self.progress
        progress.batch += 1
        progress.step += 1
        self._save_if_due()
        now = time.monotonic()
        if now - self.reported >= STEP_REPORT_SECONDS:
            self.reported = now
            self.report({"event": "step", "epoch": progress.epoch, "step": progress.step, "of": self.steps_planned})

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Validate, then step the schedule, keep the weights if they are the best, and decide whether to go on."""
        progress, names = self.progress, self.data_module.data.info.metrics
        metric = METRICS[names[0]]
        scores = self._validate(trainer.precision_plugin)
        value = next((score.value for score in scores if score.name == metric.name), None)
        if value is None:
            raise IncompatibleError(
                f"dataset={self.job.dataset.name} selects the best weights by {metric.name}, but "
                f"head={self.job.head.name} gives only {', '.join(score.name for score in scores)}."
            )
        learning_rate = self.module.optimizer.param_groups[0]["lr"]
        self._step_schedule(value, metric)
        self._keep_best(standing(names, scores), value)
        self._close_epoch(scores, float(learning_rate))
        trainer.should_stop = progress.stopped
        self._save_if_due()

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        """Save before SIGTERM ends the run; Lightning raises it where a step is complete."""
        if isinstance(exception, SIGTERMException):
            self._save()

    def _validate(self, precision: Precision) -> Sequence[Score]:
        network = self.module.network
        rows = predict_rows(network, self.data_module.evaluation_batches("validation"), precision)
        return score_rows(network, rows, self.data_module.references("validation"), self.job.head.name)

    def _step_schedule(self, value: float, metric: MetricKind) -> None:
        schedule = self.module.schedule
        if isinstance(schedule, ReduceLROnPlateau):
            # While the metric has not begun to move, that it does not is no plateau.
            if value != metric.worst:
                schedule.step(value)
        elif schedule is not None:
            schedule.step()

    def _keep_best(self, reached: list[float], value: float) -> None:
        progress, best = self.progress, self.progress.best
        nothing_yet = best is not None and not best["standing"] and not reached
        if best is None or reached > best["standing"] or nothing_yet:
            progress.best = {"standing": reached, "value": value, "epoch": progress.epoch, "step": progress.step}
            weights = self.module.network.state_dict()
            progress.best_weights = {name: tensor.detach().cpu().clone() for name, tensor in weights.items()}
            progress.stale = 0
        else:
            progress.stale += 1

    def _close_epoch(self, scores: Sequence[Score], learning_rate: float) -> None:
        progress, training = self.progress, self.job.settings.training
        self._count_seconds()
        row = {
            "epoch": progress.epoch,
            "step": progress.step,
            "train_loss": progress.loss / progress.units,
            "learning_rate": learning_rate,
            "seconds": progress.seconds,
            "validation": {score.name: score.value for score in scores},
        }
        progress.curve.append(row)
        progress.epoch += 1
        progress.batch = progress.units = 0
        progress.loss = 0.0
        out_of_patience = training.patience is not None and progress.stale >= training.patience
        out_of_steps = training.max_steps >= 0 and progress.step >= training.max_steps
        progress.stopped = out_of_patience or out_of_steps or progress.epoch >= training.max_epochs
        self.report({"event": "epoch", **row, "of": training.max_epochs, "best": progress.stale == 0})

    def _count_seconds(self) -> None:
        now = time.monotonic()
        self.progress.seconds += now - self.counted
        self.counted = now

    def _save_if_due(self) -> None:
        if time.monotonic() - self.saved >= self.job.settings.training.checkpoint_seconds:
            self._save()

    def _save(self) -> None:
        self._count_seconds()
        save_checkpoint(checkpoint_path(self.job), self.job.key, self.progress, self.module.states())
        self.saved = time.monotonic()

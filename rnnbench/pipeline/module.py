"""The LightningModule: the loss, the optimizer and how gradients are clipped."""

from __future__ import annotations

import math
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from rnnbench.contracts import Batch, RnnbenchError, TrainingSettings
from rnnbench.networks import Network
from rnnbench.pipeline.checkpoint import Progress
from rnnbench.pipeline.optimizer import build_optimizer, build_schedule


class Module(pl.LightningModule):
    """Trains a network by the recipe; `progress` is where training stands, and its state goes on from there."""

    def __init__(
        self, network: Network, training: TrainingSettings, progress: Progress, higher_is_better: bool = True
    ) -> None:
        super().__init__()
        self.network = network
        self.training_settings = training
        self.progress = progress
        self.higher_is_better = higher_is_better
        self.schedule: LRScheduler | None = None
        self.resumed: dict[str, Any] | None = None
        """Optimizer's and schedule's state of an interrupted run."""
        self._parameters_trained = [parameter for parameter in network.parameters() if parameter.requires_grad]

    def configure_optimizers(self) -> Optimizer:
        """Return the optimizer; the schedule is stepped by the fit, after every epoch's validation."""
        optimizer = build_optimizer(self._parameters_trained, self.training_settings)
        self.schedule = build_schedule(optimizer, self.training_settings, self.higher_is_better)
        if self.resumed is not None:
            optimizer.load_state_dict(self.resumed["optimizer"])
            if self.schedule is not None:
                self.schedule.load_state_dict(self.resumed["schedule"])
        return optimizer

    def training_step(self, batch: Batch) -> Tensor:
        """Return the batch's loss; raises `RnnbenchError` if it is not a finite number."""
        loss = self.network.loss(batch)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise RnnbenchError(
                f"the loss became not finite ({value}) at step {self.progress.step + 1}; "
                "lower training.learning_rate or set training.clip_norm."
            )
        self.progress.add(value, len(batch.rows))
        return loss

    def configure_gradient_clipping(self, optimizer: Optimizer, *_: Any, **__: Any) -> None:
        """Clip by value, then by norm, as far as the recipe asks for it."""
        if self.training_settings.clip_value is not None:
            torch.nn.utils.clip_grad_value_(self._parameters_trained, self.training_settings.clip_value)
        if self.training_settings.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self._parameters_trained, self.training_settings.clip_norm)

"""The LightningModule: one step of training, and what it is taken with."""

from __future__ import annotations

import math
from typing import Any

import pytorch_lightning as pl
import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from rnnbench.contracts import Batch, RnnbenchError, TrainingSettings
from rnnbench.networks import Network
from rnnbench.pipeline.checkpoint import Progress
from rnnbench.pipeline.optimizer import build_optimizer, build_schedule


class Module(pl.LightningModule):
    """Trains a network by the recipe; `progress` is where training stands, and its state goes on from there.

    It optimises by itself: Lightning's own optimisation loop takes twice the time of all the rest of Lightning.
    """

    def __init__(
        self, network: Network, training: TrainingSettings, progress: Progress, higher_is_better: bool = True
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.network = network
        self.recipe = training
        self.progress = progress
        self.higher_is_better = higher_is_better
        self.resumed: dict[str, Any] | None = None
        """The states of an interrupted run."""
        self.optimizer: Optimizer
        self.schedule: LRScheduler | None = None
        self.scaler: torch.amp.GradScaler | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; the name of the current hook, set some forty times a step, not by torch's slow way."""
        if name == "_current_fx_name":
            self.__dict__[name] = value
        else:
            super().__setattr__(name, value)

    def configure_optimizers(self) -> Optimizer:
        """Return the optimizer; the schedule is stepped by the fit, after every epoch's validation."""
        self.trained = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        self.optimizer = build_optimizer(self.trained, self.recipe)
        self.schedule = build_schedule(self.optimizer, self.recipe, self.higher_is_better)
        self.scaler = getattr(self.trainer.precision_plugin, "scaler", None)
        if self.resumed is not None:
            self.optimizer.load_state_dict(self.resumed["optimizer"])
            # It has taken its steps in another process; a schedule would warn that it has taken none.
            self.optimizer._opt_called = True  # type: ignore[attr-defined]
            for part in ("schedule", "scaler"):
                if self.resumed[part] is not None:
                    getattr(self, part).load_state_dict(self.resumed[part])
        return self.optimizer

    def states(self) -> dict[str, Any]:
        """Return the states of the network and of all that trains it, for a checkpoint."""
        parts = {part: getattr(self, part) for part in ("network", "optimizer", "schedule", "scaler")}
        states = {part: None if owner is None else owner.state_dict() for part, owner in parts.items()}
        return {**states, "carried": self.network.carried}

    def training_step(self, batch: Batch) -> None:
        """Take one step down the gradient; raises `RnnbenchError` if the loss is not a finite number."""
        loss = self.network.loss(batch)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise RnnbenchError(
                f"the loss became not finite ({value}) at step {self.progress.step + 1}; "
                "lower training.learning_rate or set training.clip_norm."
            )
        self.progress.add(value, batch.units)
        self.optimizer.zero_grad()
        if self.scaler is None:
            loss.backward()  # type: ignore[no-untyped-call]
            self._clip()
            self.optimizer.step()
        else:
            self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
            self.scaler.unscale_(self.optimizer)
            self._clip()
            self.scaler.step(self.optimizer)
            self.scaler.update()

    def _clip(self) -> None:
        if self.recipe.clip_value is not None:
            torch.nn.utils.clip_grad_value_(self.trained, self.recipe.clip_value)
        if self.recipe.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self.trained, self.recipe.clip_norm)

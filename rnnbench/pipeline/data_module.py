"""The LightningDataModule: batches of every split, in training from wherever it stands."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import pytorch_lightning as pl
import torch

from rnnbench.contracts import Batch, Settings
from rnnbench.pipeline.arrays import Data
from rnnbench.pipeline.batching import Batches, by_length, collate, shuffled, to_device
from rnnbench.pipeline.checkpoint import Progress
from rnnbench.pipeline.streams import Window, collate_window, window_references, window_texts, windows

Plan = Sequence[Callable[[], Batch]]


class DataModule(pl.LightningDataModule):
    """Serves the training batches that `progress` has not seen yet, and each other split from end to end."""

    def __init__(self, data: Data, settings: Settings, progress: Progress) -> None:
        super().__init__()
        self.data = data
        self.settings = settings
        self.run_progress = progress

    @property
    def steps_per_epoch(self) -> int:
        """Batches of one pass through the training split."""
        return len(self.training_plan(epoch=0))

    def training_plan(self, epoch: int) -> Plan:
        """Return the batches of a whole epoch, to be made when they are called for."""
        train, training = self.data.splits["train"], self.settings.training
        if self.data.info.layout == "stream":
            plan = self._windows("train", training.batch_size, training.bptt)
            return [functools.partial(collate_window, train, window) for window in plan]
        rows = shuffled(train.sizes, training.batch_size, self.settings.seed, epoch)
        return [functools.partial(collate, train, some) for some in rows]

    def train_dataloader(self) -> Batches:
        """Return batches that begin, at every pass, where training stands."""
        return Batches(self._rest_of_epoch)

    def evaluation_batches(self, split: str) -> Batches:
        """Return all of a split: examples sorted by length, a stream in its order."""
        encoded = self.data.splits[split]
        plan: Plan
        if self.data.info.layout == "stream":
            plan = [functools.partial(collate_window, encoded, window) for window in self._evaluated(split)]
        else:
            rows = by_length(encoded.sizes, self.settings.evaluate.batch_size)
            plan = [functools.partial(collate, encoded, some) for some in rows]
        return Batches(lambda: plan)

    def references(self, split: str) -> Sequence[dict[str, Any]]:
        """Return what each row of the evaluation is scored against."""
        encoded = self.data.splits[split]
        if self.data.info.layout == "stream":
            return window_references(encoded, self._evaluated(split))
        return encoded.references

    def described(self, split: str) -> Sequence[dict[str, Any]]:
        """Return `references` with what is read, for those who look at errors."""
        found = self.references(split)
        if self.data.info.layout == "stream":
            encoded = self.data.splits[split]
            texts = window_texts(encoded, self._evaluated(split), self.data.tokenizer)
            found = [{"text": text, **reference} for text, reference in zip(texts, found, strict=True)]
        return found

    def manner(self, split: str) -> str:
        """Return what a score's signature says of the evaluation's batches: of a stream its parts; else nothing."""
        if self.data.info.layout != "stream":
            return ""
        parts = len(self._evaluated(split)[0].starts)
        return f"; streams: {parts}, states carried, nothing left out"

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        """Return the batch on `device`; Lightning's own way searches the whole batch for tensors."""
        return to_device(batch, device)

    def _rest_of_epoch(self) -> Plan:
        training, progress = self.settings.training, self.run_progress
        plan = self.training_plan(progress.epoch)[progress.batch :]
        return plan if training.max_steps < 0 else plan[: training.max_steps - progress.step]

    def _evaluated(self, split: str) -> list[Window]:
        return self._windows(split, self.settings.evaluate.streams, self.settings.training.bptt)

    def _windows(self, split: str, parts: int, steps: int) -> list[Window]:
        return windows(int(self.data.splits[split].lengths.sum()), parts, steps)

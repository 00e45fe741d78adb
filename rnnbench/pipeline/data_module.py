"""The LightningDataModule: batches of every split, in training from wherever it stands."""

from __future__ import annotations

from collections.abc import Sequence

import pytorch_lightning as pl
import torch

from rnnbench.contracts import Batch, Settings
from rnnbench.pipeline.batching import Batches, Rows, by_length, shuffled, to_device
from rnnbench.pipeline.checkpoint import Progress
from rnnbench.pipeline.encoding import Data


class DataModule(pl.LightningDataModule):
    """Serves the training batches that `progress` has not seen yet, and each other split from end to end."""

    def __init__(self, data: Data, settings: Settings, progress: Progress) -> None:
        super().__init__()
        self.data = data
        self.settings = settings
        self.run_progress = progress

    def train_dataloader(self) -> Batches:
        """Return batches that begin, at every pass, where training stands."""
        return Batches(self.data.splits["train"], self.data.vocabulary.pad_id, self._rest_of_epoch)

    def evaluation_batches(self, split: str) -> Batches:
        """Return all of a split, sorted by length."""
        encoded = self.data.splits[split]
        batches = by_length(encoded.lengths, self.settings.evaluate.batch_size)
        return Batches(encoded, self.data.vocabulary.pad_id, lambda: batches)

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        """Return the batch on `device`; Lightning's own way searches the whole batch for tensors."""
        return to_device(batch, device)

    def _rest_of_epoch(self) -> Sequence[Rows]:
        training, progress = self.settings.training, self.run_progress
        lengths = self.data.splits["train"].lengths
        batches = shuffled(lengths, training.batch_size, self.settings.seed, progress.epoch)[progress.batch :]
        return batches if training.max_steps < 0 else batches[: training.max_steps - progress.step]

"""The Lightning trainer: where and in which precision a network runs."""

from __future__ import annotations

import logging
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.plugins.environments import LightningEnvironment  # type: ignore[attr-defined]

from rnnbench.contracts import Settings, UnavailableError


def build_trainer(settings: Settings, **options: Any) -> pl.Trainer:
    """Return a trainer for the settings' device and precision that does nothing but loop.

    Raises `UnavailableError` for a device that this machine has not.
    """
    # It tells of devices and finished loops, which the run itself reports.
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    device = find_device(settings.device)
    return pl.Trainer(
        accelerator=device.type,
        devices=1 if device.type == "cpu" else [device.index or 0],
        precision=settings.precision,  # type: ignore[arg-type]
        deterministic=settings.deterministic,
        # One process is one run, also on a cluster whose variables Lightning would take for a request of its own.
        plugins=[LightningEnvironment()],
        use_distributed_sampler=False,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        limit_val_batches=0,
        **options,
    )


def find_device(name: str) -> torch.device:
    """Return the device of that name, which `Settings.problems` has found none in.

    auto is the first CUDA device where there is one, else the processor. Raises `UnavailableError` for a device that
    this machine has not.
    """
    if name == "auto":
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    if name == "cpu":
        return torch.device(name)
    index, count = int(name.partition(":")[2] or 0), torch.cuda.device_count()
    if index >= count:
        raise UnavailableError(f"device={name}: this machine has {count} CUDA devices torch can use.")
    return torch.device("cuda", index)

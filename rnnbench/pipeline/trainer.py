"""The Lightning trainer: where and in which precision a network runs."""

from __future__ import annotations

import logging
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.plugins.environments import LightningEnvironment  # type: ignore[attr-defined]

from rnnbench.contracts import Settings, UnavailableError, UsageError


def build_trainer(settings: Settings, **options: Any) -> pl.Trainer:
    """Return a trainer for the settings' device and precision that does nothing but loop.

    Raises `UsageError` for an unknown device or precision, `UnavailableError` for a device this machine has not.
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
    """Return the device of that name; auto is the first CUDA device where there is one, else the processor."""
    if name == "auto":
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    kind, _, index = name.partition(":")
    if kind not in ("cpu", "cuda") or not (index.isdecimal() or name == kind) or name.startswith("cpu:"):
        raise UsageError(f"device={name} is not known; it is auto, cpu, cuda, or cuda with a number like cuda:1.")
    if kind == "cuda" and torch.cuda.device_count() <= int(index or 0):
        raise UnavailableError(
            f"device={name}: this machine has {torch.cuda.device_count()} CUDA devices torch can use."
        )
    return torch.device(kind, int(index or 0)) if kind == "cuda" else torch.device(kind)

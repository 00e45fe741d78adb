"""The checkpoint: all that an interrupted training needs to go on as if nothing had happened."""

from __future__ import annotations

import dataclasses
import io
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnnbench.catalog.files import read_with_digest, write_with_digest
from rnnbench.contracts import DataError


@dataclass
class Progress:
    """Where training stands.

    * `epoch`: the one under way, from 0; `batch`: how many of its batches are done; `step`: of all epochs,
    * `loss`, `units`: sums over the epoch's targets so far,
    * `best`: `{"standing", "value", "epoch", "step"}` of the best validation: what epochs are compared by and the value
      of the first metric; `best_weights`: the network's state there,
    * `stale`: epochs since then; `stopped`: whether training has ended,
    * `seconds`: time spent in fitting, interruptions left out.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    loss: float = 0.0
    units: int = 0
    seconds: float = 0.0
    stale: int = 0
    stopped: bool = False
    best: dict[str, Any] | None = None
    best_weights: dict[str, Tensor] | None = None
    curve: list[dict[str, Any]] = field(default_factory=list)
    resumed: int = 0
    """How often training was taken up again."""

    def add(self, loss: float, units: int) -> None:
        """Count one batch's loss, a mean over its targets, into the epoch's."""
        self.loss += loss * units
        self.units += units


def save_checkpoint(path: Path, key: str, progress: Progress, states: dict[str, Any]) -> None:
    """Write the progress, the given states and those of all random generators, in one step."""
    fields = {item.name: getattr(progress, item.name) for item in dataclasses.fields(progress)}
    content = io.BytesIO()
    torch.save({"key": key, "progress": fields, "random": _random_state(), **states}, content)
    write_with_digest(path, content.getvalue())


def load_checkpoint(path: Path, key: str) -> tuple[Progress, dict[str, Any]]:
    """Return what `save_checkpoint` wrote; no code in the file is run.

    Raises `DataError` if the file is not whole or was written by a run of another key.
    """
    try:
        states = torch.load(io.BytesIO(read_with_digest(path)), map_location="cpu", weights_only=True)
        progress = Progress(**states.pop("progress"))
        if progress.best is not None and "goodness" in progress.best:
            # Earlier checkpoints compare by the first metric alone.
            progress.best["standing"] = [progress.best.pop("goodness")]
        written_by = states.pop("key")
    except Exception as error:
        raise DataError(f"the checkpoint {path} is corrupt ({error}); delete it to train from the start.") from error
    if written_by != key:
        raise DataError(
            f"the checkpoint {path} was written by another run (key {written_by}, not {key}); "
            "delete it to train from the start."
        )
    return progress, states


def _random_state() -> dict[str, Any]:
    algorithm, keys, *rest = np.random.get_state(legacy=True)
    return {
        "python": random.getstate(),
        "numpy": [algorithm, torch.from_numpy(np.asarray(keys).astype(np.int64)), *rest],
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def restore_random_state(state: dict[str, Any]) -> None:
    """Put python's, numpy's and torch's global generators where the checkpoint left them."""
    random.setstate(state["python"])
    algorithm, keys, *rest = state["numpy"]
    np.random.set_state((algorithm, keys.numpy().astype(np.uint32), *rest))
    torch.set_rng_state(state["torch"])
    if state["cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(state["cuda"])

"""Overhead: what a step of `fit` costs beyond a plain PyTorch loop.

`python -m rnnbench.pipeline.overhead` prints it.
"""

from __future__ import annotations

import copy
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rnnbench.contracts import Choice, Job, ModelSettings, Settings, TaskInfo, TrainingSettings, Vocabulary
from rnnbench.networks import Network
from rnnbench.pipeline.arrays import Data, Encoded, Ragged
from rnnbench.pipeline.build import build_network
from rnnbench.pipeline.checkpoint import Progress
from rnnbench.pipeline.data_module import DataModule
from rnnbench.pipeline.fit import fit
from rnnbench.pipeline.optimizer import build_optimizer

SHAPES = ((32, 12, 64, 100), (64, 12, 128, 50), (32, 96, 256, 8))
"""Batch size, tokens, hidden size, and steps an epoch: two short steps and one of 20 ms or more."""

INFO = TaskInfo("classification", "char", ("accuracy",), labels=("even", "odd"))
VOCABULARY = Vocabulary(100, 0, 1, 2, 3, INFO.labels or (), (1, 1))

NO_TOKENIZER: Any = None
"""The ids are made up, and nothing is turned into text."""

Marks = list[tuple[float, float]]


def measure(pairs: int = 7) -> Iterator[dict[str, Any]]:
    """Yield, for each shape, milliseconds a step of both loops, of wall time and of CPU time: medians over `pairs`.

    Both loops run alternately in one process on one thread, over the same batches with the same recipe, each for two
    epochs of which the second is timed. The difference is the median of the pairs' differences.
    """
    torch.set_num_threads(1)
    for batch_size, length, hidden_size, steps in SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            job = make_job(batch_size, hidden_size, Path(folder))
            data = make_data(batch_size * steps, length)
            network = make_network(job)
            runs = [
                (time_plain(copy.deepcopy(network), data, job), time_fit(copy.deepcopy(network), data, job))
                for _ in range(pairs)
            ]
        row: dict[str, Any] = {"shape": f"B {batch_size} T {length} H {hidden_size}"}
        for clock, name in enumerate(("wall", "cpu")):
            plain, ours = ([run[side][clock] / steps * 1e3 for run in runs] for side in (0, 1))
            added = statistics.median(b - a for a, b in zip(plain, ours, strict=True))
            row[f"{name}_plain_ms"] = statistics.median(plain)
            row[f"{name}_added_ms"] = added
            row[f"{name}_added_percent"] = 100 * added / statistics.median(plain)
        yield row


def make_job(batch_size: int, hidden_size: int, folder: Path) -> Job:
    """Return the job of two epochs that both loops do."""
    settings = Settings(
        model=ModelSettings(hidden_size=hidden_size),
        training=TrainingSettings(max_epochs=2, batch_size=batch_size),
        device="cpu",
    )
    return Job(Choice("none"), Choice("none"), Choice("lstm"), Choice("classify"), settings, "overhead", folder)


def make_data(rows: int, length: int) -> Data:
    """Return made-up texts of `length` tokens, the same each time."""
    random = np.random.default_rng(0)

    def split(count: int) -> Encoded:
        ids = random.integers(4, VOCABULARY.size, count * length, dtype=np.int32)
        targets = random.integers(0, 2, count)
        references = [{"target": VOCABULARY.labels[target]} for target in targets]
        return Encoded(Ragged(ids, np.arange(count + 1) * length), targets, references)

    # One row to validate: an epoch is training and next to nothing else.
    splits = {"train": split(rows), "validation": split(1)}
    return Data(INFO, splits, VOCABULARY, NO_TOKENIZER, NO_TOKENIZER, sha256={})


def make_network(job: Job) -> Network:
    """Return the network that a run of the job would train."""
    return build_network(job, INFO, VOCABULARY, NO_TOKENIZER, job.settings.model.embedding_size)


def time_fit(network: Network, data: Data, job: Job) -> tuple[float, float]:
    """Train the network in place by `fit`; return the seconds of wall and of CPU time of the second epoch."""
    marks: Marks = []

    def note(event: dict[str, Any]) -> None:
        if event["event"] == "epoch":
            marks.append((time.perf_counter(), time.process_time()))

    fit(network, data, job, note)
    return _between(marks)


def time_plain(network: Network, data: Data, job: Job) -> tuple[float, float]:
    """Do the same by a loop of PyTorch's own, which ends with the same weights."""
    training = job.settings.training
    optimizer = build_optimizer(network.parameters(), training)
    data_module = DataModule(data, job.settings, Progress())
    marks: Marks = []
    for epoch in range(training.max_epochs):
        for make in data_module.training_plan(epoch):
            batch = make()
            loss = network.loss(batch)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            if training.clip_norm is not None:
                torch.nn.utils.clip_grad_norm_(network.parameters(), training.clip_norm)
            optimizer.step()
        marks.append((time.perf_counter(), time.process_time()))
    return _between(marks)


def _between(marks: Marks) -> tuple[float, float]:
    (wall, cpu), (wall_end, cpu_end) = marks
    return wall_end - wall, cpu_end - cpu


def main() -> None:
    """Print one line per shape."""
    sys.stdout.write(f"{'shape':18}{'plain':>10}{'added':>10}{'':8}{'CPU plain':>12}{'added':>10}\n")
    for row in measure():
        sys.stdout.write(
            f"{row['shape']:18}{row['wall_plain_ms']:7.2f} ms{row['wall_added_ms']:7.2f} ms"
            f"{row['wall_added_percent']:6.1f} %{row['cpu_plain_ms']:9.2f} ms{row['cpu_added_ms']:7.2f} ms\n"
        )


if __name__ == "__main__":
    main()

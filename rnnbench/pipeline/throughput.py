"""Throughput: valid tokens a second in training and inference, measured the same way for every network."""

from __future__ import annotations

import copy
import itertools
import time
from collections.abc import Callable, Sequence

import torch
from pytorch_lightning.plugins.precision import Precision

from rnnbench.contracts import Batch
from rnnbench.networks import Network
from rnnbench.pipeline.batching import to_device
from rnnbench.pipeline.data_module import DataModule
from rnnbench.pipeline.optimizer import build_optimizer
from rnnbench.statistics.summary import quartiles
from rnnbench.throughput.alone import alone

BATCHES = 16
SECONDS = 1.0
SAMPLES = 20
"""As many fit into `SECONDS`, unless a single step takes too long for that."""


def measure_throughput(network: Network, data_module: DataModule, precision: Precision) -> dict[str, dict[str, float]]:
    """Return `{"train"|"inference": {"tokens_per_second", "p25", "p75", "samples", "batch_size"}}`.

    One process of the machine measures at a time; another waits. It works on a copy of the network and on the run's
    own training batches, which are made beforehand; padding is read but not counted. A training step is forward,
    backward and the optimizer's, inference ends with the rows.
    """
    device = next(network.parameters()).device
    training = data_module.settings.training
    batches = [to_device(make(), device) for make in data_module.training_plan(epoch=0)[:BATCHES]]
    subject = copy.deepcopy(network)
    optimizer = build_optimizer([p for p in subject.parameters() if p.requires_grad], training)

    def train(batch: Batch) -> None:
        with precision.forward_context():
            loss = subject.loss(batch)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    def infer(batch: Batch) -> None:
        with torch.no_grad(), precision.forward_context():
            subject.predict(batch)

    with alone():
        subject.train()
        trained = _measure(train, batches)
        subject.eval()
        inferred = _measure(infer, batches)
    return {
        "train": {**trained, "batch_size": training.batch_size},
        "inference": {**inferred, "batch_size": training.batch_size},
    }


def _measure(work: Callable[[Batch], None], batches: Sequence[Batch]) -> dict[str, float]:
    synchronise = torch.cuda.synchronize if batches[0].inputs.is_cuda else _nothing

    def sample(some: Sequence[Batch]) -> float:
        start = time.perf_counter()
        for batch in some:
            work(batch)
        synchronise()
        return time.perf_counter() - start

    sample(batches[:3])
    # Short steps are sampled several at a time: one alone would drown in the clock's and the interpreter's noise.
    per_step = sample(batches) / len(batches)
    count = min(max(int(SECONDS / SAMPLES / per_step), 1), len(batches))
    endless = itertools.cycle(batches)
    rates: list[float] = []
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end or len(rates) < 3:
        some = list(itertools.islice(endless, count))
        tokens = sum(batch.tokens for batch in some)
        rates.append(tokens / sample(some))
    found = quartiles(rates)
    return {"tokens_per_second": found.median, "p25": found.p25, "p75": found.p75, "samples": found.n}


def _nothing() -> None:
    return None

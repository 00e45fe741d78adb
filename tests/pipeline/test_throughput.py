"""Throughput: valid tokens a second, and nothing left behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from pytorch_lightning.plugins.precision import Precision

from rnnbench.contracts import Batch, Job, Settings, TaskInfo, TrainingSettings, Vocabulary
from rnnbench.networks import Network
from rnnbench.pipeline import throughput
from rnnbench.pipeline.arrays import Data, Encoded, Ragged
from rnnbench.pipeline.build import build_network
from rnnbench.pipeline.checkpoint import Progress
from rnnbench.pipeline.data_module import DataModule
from rnnbench.plugins.tokenizers.byte import Byte

MakeJob = Callable[..., Job]

INFO = TaskInfo("classification", "letters", ("accuracy",), labels=("x", "y"))
VOCABULARY = Vocabulary(20, 0, 1, 2, 3, labels=("x", "y"), label_counts=(1, 1))


@pytest.fixture
def data_module() -> DataModule:
    lengths = np.random.default_rng(0).integers(1, 12, 100)
    train = Encoded(Ragged.of([[5] * length for length in lengths]), np.zeros(100, np.int64))
    data = Data(INFO, {"train": train}, VOCABULARY, Byte(), Byte(), sha256={})
    return DataModule(data, Settings(training=TrainingSettings(batch_size=8)), Progress())


def test_it_measures_a_copy_and_leaves_weights_and_mode_alone(
    make_job: MakeJob, data_module: DataModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throughput, "SECONDS", 0.02)
    network = build_network(make_job(dropout=0.1), INFO, VOCABULARY, Byte(), 5)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    result = throughput.measure_throughput(network, data_module, Precision())
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert network.training
    assert all(parameter.grad is None for parameter in network.parameters())
    for numbers in result.values():
        assert 0 < numbers["p25"] <= numbers["tokens_per_second"] <= numbers["p75"]
        assert numbers["samples"] >= 3
        assert numbers["batch_size"] == 8


def test_only_valid_tokens_count(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(np.arange(0.0, 1e6))
    monkeypatch.setattr(throughput.time, "perf_counter", lambda: float(next(clock)))
    batches = [Batch(torch.zeros(2, 9, dtype=torch.long), torch.tensor([3, 4]), None, range(2))]
    worked: list[Any] = []
    result = throughput._measure(worked.append, batches)
    # The clock moves one second between two looks at it.
    assert result["tokens_per_second"] == 7.0
    assert result["samples"] == 3
    assert len(worked) == 1 + 1 + 3


def test_training_and_inference_are_measured_as_what_they_are(
    make_job: MakeJob, data_module: DataModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bool, bool]] = []
    original = Network.forward

    def forward(self: Network, batch: Batch) -> Any:
        seen.append((self.training, torch.is_grad_enabled()))
        return original(self, batch)

    monkeypatch.setattr(Network, "forward", forward)
    monkeypatch.setattr(throughput, "SECONDS", 0.01)
    network = build_network(make_job(), INFO, VOCABULARY, Byte(), 5)
    throughput.measure_throughput(network, data_module, Precision())
    assert list(dict.fromkeys(seen)) == [(True, True), (False, False)]

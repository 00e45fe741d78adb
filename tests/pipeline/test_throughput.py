"""Throughput: valid tokens a second, and nothing left behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from pytorch_lightning.plugins.precision import Precision

from rnnbench.contracts import Batch, Job, TaskInfo, TrainingSettings, Vocabulary
from rnnbench.networks import Network
from rnnbench.pipeline import throughput
from rnnbench.pipeline.build import build_network
from rnnbench.pipeline.encoding import Data, Encoded

MakeJob = Callable[..., Job]

INFO = TaskInfo("classification", "letters", ("accuracy",), labels=("x", "y"))
VOCABULARY = Vocabulary(20, 0, 1, 2, 3, labels=("x", "y"), label_counts=(1, 1))


@pytest.fixture
def data() -> Data:
    lengths = np.random.default_rng(0).integers(1, 12, 100)
    train = Encoded(
        np.full(lengths.sum(), 5, dtype=np.int32), np.cumsum([0, *lengths]), np.zeros(100, np.int64), ["x"] * 100
    )
    return Data(INFO, {"train": train}, VOCABULARY, tokenizer=None, sha256={})  # type: ignore[arg-type]


def test_it_measures_a_copy_and_leaves_weights_and_mode_alone(
    make_job: MakeJob, data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throughput, "SECONDS", 0.02)
    network = build_network(make_job(dropout=0.1), INFO, VOCABULARY, 5)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    result = throughput.measure_throughput(network, data, TrainingSettings(batch_size=8), Precision(), 0)
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
    make_job: MakeJob, data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bool, bool]] = []
    original = Network.forward

    def forward(self: Network, batch: Batch) -> Any:
        seen.append((self.training, torch.is_grad_enabled()))
        return original(self, batch)

    monkeypatch.setattr(Network, "forward", forward)
    monkeypatch.setattr(throughput, "SECONDS", 0.01)
    network = build_network(make_job(), INFO, VOCABULARY, 5)
    throughput.measure_throughput(network, data, TrainingSettings(batch_size=8), Precision(), 0)
    assert list(dict.fromkeys(seen)) == [(True, True), (False, False)]

"""Devices and precisions."""

from __future__ import annotations

import pytest
import torch

from rnnbench.contracts import Settings, UnavailableError
from rnnbench.pipeline.trainer import build_trainer, find_device


def test_auto_is_cuda_where_there_is_some(monkeypatch: pytest.MonkeyPatch) -> None:
    for there, device in ((True, "cuda:0"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert find_device("auto") == torch.device(device)


def test_a_cuda_device_is_taken_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert find_device("cuda:1") == torch.device("cuda:1")
    with pytest.raises(UnavailableError, match="device=cuda:2: this machine has 2 CUDA devices"):
        find_device("cuda:2")


@pytest.mark.parametrize("deterministic", [True, False])
def test_determinism_is_set_and_taken_back(deterministic: bool) -> None:
    build_trainer(Settings(deterministic=deterministic, device="cpu"))
    assert torch.are_deterministic_algorithms_enabled() is deterministic


def test_a_clusters_variables_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SLURM_NTASKS": "4", "SLURM_JOB_NAME": "x", "SLURM_PROCID": "1"}.items():
        monkeypatch.setenv(name, value)
    assert build_trainer(Settings(device="cpu")).world_size == 1

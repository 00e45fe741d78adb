"""Triton's kernels without a GPU: against the loop in Triton's interpreter, and what is chosen from sizes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from rnnbench.catalog.registry import build
from rnnbench.recurrence.cuda import engine, launch, module
from rnnbench.recurrence.cuda.function import CALLED
from rnnbench.recurrence.cuda.launch import choose, shared_bytes
from rnnbench.recurrence.fused.emit import INFIX
from rnnbench.recurrence.fused.graph import OPERATIONS

HERE = Path(__file__).parent
SHARED = {"sm_80": 163 * 1024, "sm_86": 99 * 1024, "sm_90": 227 * 1024}


@pytest.fixture(scope="module")
def interpreted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process that interprets the kernels found."""
    pytest.importorskip("triton", reason="Triton is not installed (pip install rnnbench[cuda])")
    environment = {"TRITON_INTERPRET": "1", "RNNBENCH_CACHE": str(tmp_path_factory.mktemp("interpreted"))}
    done = subprocess.run(
        # The interpreter computes with numpy, which warns of the infinities that a GPU just gives.
        [sys.executable, "-W", "error", "-W", "ignore::RuntimeWarning", "-m", "tests.recurrence.cuda_parity"],
        cwd=HERE.parents[1],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("way", ["in one launch", "in single steps"])
@pytest.mark.parametrize(
    ("case", "close"),
    [
        ("one step", 2e-6),
        ("one row", 2e-6),
        ("ties and ones", 2e-6),
        ("more rows than a program's", 2e-6),
        # Sums of hundreds have an error of 2e-5 in float32, and 10 bits are 1e-3, whoever computes them.
        ("saturated", 1e-4),
        ("half precision", 5e-3),
    ],
)
def test_an_interpreted_kernel_is_the_loop(case: str, close: float, way: str, interpreted: dict[str, Any]) -> None:
    found = {key: value for key, value in interpreted["differences"].items() if key.endswith(f", {case}, {way}")}
    if way == "in one launch":
        assert len(found) == 20
    # Not `value > close`: NaN is far off too.
    assert {key: value for key, value in found.items() if not value < close} == {}


def test_the_operations_are_well_formed(interpreted: dict[str, Any]) -> None:
    assert interpreted["malformed"] == {"gru": "", "sru": "", "every operation": ""}


def test_many_lengths_are_at_most_two_graphs(interpreted: dict[str, Any]) -> None:
    assert interpreted["graphs"] <= 2


@pytest.mark.parametrize(
    ("units", "gates", "itemsize", "whole"),
    [
        (128, 4, 2, {"sm_80", "sm_90"}),
        (129, 4, 2, set()),
        (64, 4, 2, {"sm_80", "sm_86", "sm_90"}),
        (256, 1, 2, {"sm_80", "sm_90"}),
        (64, 4, 4, {"sm_80", "sm_86", "sm_90"}),
        (128, 3, 4, set()),
        (4096, 0, 4, {"sm_80", "sm_86", "sm_90"}),
    ],
)
def test_the_kernel_is_chosen_by_the_memory_that_a_device_has(
    units: int, gates: int, itemsize: int, whole: set[str]
) -> None:
    chosen = {device: choose(units, gates, itemsize, limit) for device, limit in SHARED.items()}
    assert {device for device, how in chosen.items() if how.whole_sequence} == whole


@pytest.mark.parametrize("units", [1, 5, 16, 17, 100, 255, 256, 300, 1000])
@pytest.mark.parametrize("gates", [0, 1, 4])
@pytest.mark.parametrize("itemsize", [2, 4])
def test_tiles_are_powers_of_two_and_hold_all_units_where_h_is_multiplied(
    units: int, gates: int, itemsize: int
) -> None:
    how = choose(units, gates, itemsize, SHARED["sm_80"])
    for size in (how.rows, how.width, how.warps):
        assert size & (size - 1) == 0
    assert how.warps in (1, 2, 4, 8, 16)
    if gates and how.whole_sequence:
        assert how.width >= units
        assert shared_bytes(units, gates, itemsize) <= SHARED["sm_80"]


def test_one_byte_too_little_is_single_steps() -> None:
    needed = shared_bytes(100, 4, 2)
    assert choose(100, 4, 2, needed).whole_sequence
    assert not choose(100, 4, 2, needed - 1).whole_sequence


def test_a_generated_module_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNBENCH_CACHE", str(tmp_path))
    assert module.load("answer = 42\n").answer == 42
    (written,) = (tmp_path / "kernels").glob("*.py")
    made = written.stat().st_mtime_ns
    assert module.load("answer = 42\n").answer == 42
    assert written.stat().st_mtime_ns == made
    assert module.load("answer = 43\n").answer == 43
    assert len(list((tmp_path / "kernels").glob("*.py"))) == 2


def test_no_kernel_knows_the_length_or_the_rows_beforehand() -> None:
    kernel = engine.KERNELS[engine.kernel_of(build("cell", "gru", {}, input_size=2, hidden_size=3))]
    for size in ("batch", "steps", "t"):
        assert f"{size}: tl.constexpr" not in kernel.text
    assert kernel.text.count('do_not_specialize=["batch", "steps"]') == 2
    assert kernel.text.count('do_not_specialize=["batch", "steps", "t"]') == 2


def test_why_there_is_no_kernel_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    device = torch.device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert engine.unavailable(device) == "torch finds no CUDA device"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (7, 5))
    monkeypatch.setattr(engine.importlib.util, "find_spec", lambda name: None)
    assert engine.unavailable(device) == "Triton is not installed (pip install rnnbench[cuda])"
    monkeypatch.setattr(engine.importlib.util, "find_spec", lambda name: name)
    assert engine.unavailable(device) == "the device has compute capability 7.5, and 8.0 is needed"
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (8, 0))
    assert engine.unavailable(device) == ""
    assert launch.shared_limit(torch.device("cpu")) == sys.maxsize


def test_every_operation_of_a_graph_can_be_written() -> None:
    assert {*CALLED, *INFIX, "neg", "detach"} == OPERATIONS

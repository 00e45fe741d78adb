"""Triton's kernels compiled ahead for real devices: registers, stack and shared memory are what is recorded."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from rnnbench.catalog.registry import build
from rnnbench.recurrence.cuda import engine, launch
from rnnbench.recurrence.cuda.launch import shared_bytes

RECORDED = list(csv.DictReader((Path(__file__).parent / "cuda_resources.csv").read_text(encoding="utf-8").splitlines()))
CASES = [(row["cell"], int(row["units"]), row["dtype"], int(row["capability"])) for row in RECORDED[::2]]


@pytest.mark.parametrize(("cell", "units", "dtype", "capability"), CASES)
def test_a_compiled_kernel_takes_what_is_recorded(
    cell: str, units: int, dtype: str, capability: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("triton", reason="Triton is not installed (pip install rnnbench[cuda])")
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    from rnnbench.recurrence.cuda.resources import SHARED_LIMITS, Resources, measure

    case = (cell, str(units), dtype, str(capability))
    recorded = [row for row in RECORDED if (row["cell"], row["units"], row["dtype"], row["capability"]) == case]
    measured: list[Resources] = list(measure(cell, units, dtype, capability))
    assert [each.kernel for each in measured] == [row["kernel"] for row in recorded]
    for each, row in zip(measured, recorded, strict=True):
        assert abs(each.registers - int(row["registers"])) <= 24, each
        assert each.stack == int(row["stack"]) == 0, each
        assert each.shared == int(row["shared"]) <= SHARED_LIMITS[capability], each
        assert each.tensor_cores == int(row["tensor_cores"]), each
        if each.kernel.startswith("sequence") and each.shared:
            gates = len(build("cell", cell, {}, input_size=1, hidden_size=units).gates)
            assert each.shared <= shared_bytes(units, gates, 4 if dtype == "fp32" else 2), each
            assert (each.tensor_cores > 0) == (dtype != "fp32"), each


def test_what_is_recorded_are_the_cases_that_the_command_prints() -> None:
    pytest.importorskip("triton", reason="Triton is not installed (pip install rnnbench[cuda])")
    from rnnbench.recurrence.cuda import resources

    assert tuple(CASES) == resources.CASES


class MadeUpDevice:
    """All that Triton asks of a device to compile for it."""

    def get_current_device(self) -> int:
        return 0

    def get_current_stream(self, device: int) -> int:
        return 0

    def get_current_target(self) -> Any:
        from triton.backends.compiler import GPUTarget

        return GPUTarget("cuda", 80, 32)


class NeverLaunched:
    """A kernel that is compiled for its arguments as at a launch, and goes no further."""

    def __init__(self, kernel: Any) -> None:
        self.kernel = kernel

    def __getitem__(self, grid: tuple[int, int]) -> Any:
        return lambda *arguments, **options: self.kernel.warmup(*arguments, grid=grid, **options)


@pytest.mark.parametrize(("limit", "kind"), [(163 * 1024, "sequence"), (0, "step")])
def test_other_lengths_and_rows_compile_nothing(
    limit: int, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    triton = pytest.importorskip("triton", reason="Triton is not installed (pip install rnnbench[cuda])")
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(launch, "shared_limit", lambda device: limit)
    monkeypatch.setattr(engine, "KERNELS", {})
    cell = build("cell", "rnn", {}, input_size=2, hidden_size=20)
    kernel = engine.KERNELS[engine.kernel_of(cell)]
    kernels = {name: getattr(kernel.module, name) for name in (f"{kind}_forward", f"{kind}_backward")}
    wrapped = SimpleNamespace(**{name: NeverLaunched(each) for name, each in kernels.items()})
    monkeypatch.setitem(vars(kernel), "module", wrapped)
    # Not set_active: what it set aside could not be put back where there is no GPU.
    monkeypatch.setattr(triton.runtime.driver, "_active", MadeUpDevice())
    for rows, steps in ((3, 4), (1, 1), (16, 16), (17, 2)):
        x, lengths = torch.zeros(rows, steps, 2), torch.full((rows,), steps)
        y, _ = engine.run(cell, x, lengths, (torch.zeros(rows, 20),))
        y.sum().backward()
        counts = {name: [len(cache[0]) for cache in each.device_caches.values()] for name, each in kernels.items()}
        assert counts == {f"{kind}_forward": [1], f"{kind}_backward": [1]}

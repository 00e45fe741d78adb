"""Triton's kernels compiled ahead for real devices: registers, stack and shared memory are what is recorded."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from rnnbench.catalog.registry import build
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

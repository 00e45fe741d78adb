"""JAX beside the backends: the same weights, the same numbers and gradients, and the threads that were asked for."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from rnnbench.contracts import UnavailableError
from rnnbench.records.throughput import Row
from rnnbench.throughput import jax_scan
from rnnbench.throughput.candidates import candidates_of
from rnnbench.throughput.case import Case, Shape
from rnnbench.throughput.material import make_material
from rnnbench.throughput.measure import measure

SHAPE = Shape(3, 5, 8)


def row_of(cell: str, mode: str, **settings: Any) -> Row:
    (row,) = measure(Case(cell, SHAPE, mode, **settings), ["jax"], seconds=1e-6)
    return row


@pytest.mark.parametrize("lengths", ["full", "uniform"])
@pytest.mark.parametrize("mode", ["train", "inference"])
@pytest.mark.parametrize(
    ("cell", "params"), [("rnn", {}), ("rnn", {"activation": "relu"}), ("gru", {}), ("lstm", {"forget_bias": 1.0})]
)
def test_jax_gives_the_loops_outputs_and_gradients(cell: str, params: dict[str, Any], mode: str, lengths: str) -> None:
    row = row_of(cell, mode, params=params, lengths=lengths)
    assert row.parity, row.reason
    assert row.median_us_per_step is not None


def test_training_gives_a_gradient_for_x_and_every_parameter() -> None:
    material = make_material(Case("gru", SHAPE, "train"))
    found = jax_scan.run_by_jax(material)()
    expected = [material.d_y, material.x, *material.cell.parameters()]
    assert [tensor.shape for tensor in found] == [tensor.shape for tensor in expected]
    assert all(tensor.any() for tensor in found)


def test_other_cells_and_single_steps_are_refused() -> None:
    assert row_of("slstm", "train").reason == "SLSTM declares no equivalent in torch"
    assert row_of("gru", "decode").reason == "it runs whole sequences alone"
    assert "jax" not in candidates_of(Case("gru", SHAPE, "decode"))
    assert "jax" in candidates_of(Case("gru", SHAPE, "train"))


def test_a_missing_jax_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UnavailableError, match=r"jax is not installed; install it with pip install 'rnnbench\[jax\]'"):
        jax_scan.run_by_jax(make_material(Case("gru", SHAPE, "train")))


def test_a_jax_that_has_started_otherwise_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    material = make_material(Case("gru", SHAPE, "train", threads=2))
    sentence = (
        "jax keeps the number of threads that it has started with, which was not 2; measure threads=2 by a command"
    )
    monkeypatch.setattr(jax_scan, "_POOL", [1])
    with pytest.raises(UnavailableError, match=sentence):
        jax_scan.run_by_jax(material)
    # Imported by someone else, with any number.
    monkeypatch.setattr(jax_scan, "_POOL", [])
    monkeypatch.setitem(sys.modules, "jax", object())
    with pytest.raises(UnavailableError, match=sentence):
        jax_scan.run_by_jax(material)


POOL = """
import os, sys
from rnnbench.throughput.case import Case, Shape
from rnnbench.throughput.jax_scan import run_by_jax
from rnnbench.throughput.material import make_material

run_by_jax(make_material(Case("gru", Shape(3, 5, 8), "inference", threads=int(sys.argv[1]))))()
names = [open(f"/proc/self/task/{thread}/comm").read().strip() for thread in os.listdir("/proc/self/task")]
print(names.count("tf_XLAEigen"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted as Linux tells them")
@pytest.mark.parametrize("threads", [1, 3])
def test_xla_has_as_many_threads_as_were_asked_for(threads: int) -> None:
    command = [sys.executable, "-c", POOL, str(threads)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == f"{threads}\n"

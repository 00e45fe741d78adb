"""A row has a speed only where its numbers are right; nothing here asserts a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from filelock import Timeout

from rnnbench.contracts import PluginError, UnavailableError
from rnnbench.records.throughput import Row
from rnnbench.recurrence import BACKENDS
from rnnbench.recurrence.fused.compiler import has_bfloat16
from rnnbench.throughput import measure as module
from rnnbench.throughput.alone import alone
from rnnbench.throughput.candidates import BUILDERS, candidates_of
from rnnbench.throughput.case import CANDIDATES, Case, Shape
from rnnbench.throughput.material import Material, make_material
from rnnbench.throughput.measure import measure
from rnnbench.throughput.parity import TOLERANCE, TOLERANCE_BFLOAT16
from rnnbench.throughput.passes import Pass
from tests.conftest import PLUGIN_FOLDER

SHAPE = Shape(3, 5, 8)
SPEEDS = ("median_us_per_step", "p10", "p90", "tokens_per_second", "ratio_to_torch", "gflops", "cpu_us_per_step")


def rows_of(cell: str, mode: str, *backends: str, **settings: Any) -> dict[str, Row]:
    rows = measure(Case(cell, SHAPE, mode, **settings), backends, seconds=1e-6)
    return {row.backend: row for row in rows}


def test_every_backend_and_peer_can_be_named() -> None:
    assert set(BUILDERS) == set(CANDIDATES) >= set(BACKENDS)


@pytest.mark.parametrize("mode", ["train", "inference", "decode"])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_whoever_runs_a_classic_cell_gives_the_loops_numbers(cell: str, mode: str) -> None:
    rows = rows_of(cell, mode)
    assert {"torch", "reference"} <= rows.keys()
    for row in rows.values():
        assert row.status in ("ok", "unavailable"), row.reason
        if row.status == "ok":
            assert row.parity
            assert row.p10 is not None
            assert row.p90 is not None
            assert 0 < row.p10 <= (row.median_us_per_step or 0) <= row.p90
    assert rows["torch"].ratio_to_torch == 1
    assert rows["reference"].ratio_to_torch is not None


def test_onnx_runtime_gives_the_loops_numbers() -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    for cell, params in (("rnn", {"activation": "relu"}), ("rnn", {}), ("gru", {}), ("lstm", {})):
        for lengths in ("full", "uniform"):
            (row,) = rows_of(cell, "inference", "onnxruntime", params=params, lengths=lengths).values()
            assert row.parity, row.reason


@pytest.mark.parametrize("mode", ["train", "inference"])
def test_padding_is_neither_compared_nor_counted(mode: str) -> None:
    case = Case("lstm", Shape(8, 6, 8), mode, lengths="uniform")
    material = make_material(case)
    rows = measure(case, (), seconds=1e-6)
    assert {"torch", "torch_packed"} <= {row.backend for row in rows}
    for row in rows:
        if row.status == "ok":
            assert row.tokens_per_second is not None
            seconds_a_pass = (row.median_us_per_step or 0) * 6 / 1e6
            assert row.tokens_per_second * seconds_a_pass == pytest.approx(material.tokens)
    assert material.tokens < 8 * 6


def _off_by(change: float, mode: str) -> Any:
    """Return a candidate that is the loop but for one number of its last result."""

    def build(material: Material) -> Pass:
        right = BUILDERS["reference"](material)

        def work() -> list[torch.Tensor]:
            *most, last = right()
            return [*most, last + change * last.abs().max()]

        return work

    return build


@pytest.mark.parametrize("mode", ["train", "inference", "decode"])
def test_a_wrong_backend_is_caught_and_gets_no_speed(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BUILDERS, "fused", _off_by(1e-3, mode))
    rows = rows_of("gru", mode, "fused", "torch")
    assert (rows["fused"].status, rows["fused"].parity) == ("wrong", False)
    assert "differs from the reference" in rows["fused"].reason
    assert all(getattr(rows["fused"], name) is None for name in SPEEDS)
    assert rows["torch"].status == "ok"


def test_what_is_wrong_is_not_even_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    timed: list[list[str]] = []
    monkeypatch.setattr(module, "alternate", lambda works, seconds: timed.append(list(works)) or _made_up(works))
    monkeypatch.setitem(BUILDERS, "fused", _off_by(1.0, "train"))
    rows_of("gru", "train", "fused", "torch", "reference")
    assert [names[:-1] for names in timed] == [["torch", "reference"]]


def _made_up(works: Any) -> dict[str, Any]:
    return {name: [module.Sample(place + 1.0, place + 2.0)] * 3 for place, name in enumerate(works)}


def test_numbers_come_from_the_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "alternate", lambda works, seconds: _made_up(works))
    case = Case("gru", Shape(8, 5, 16), "train")
    torchs, loop = measure(case, ["torch", "reference"], seconds=1)
    assert (torchs.ratio_to_torch, loop.ratio_to_torch) == (1, 0.5)
    assert loop.cpu_ratio_to_torch == pytest.approx(2 / 3)
    assert loop.median_us_per_step == pytest.approx(2e6 / 5)
    assert loop.cpu_us_per_step == pytest.approx(3e6 / 5)
    assert loop.tokens_per_second == pytest.approx(8 * 5 / 2)
    # Forward, and twice as much backward, of two products with 3 H columns.
    # Rates are those of a second of processor time: 3 for the second of three, 4 for the product.
    assert loop.gflops == pytest.approx(3 * 2 * (3 * 16 * 16 * 2) * 40 / 3 / 1e9)
    product = 2 * module.PRODUCT**3 / 4 / 1e9
    assert loop.product_gflops == pytest.approx(product)
    assert loop.share_of_peak == pytest.approx((loop.gflops or 0) / product)


def test_few_rows_have_no_share_of_the_product() -> None:
    (row,) = rows_of("gru", "inference", "reference").values()
    assert row.gflops is not None
    assert row.share_of_peak is None


def test_who_cannot_run_a_cell_says_why() -> None:
    rows = rows_of("slstm", "train", "torch", "reference")
    assert rows["torch"].status == "unavailable"
    assert rows["torch"].reason == "SLSTM declares no equivalent in torch"
    assert rows["torch"].parity is None
    assert rows["reference"].status == "ok"
    assert rows["reference"].ratio_to_torch is None


def test_without_a_compiler_the_fused_row_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from rnnbench.recurrence.fused import engine

    monkeypatch.setenv("CC", "no-such-compiler")
    monkeypatch.setattr(engine, "KERNELS", {})
    rows = rows_of("gru", "train", "fused", "reference")
    assert rows["fused"].status == "ok"
    assert "no-such-compiler" in rows["fused"].reason
    assert rows["reference"].status == "ok"


def test_flashrnn_says_what_it_wants() -> None:
    (row,) = rows_of("gru", "train", "flashrnn").values()
    assert row.status == "unavailable"
    assert re.search("flashrnn is not installed|torch finds no CUDA device|it runs on CUDA alone", row.reason)


def test_a_linear_cell_is_scanned_and_another_one_told_why() -> None:
    for mode in ("train", "inference", "decode"):
        (row,) = rows_of("mingru", mode, "scan").values()
        assert row.parity, row.reason
    (row,) = rows_of("gru", "train", "scan").values()
    assert (row.status, row.reason) == ("unavailable", "the units of GRU read one another's state, by h W_hh")


def test_a_cell_that_sees_whole_sequences_cannot_decode() -> None:
    rows = rows_of("bow", "decode", "torch", "reference")
    assert {row.status for row in rows.values()} == {"unavailable"}
    assert "cannot be stepped" in rows["reference"].reason


def test_one_who_raises_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(material: Material) -> Pass:
        raise ZeroDivisionError("no\nreason")

    monkeypatch.setitem(BUILDERS, "fused", broken)
    rows = rows_of("gru", "train", "fused", "reference")
    assert (rows["fused"].status, rows["fused"].reason) == ("failed", "ZeroDivisionError: no")
    assert rows["reference"].status == "ok"


def test_onnx_runtime_says_what_it_does_not_do(monkeypatch: pytest.MonkeyPatch) -> None:
    from rnnbench.throughput import onnx_runtime

    material = make_material(Case("gru", SHAPE, "train"))
    monkeypatch.setattr(onnx_runtime.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UnavailableError, match=r"onnx is not installed; .*rnnbench\[peers\]"):
        onnx_runtime.run_by_onnx(material)
    monkeypatch.setattr(onnx_runtime.importlib.util, "find_spec", lambda name: object())
    with pytest.raises(UnavailableError, match="inference of whole sequences alone"):
        onnx_runtime.run_by_onnx(material)


def test_nobody_is_asked_for_what_makes_no_sense() -> None:
    case = Case("gru", SHAPE, "train")
    assert candidates_of(case) == ["fused", "torch", "scan", "reference", "jax"]
    assert candidates_of(replace(case, mode="inference")) == [
        "fused",
        "torch",
        "scan",
        "reference",
        "onnxruntime",
        "jax",
    ]
    assert "torch_packed" in candidates_of(replace(case, lengths="uniform"))


@pytest.mark.parametrize("mode", ["train", "inference"])
def test_bfloat16_is_measured_where_the_processor_has_it(mode: str) -> None:
    (row,) = measure(Case("gru", SHAPE, mode), ["fused_bfloat16"], 0.001)
    if has_bfloat16():
        assert row.status == "ok"
        assert row.difference is not None
        assert TOLERANCE < row.difference < TOLERANCE_BFLOAT16
    else:
        assert (row.status, row.reason) == ("unavailable", "this processor has no instructions for bfloat16")


@pytest.fixture
def _three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("_three_threads")
def test_threads_are_those_of_the_case_and_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    original = BUILDERS["reference"]
    monkeypatch.setitem(
        BUILDERS, "reference", lambda material: seen.append(torch.get_num_threads()) or original(material)
    )
    (row,) = rows_of("gru", "inference", "reference", threads=2).values()
    assert set(seen) == {2}
    assert row.threads == 2
    assert torch.get_num_threads() == 3


def test_one_process_measures_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    original = BUILDERS["reference"]

    def build(material: Material) -> Pass:
        with pytest.raises(Timeout):
            alone().acquire(blocking=False)
        return original(material)

    monkeypatch.setitem(BUILDERS, "torch", build)
    (row,) = rows_of("gru", "inference", "torch").values()
    assert row.status == "ok", row.reason
    with alone().acquire(blocking=False):
        pass


def test_training_leaves_no_gradients_and_inference_records_none() -> None:
    material = make_material(Case("gru", SHAPE, "train"))
    results = BUILDERS["reference"](material)()
    assert len(results) == 2 + len(list(material.cell.parameters()))
    assert all(parameter.grad is None for parameter in material.cell.parameters())
    (y,) = BUILDERS["torch"](make_material(Case("gru", SHAPE, "inference")))()
    assert not y.requires_grad


def test_a_cell_with_a_broken_update_is_told_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNBENCH_PLUGINS", str(PLUGIN_FOLDER))
    from rnnbench.catalog import registry

    kind: Any = registry.find("cell", "leaky").load()

    def update(self: Any, *arguments: Any) -> Any:
        raise ValueError("gate missing")

    monkeypatch.setattr(kind, "update" if hasattr(kind, "update") else "step", update)
    with pytest.raises(PluginError, match="cell leaky raised ValueError: gate missing"):
        measure(Case("leaky", SHAPE, "train"), ["reference"], seconds=1e-6)

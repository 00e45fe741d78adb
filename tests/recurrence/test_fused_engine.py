"""The torch operations around a compiled cell: known to opcheck and torch.compile, built once, safe to build twice."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch._dynamo.testing import CompileCounterWithBackend

from rnnbench.catalog.registry import build
from rnnbench.contracts import UsageError
from rnnbench.recurrence import Recurrence
from rnnbench.recurrence.backends import fused
from rnnbench.recurrence.fused import compiler, engine
from rnnbench.recurrence.fused.uncompiled import UncompiledKernel
from rnnbench.recurrence.noise import Noise
from tests.recurrence.parity import both, difference, states


def cell_of(name: str) -> Any:
    torch.manual_seed(0)
    return build("cell", name, {}, input_size=4, hidden_size=6)


@pytest.mark.parametrize("name", ["gru", "sru"])
def test_the_operations_are_well_formed(name: str) -> None:
    cell = cell_of(name)
    cell.noise = Noise(zoneout=0.5)
    hidden = (cell.weight_hh, cell.bias_hh) if cell.hidden_product else (None, None)
    vectors = torch.stack([getattr(cell, each) for each in cell.vectors]) if cell.vectors else None
    initial = torch.stack(states(cell, 3)).requires_grad_()
    x = torch.randn(3, 5, 4, requires_grad=True)
    parameters = (cell.weight_ih, hidden[0], cell.bias_ih, hidden[1], vectors)
    masks = cell.draw_masks(3, 5, x)
    arguments = (x, torch.tensor([5, 1, 3]), initial, masks, *parameters, engine.kernel_of(cell), True, 1)
    # Without the tape in comparisons between runs: of rows that ended it holds what was in memory.
    torch.library.opcheck(
        engine.FORWARD, arguments, test_utils=("test_schema", "test_autograd_registration", "test_faketensor")
    )
    y, final, tape = (tensor.detach() for tensor in engine.FORWARD(*arguments))
    detached = [None if tensor is None else tensor.detach() for tensor in parameters]
    read = (x.detach(), torch.tensor([5, 1, 3]), initial.detach(), masks)
    given = (y, final, *read, *detached, tape, arguments[-3], 1, True)
    torch.library.opcheck(engine.BACKWARD, given, test_utils=("test_schema", "test_faketensor"))


def test_thirty_lengths_are_at_most_two_graphs() -> None:
    cell = cell_of("gru")
    counter = CompileCounterWithBackend("aot_eager")

    def total(x: torch.Tensor, lengths: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        return engine.run(cell, x, lengths, (state,))[0].square().mean()

    torch._dynamo.reset()
    compiled = torch.compile(total, backend=counter, fullgraph=True)
    for steps in range(2, 32):
        x, lengths, state = torch.randn(3, steps, 4), torch.tensor([steps, 1, 2]), torch.zeros(3, 6)
        cell.zero_grad()
        loss = compiled(x, lengths, state)
        loss.backward()
        gradient = cell.weight_hh.grad.clone()
        cell.zero_grad()
        expected = total(x, lengths, state)
        expected.backward()
        torch.testing.assert_close(loss, expected)
        torch.testing.assert_close(gradient, cell.weight_hh.grad)
    assert counter.frame_count <= 2


@pytest.mark.parametrize("reverse", [False, True])
def test_the_whole_recurrence_is_one_graph_for_all_lengths(reverse: bool) -> None:
    recurrence = Recurrence(cell_of("gru"), backend="fused", reverse=reverse)
    counter = CompileCounterWithBackend("aot_eager")
    torch._dynamo.reset()
    compiled = torch.compile(recurrence, backend=counter, fullgraph=True)
    for steps in range(2, 32):
        x, lengths = torch.randn(3, steps, 4), torch.tensor([steps, 1, 2])
        torch.testing.assert_close(compiled(x, lengths), recurrence(x, lengths))
    assert counter.frame_count <= 2


def test_a_recurrence_can_be_exported() -> None:
    recurrence, inputs = Recurrence(cell_of("lstm")), (torch.randn(3, 5, 4), torch.tensor([5, 1, 2]))
    exported = torch.export.export(recurrence, inputs)
    torch.testing.assert_close(exported.module()(*inputs), recurrence(*inputs))


@pytest.mark.parametrize(
    ("name", "shape"),
    [("weight_ih", (18, 3)), ("weight_hh", (18, 3)), ("weight_hh", (12, 6)), ("bias_ih", (17,)), ("bias_hh", (1,))],
)
def test_a_parameter_of_another_shape_is_told_before_c_reads_it(name: str, shape: tuple[int, ...]) -> None:
    cell = cell_of("gru")
    recurrence = Recurrence(cell, backend="fused")
    setattr(cell, name, torch.nn.Parameter(torch.zeros(shape)))
    with pytest.raises(UsageError, match=rf"cell GRU has {name} of shape \({shape[0]}.*; backend=fused needs \(18"):
        recurrence(torch.randn(2, 3, 4), torch.tensor([3, 2]))


def test_vectors_of_another_shape_are_told_before_c_reads_them() -> None:
    cell = cell_of("indrnn")
    recurrence = Recurrence(cell, backend="fused")
    cell.u = torch.nn.Parameter(torch.zeros(1))
    with pytest.raises(UsageError, match=r"cell IndRNN has vectors of shape \(1, 1\); backend=fused needs \(1, 6\)"):
        recurrence(torch.randn(2, 3, 4), torch.tensor([3, 2]))


BUILD = """
import sys, pathlib
from rnnbench.recurrence.fused.compiler import build
path = build(pathlib.Path(sys.argv[1]).read_text())
import ctypes
assert ctypes.CDLL(str(path)).forty_two() == 42
print(path)
"""


def test_two_processes_build_the_same_library_at_once(tmp_path: Path) -> None:
    source = tmp_path / "answer.c"
    source.write_text("int forty_two(void) { return 42; }")
    command = [sys.executable, "-W", "error", "-c", BUILD, str(source)]
    environment = os.environ | {"RNNBENCH_CACHE": str(tmp_path)}
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    paths = {process.communicate(timeout=60)[0] for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert len(paths) == 1
    assert sorted(path.suffix for path in (tmp_path / "kernels").iterdir()) == [".c", ".so"]


def test_what_is_built_once_is_not_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNBENCH_CACHE", str(tmp_path))
    first = compiler.build("int one(void) { return 1; }")
    made = first.stat().st_mtime_ns
    assert compiler.build("int one(void) { return 1; }") == first
    assert first.stat().st_mtime_ns == made
    assert compiler.build("int one(void) { return 2; }") != first


def test_flags_and_compiler_are_part_of_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNBENCH_CACHE", str(tmp_path))
    plain = compiler.build("int one(void) { return 1; }")
    monkeypatch.setenv("CC", "cc -DOTHER")
    assert compiler.build("int one(void) { return 1; }") != plain


def test_a_damaged_library_is_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = fused_text()
    monkeypatch.setenv("RNNBENCH_CACHE", str(tmp_path))
    compiler.build(text).write_bytes(b"")
    monkeypatch.setattr(engine, "KERNELS", {})
    assert engine.load(text) in engine.KERNELS


def test_a_folder_whose_libraries_cannot_be_loaded_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(library: Path, bfloat16: bool) -> None:
        raise OSError("failed to map segment from shared object")

    monkeypatch.setenv("RNNBENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(engine, "KERNELS", {})
    monkeypatch.setattr(engine, "Kernel", refused)
    cell = cell_of("gru")
    assert fused.unavailable(cell) == ""
    assert re.search(r"nothing that is built in .*kernels can be loaded \(failed to map", fused.drawback(cell))


def fused_text() -> str:
    return engine.fused(cell_of("gru")).text


def test_a_text_that_is_no_c_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNBENCH_CACHE", str(tmp_path))
    with pytest.raises(compiler.CompilerError, match=r"the C compiler failed: .*error"):
        compiler.build("int one(void) { return x; }")
    assert not list((tmp_path / "kernels").glob("*.so"))


@pytest.mark.parametrize(
    ("cc", "reason"),
    [
        ("no-such-compiler", "CC=no-such-compiler: there is no such C compiler"),
        ('gcc "', 'CC=gcc " cannot be read (No closing quotation)'),
        (None, "there is no C compiler"),
    ],
)
def test_without_a_compiler_fused_runs_in_torch_operations_and_only_by_name(
    cc: str | None, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "KERNELS", {})
    if cc is None:
        monkeypatch.delenv("CC", raising=False)
        monkeypatch.setenv("PATH", str(tmp_path))
    else:
        monkeypatch.setenv("CC", cc)
    assert reason in Recurrence(cell_of("janet"), backend="fused").why
    chosen = Recurrence(cell_of("janet"))
    assert chosen.backend == "reference"
    assert reason in chosen.why


@pytest.mark.parametrize("name", ["rnn", "gru", "peephole_lstm", "indrnn", "slstm", "minlstm"])
@pytest.mark.parametrize("lengths", [[5, 1, 3, 5, 1], [7]])
def test_without_a_compiler_results_are_the_same(
    name: str, lengths: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "KERNELS", {})
    monkeypatch.setenv("CC", "no-such-compiler")
    cell, rows = cell_of(name), len(lengths)
    cell.noise = Noise(zoneout=0.3, zoneout_cell=0.5, recurrent_dropout=0.25 if cell.hidden_product else 0.0)
    assert difference(*both(cell, torch.randn(rows, max(lengths), 4), torch.tensor(lengths), states(cell, rows))) < 2e-5
    (kernel,) = engine.KERNELS.values()
    assert isinstance(kernel, UncompiledKernel)


def test_without_a_cache_folder_nothing_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "KERNELS", {})
    (tmp_path / "file").touch()
    monkeypatch.setenv("RNNBENCH_CACHE", str(tmp_path / "file"))
    recurrence = Recurrence(cell_of("gru"))
    assert recurrence.backend == "torch"
    assert "cannot create the cache folder" in recurrence.why


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="the flags are those of x86")
@pytest.mark.parametrize(("flag", "lanes"), [("-mno-avx512f", 8), ("-mno-avx", 4)])
def test_narrower_registers_give_the_same(flag: str, lanes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "KERNELS", {})
    monkeypatch.setenv("CC", f"cc {flag}")
    cell = cell_of("lstm")
    x, lengths = torch.randn(11, 40, 4), torch.tensor([40, 1, 2, 3, 40, 17, 17, 30, 31, 32, 33])
    assert difference(*both(cell, x, lengths, states(cell, 11))) < 2e-5
    (kernel,) = engine.KERNELS.values()
    # h, c, four gates and tanh(c), each padded to a register.
    assert kernel.tape_floats(1, 1, 1) == 7 * lanes


def test_small_numbers_elsewhere_are_left_alone() -> None:
    Recurrence(cell_of("gru"), backend="fused")(torch.randn(1, 2, 4), torch.tensor([2]))
    assert float(torch.tensor(1e-40) * 0.5) > 0


def test_bfloat16_runs_where_the_processor_has_it_and_elsewhere_is_declined(monkeypatch: pytest.MonkeyPatch) -> None:
    recurrence = Recurrence(cell_of("janet").bfloat16())
    x, lengths = torch.randn(2, 3, 4, dtype=torch.bfloat16), torch.tensor([3, 1])
    monkeypatch.setattr(fused, "has_bfloat16", lambda: False)
    recurrence(x, lengths)
    assert recurrence.backend_used == "reference"
    assert "this processor has no instructions for bfloat16" in recurrence.why
    monkeypatch.setattr(fused, "has_bfloat16", lambda: True)
    y, (h, *_) = recurrence(x, lengths)
    assert recurrence.backend_used == "fused"
    assert y.dtype == h.dtype == torch.bfloat16
    recurrence.float()
    with torch.autocast("cpu", torch.bfloat16):
        y, _ = recurrence(x.float(), lengths)
    assert recurrence.backend_used == "fused"
    assert y.dtype == torch.bfloat16


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="the instructions are those of x86")
def test_bfloat16_and_wide_registers_are_compiled_to_their_instructions(tmp_path: Path) -> None:
    source, assembly = tmp_path / "lstm.c", tmp_path / "lstm.s"
    source.write_text(engine.fused(cell_of("lstm"), bfloat16=True).text)
    command = ["cc", "-mavx512f", "-mavx512bf16", *compiler.FLAGS, "-S", "-o", str(assembly), str(source)]
    subprocess.run(command, check=True)
    text = assembly.read_text()
    assert "vdpbf16ps" in text
    assert "%zmm31" in text

"""What the kernels take of a GPU's registers and memory, by compiling them for it: no GPU is needed.

`python -m rnnbench.recurrence.cuda.resources > tests/recurrence/cuda_resources.csv` makes the recorded figures anew.
"""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from rnnbench.catalog.registry import build
from rnnbench.recurrence.cuda import launch
from rnnbench.recurrence.cuda.kernel import Kernel
from rnnbench.recurrence.fused.trace import trace

SHARED_LIMITS = {80: 163 * 1024, 86: 99 * 1024, 90: 227 * 1024}
"""Bytes a program can have, by compute capability (CUDA C++ programming guide, technical specifications)."""

ITEM_SIZES = {"fp32": 4, "fp16": 2, "bf16": 2}

FLOAT32 = {"initial", "final", "d_final", "d_initial", "state", "d_state", "states", "kept", "vectors", "d_vectors"}
"""Tensors that are float32 whatever the weights are."""

CASES = (
    ("rnn", 256, "bf16", 80),
    ("rnn", 128, "fp32", 86),
    ("gru", 64, "fp32", 86),
    ("gru", 100, "fp16", 90),
    ("lstm", 64, "bf16", 86),
    ("lstm", 128, "bf16", 80),
    ("lstm", 128, "bf16", 90),
    ("lstm", 128, "bf16", 86),
    ("lstm", 64, "fp32", 80),
    ("slstm", 128, "fp16", 80),
    ("slstm", 64, "fp32", 90),
    ("peephole_lstm", 128, "bf16", 80),
    ("peephole_lstm", 512, "fp32", 90),
    ("sru", 300, "bf16", 80),
)
"""Cells, units, weights and compute capabilities: the largest that fit on a chip, and what is left to single steps."""


@dataclass(frozen=True)
class Resources:
    """One kernel's figures: registers of a thread, bytes of its stack (0 without spills), bytes of shared memory.

    `tensor_cores` counts the instructions that multiply tiles.
    """

    cell: str
    units: int
    dtype: str
    capability: int
    kernel: str
    warps: int
    registers: int
    stack: int
    shared: int
    tensor_cores: int


def measure(cell: str, units: int, dtype: str, capability: int) -> Iterator[Resources]:
    """Yield the figures of the two kernels that would run the cell on a GPU of that capability."""
    made = build("cell", cell, {}, input_size=1, hidden_size=units)
    kernel = Kernel(trace(made), cell)
    how = launch.choose(units, len(kernel.values.hidden), ITEM_SIZES[dtype], SHARED_LIMITS[capability])
    constants: dict[str, Any] = {"UNITS": units, "ROWS": how.rows, "WIDTH": how.width}
    constants |= {"KEEP": True, "PRECISION": "ieee"}
    for direction in ("forward", "backward"):
        name = f"{'sequence' if how.whole_sequence else 'step'}_{direction}"
        binary = _compiled(getattr(kernel.module, name), constants, dtype, capability, how.warps)
        registers, stack = _read(binary.asm["cubin"])
        tiles = len(re.findall(r"mma\S*\.sync", binary.asm["ptx"]))
        shared = binary.metadata.shared
        yield Resources(cell, units, dtype, capability, name, how.warps, registers, stack, shared, tiles)


def _compiled(function: Any, constants: dict[str, Any], dtype: str, capability: int, warps: int) -> Any:
    kinds = dict.fromkeys(constants, "constexpr") | dict.fromkeys(("batch", "steps", "t"), "i32")
    kinds |= dict.fromkeys(FLOAT32, "*fp32") | {"lengths": "*i64"}
    signature = {name: kinds.get(name, f"*{dtype}") for name in function.arg_names}
    # What Triton finds out by itself at a launch: torch's tensors begin at multiples of 16 bytes.
    aligned = {(place,): [["tt.divisibility", 16]] for place, kind in enumerate(signature.values()) if kind[0] == "*"}
    used = {name: value for name, value in constants.items() if name in signature}
    return triton.compile(
        ASTSource(function, signature, used, aligned),
        target=GPUTarget("cuda", capability, 32),
        options={"num_warps": warps, "num_stages": 1},
    )


def _read(cubin: bytes) -> tuple[int, int]:
    """Return the registers and the bytes of stack that a binary's threads have."""
    tool = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        said = subprocess.run([tool, "--dump-resource-usage", file.name], capture_output=True, text=True, check=True)
    found = re.search(r"REG:(\d+) STACK:(\d+)", said.stdout)
    if found is None:
        raise ValueError(f"cuobjdump says nothing of registers: {said.stdout}")
    return int(found[1]), int(found[2])


def main() -> None:
    """Print the figures of every case."""
    writer = csv.DictWriter(sys.stdout, [field.name for field in fields(Resources)], lineterminator="\n")
    writer.writeheader()
    for case in CASES:
        writer.writerows(map(asdict, measure(*case)))
        sys.stdout.flush()


if __name__ == "__main__":
    main()

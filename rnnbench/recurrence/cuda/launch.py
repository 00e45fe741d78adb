"""Which of the two kernels runs a cell, and in what pieces: known before it is launched, from sizes alone."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache

import torch

SEQUENCE_ROWS = 16
"""Rows of a program that multiplies: the fewest that tensor cores take."""

POINTWISE_WIDTH = 256
"""Units of a program that does not, at most; one row each."""

FLOAT32_BYTES = 64 * 1024
"""W_hh in float32 at most: without tensor cores the compiler moves it into registers, and more does not fit."""


@dataclass(frozen=True)
class Launch:
    """A kernel's kind, and each program's rows, units and warps of 32 threads."""

    whole_sequence: bool
    rows: int
    width: int
    warps: int


def choose(units: int, gates: int, itemsize: int, limit: int) -> Launch:
    """Return how to run a cell of so many units.

    `gates` are those that h is multiplied for, 0 for a cell without that product; `itemsize` is the bytes of a weight,
    `limit` the shared memory in bytes that one program can have.
    """
    if not gates:
        return _pointwise(units, whole_sequence=True)
    width = _padded(units)
    too_much = itemsize == 4 and gates * width * width * itemsize > FLOAT32_BYTES
    if too_much or shared_bytes(units, gates, itemsize) > limit:
        return _pointwise(units, whole_sequence=False)
    # More warps where W_hh would fill a thread's registers; found by compiling (see resources).
    warps = min(16, max(4, width // 4)) if itemsize == 4 else min(8, max(4, width // 16))
    return Launch(True, SEQUENCE_ROWS, width, warps)


def shared_bytes(units: int, gates: int, itemsize: int) -> int:
    """Return the shared memory that the kernel of a whole sequence needs: W_hh, and a tile of float32 on its way."""
    width = _padded(units)
    return (gates * width * itemsize + SEQUENCE_ROWS * 4) * width


@cache
def shared_limit(device: torch.device) -> int:
    """Return the bytes of shared memory that one program on a device can have, as Triton asks before a launch."""
    if device.type == "cpu":
        return sys.maxsize  # Triton's interpreter runs there, which knows no limit.
    from triton.compiler import max_shared_mem

    limit: int = max_shared_mem(device.index)
    return limit


def _pointwise(units: int, whole_sequence: bool) -> Launch:
    width = min(_padded(units), POINTWISE_WIDTH)
    return Launch(whole_sequence, 1, width, min(4, max(1, width // 32)))


def _padded(units: int) -> int:
    """Return the width of a tile: a power of two, as Triton asks for, and 16 at least, as tensor cores do."""
    return max(16, 1 << (units - 1).bit_length())

"""Which of the two kernels runs a cell, and in what pieces: known before it is launched, from sizes alone."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import torch

SEQUENCE_ROWS = 16
"""Rows of a program that multiplies: the fewest that tensor cores take."""

POINTWISE_WIDTH = 256
"""Units of a program that does not, at most; one row each."""


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
    width = _power_of_two(units, 16)
    if shared_bytes(units, gates, itemsize) > limit:
        return _pointwise(units, whole_sequence=False)
    return Launch(True, SEQUENCE_ROWS, width, 4 if width <= 64 else 8)


def shared_bytes(units: int, gates: int, itemsize: int) -> int:
    """Return the shared memory that the kernel of a whole sequence needs: W_hh, and the rows to be multiplied."""
    width = _power_of_two(units, 16)
    return (gates * width + SEQUENCE_ROWS) * width * itemsize


def shared_limit(device: torch.device) -> int:
    """Return the bytes of shared memory that one program on a device can have."""
    if device.type == "cpu":
        return sys.maxsize  # Triton's interpreter runs there, which knows no limit.
    limit: int = torch.cuda.get_device_properties(device).shared_memory_per_block_optin
    return limit


def _pointwise(units: int, whole_sequence: bool) -> Launch:
    width = min(_power_of_two(units, 32), POINTWISE_WIDTH)
    return Launch(whole_sequence, 1, width, width // 32 if width < 128 else 4)


def _power_of_two(size: int, least: int) -> int:
    return max(least, 1 << (size - 1).bit_length())

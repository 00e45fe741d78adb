"""The most memory of one run, whatever ran before it in the same process."""

from __future__ import annotations

import sys

import pytest

from rnnbench.pipeline.memory import peak_bytes, reset_peaks

BLOCK = 200 * 2**20


def peak() -> int:
    found = peak_bytes()["peak_rss_bytes"]
    assert found is not None
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forgets a process's peak")
def test_a_peak_counts_from_the_reset_on() -> None:
    reset_peaks()
    before = peak()
    block = bytearray(BLOCK)
    block[:: 2**12] = b"x" * len(block[:: 2**12])
    assert peak() >= before + BLOCK * 0.9
    del block
    reset_peaks()
    assert peak() < before + BLOCK / 2

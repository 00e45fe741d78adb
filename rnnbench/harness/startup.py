"""Measure what start-up costs: `python -m rnnbench.harness.startup` prints CPU seconds, median of several processes."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Sequence

_REPEATS = 7
_COMMANDS: tuple[tuple[str, ...], ...] = (("--help",), ("list",), ("list", "cells"))


def cpu_seconds(command: Sequence[str], repeats: int = _REPEATS) -> float:
    """Return the median user + system seconds of a command, over `repeats` processes after one that warms the cache."""
    samples = []
    for _ in range(repeats + 1):
        before = os.times()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        after = os.times()
        samples.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return statistics.median(samples[1:])


def main() -> None:
    """Print the cost of the verbs that have to be quick, beside the bare interpreter's."""
    print(f"{'python -c pass':<24}{cpu_seconds([sys.executable, '-c', 'pass']):.3f} s CPU")
    for words in _COMMANDS:
        seconds = cpu_seconds([sys.executable, "-m", "rnnbench", *words])
        print(f"{'rnnbench ' + ' '.join(words):<24}{seconds:.3f} s CPU")


if __name__ == "__main__":
    main()

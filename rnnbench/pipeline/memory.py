"""The most memory a run held, apart from what earlier runs of the same process did."""

from __future__ import annotations

import resource
import sys
from contextlib import suppress
from pathlib import Path

import torch


def reset_peaks() -> None:
    """Forget the peaks so far, where the system can: elsewhere they are those of the whole process."""
    with suppress(OSError):
        # Linux: 5 puts the peak back to what is held now.
        Path("/proc/self/clear_refs").write_text("5")
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def peak_bytes() -> dict[str, int | None]:
    """Return the largest resident set and the most device memory since `reset_peaks`; None without a device."""
    return {
        "peak_rss_bytes": _peak_rss(),
        "peak_device_bytes": torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None,
    }


def _peak_rss() -> int:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else largest * 1024

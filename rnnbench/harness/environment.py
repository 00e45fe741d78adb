"""The variables that numerical libraries read when they are imported: to be set before anything imports torch."""

from __future__ import annotations


def thread_environment(threads: int) -> dict[str, str]:
    """Return the variables for so many threads.

    Spinning OpenMP threads make a busy machine up to 40 times slower; GOMP_SPINCOUNT=0 lets them sleep.
    """
    return {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads), "GOMP_SPINCOUNT": "0"}

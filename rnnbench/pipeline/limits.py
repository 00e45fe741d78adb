"""What a person can ask a predictor for: checked before a network is loaded, too. Imports no torch."""

from __future__ import annotations

from rnnbench.contracts import check_range


def check_sampling(*, length: int, temperature: float, top_k: int | None, top_p: float | None, seed: int) -> None:
    """Raise `UsageError` for a number by which no text can be drawn."""
    check_range("length", length, 1)
    check_range("temperature", temperature, 0, 1000)
    check_range("top_k", top_k, 1)
    check_range("top_p", top_p, 0, 1)
    check_range("seed", seed, 0, 2**32 - 1)


def check_search(*, beam_size: int | None, length_penalty: float | None) -> None:
    """Raise `UsageError` for a number by which no text can be searched; None stands for the run's own."""
    check_range("beam_size", beam_size, 1)
    check_range("length_penalty", length_penalty, 0, 10)

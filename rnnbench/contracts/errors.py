"""Errors that are one clear sentence: what was given, what was expected, what to do."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from typing import ClassVar


class RnnbenchError(Exception):
    """A problem a person can fix, worded for that person; the command prints it without a traceback.

    `status` is what a run's record says when the error ends it, `exit_code` what the command returns.
    """

    status: ClassVar[str] = "failed"
    exit_code: ClassVar[int] = 1


class UsageError(RnnbenchError):
    """The command was given something it cannot use: an unknown name, key or value."""

    exit_code = 2


class DataError(RnnbenchError):
    """A data file, cache or checkpoint is missing, empty or malformed; the message names file and line."""


class PluginError(RnnbenchError):
    """A plugin broke its contract or raised; the message names the plugin and its origin."""


class IncompatibleError(RnnbenchError):
    """A combination of plugins that cannot work together, with the reason."""

    status = "incompatible"


class UnavailableError(RnnbenchError):
    """Something that was asked for by name cannot run here, with the reason."""

    status = "unavailable"


def range_problem(name: str, value: float | None, low: float, high: float = math.inf) -> str:
    """Return a sentence for a number outside low to high, both inclusive, or an empty string; None is outside nothing.

    What is no number, nan, is outside everything.
    """
    if value is None or low <= value <= high:
        return ""
    bounds = f"at least {low}" if high == math.inf else f"from {low} to {high}"
    return f"{name}={value}: expected a number {bounds}."


def check_range(name: str, value: float | None, low: float, high: float = math.inf) -> None:
    """Raise `UsageError` for a number outside low to high, as `range_problem` words it."""
    if problem := range_problem(name, value, low, high):
        raise UsageError(problem)


def check_choice(name: str, value: object, choices: Iterable[str]) -> None:
    """Raise `UsageError` for a value that is none of the words it can be."""
    words = list(choices)
    if value not in words:
        raise UsageError(f"{name}={value}: it is one of {', '.join(words)}.")


def near_matches(word: str, choices: Iterable[str]) -> str:
    """Return " Did you mean …?" for the choices close to `word`, or an empty string."""
    close = difflib.get_close_matches(word, list(choices), n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(close)}?" if close else ""

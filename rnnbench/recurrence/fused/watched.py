"""What a cell's maths looks up on the cell, besides tensors: while that is the same, what was traced of it stands."""

from __future__ import annotations

from copy import deepcopy
from types import MethodType
from typing import Any

from torch import nn


class ChangedError(Exception):
    """A cell's maths changes the cell."""


class Watched:
    """Stands for a cell while its `update` runs once, and notes every attribute that is asked for."""

    def __init__(self, cell: nn.Module) -> None:
        object.__setattr__(self, "_Watched__cell", cell)
        object.__setattr__(self, "_Watched__found", {})

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """The cell's, so that `super()` in an `update` finds its parents."""
        return type(self.__cell)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.__cell, name)
        self.__found[name] = _kept(value)
        own = isinstance(value, MethodType) and value.__self__ is self.__cell
        return MethodType(value.__func__, self) if own else value

    def __setattr__(self, name: str, value: Any) -> None:
        raise ChangedError(f"update of {type(self.__cell).__name__} sets {name}, and compiled it would not")


def found(watched: Watched) -> dict[str, Any]:
    """Return what was asked for, by its name, as it can be compared with what is there later."""
    noted: dict[str, Any] = object.__getattribute__(watched, "_Watched__found")
    return noted


def unchanged(cell: nn.Module, noted: dict[str, Any]) -> bool:
    """Return whether all that was asked for of a cell is still the same."""
    for name, then in noted.items():
        now = getattr(cell, name, None)
        if now is then or (type(now) is MethodType and now.__func__ is then):
            continue
        if not _equal(_kept(now), then):
            return False
    return True


def _kept(value: Any) -> Any:
    """Return what tells a value from another one, and from itself when it has been changed in place."""
    if isinstance(value, MethodType):
        return value.__func__
    if isinstance(value, nn.Module):
        return value, repr(value), value.training
    return deepcopy(value) if isinstance(value, (list, dict, set, tuple)) else value


def _equal(now: Any, then: Any) -> bool:
    try:
        return type(now) is type(then) and bool(now == then)
    except (TypeError, ValueError, RuntimeError):
        # Not told apart by ==, as tensors are not: taken for another one.
        return False

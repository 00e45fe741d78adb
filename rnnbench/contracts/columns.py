"""The Arrow types of a data set's columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow

TYPES: dict[str, str] = {
    "text": "strings",
    "words": "lists of strings",
    "vectors": "lists of lists of numbers",
    "image": "binary",
    "label": "strings",
    "value": "numbers",
    "tags": "lists of strings",
    "target": "lists of strings",
}
"""What each column of `TaskInfo.columns` is made of."""


def fits(column: str, kind: pyarrow.DataType) -> bool:
    """Return whether an Arrow type is the one that the column must have."""
    import pyarrow.types as types

    def is_string(kind: pyarrow.DataType) -> bool:
        return bool(types.is_string(kind) or types.is_large_string(kind))

    def is_number(kind: pyarrow.DataType) -> bool:
        return bool(types.is_floating(kind) or types.is_integer(kind))

    def is_list(kind: pyarrow.DataType, of: Callable[[pyarrow.DataType], bool]) -> bool:
        return bool(types.is_list(kind) or types.is_large_list(kind)) and of(kind.value_type)

    checks: dict[str, Callable[[pyarrow.DataType], bool]] = {
        "strings": is_string,
        "numbers": is_number,
        "binary": lambda kind: bool(types.is_binary(kind) or types.is_large_binary(kind)),
        "lists of strings": lambda kind: is_list(kind, is_string),
        "lists of lists of numbers": lambda kind: is_list(kind, lambda inner: is_list(inner, is_number)),
    }
    return checks[TYPES[column]](kind)

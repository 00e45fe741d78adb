"""Strict JSON into typed dataclasses; what does not fit is named by its place: `metrics[2].value is missing`."""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
import typing
from collections.abc import Hashable
from typing import Any, TypeVar

from rnnbench.contracts import DataError

T = TypeVar("T")


def parse(text: str) -> Any:
    """Return the value of a strict JSON text; raises `DataError` if it is not JSON, or holds NaN or Infinity."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except ValueError as error:
        raise DataError(f"not strict JSON: {error}") from error


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def finite(value: Any) -> Any:
    """Return `value` with each float that is not finite replaced by None, which is how a record says "no number"."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def build(cls: type[T], document: Any, where: str = "") -> T:
    """Return a dataclass from JSON values; raises `DataError` for a field that is missing, unknown or mistyped."""
    if not isinstance(document, dict):
        raise DataError(f"{where or 'the document'} should be an object, not {_shown(document)}")
    kinds = _kinds(typing.cast(Hashable, cls))
    required = {
        field.name
        for field in dataclasses.fields(cls)  # type: ignore[arg-type]
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    for name in sorted(required - document.keys()):
        raise DataError(f"{_join(where, name)} is missing")
    for name in sorted(document.keys() - kinds.keys()):
        raise DataError(f"{_join(where, name)} is not a field; {cls.__name__} has {', '.join(kinds)}")
    return cls(**{name: _read(kinds[name], value, _join(where, name)) for name, value in document.items()})


@functools.cache
def _kinds(cls: Hashable) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _read(kind: Any, value: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return value
    if origin is types.UnionType:
        rest = [argument for argument in arguments if argument is not type(None)]
        return None if value is None and len(rest) < len(arguments) else _read(rest[0], value, where)
    if origin is list and isinstance(value, list):
        return [_read(arguments[0], item, f"{where}[{index}]") for index, item in enumerate(value)]
    if origin is dict and isinstance(value, dict):
        return {key: _read(arguments[1], item, _join(where, key)) for key, item in value.items()}
    if dataclasses.is_dataclass(kind):
        return build(typing.cast(type[Any], kind), value, where)
    wanted = origin or kind
    # JSON has one kind of number: 1 is a float where a float is due, but true is no number.
    fits = type(value) in (int, float) if wanted is float else isinstance(value, wanted)
    if not fits or (isinstance(value, bool) and wanted is not bool):
        raise DataError(f"{where} should be {_NAMES.get(wanted, wanted.__name__)}, not {_shown(value)}")
    return value


_NAMES = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


def _shown(value: Any) -> str:
    text = repr(value)
    return f"{text if len(text) <= 40 else text[:40] + '…'} ({type(value).__name__})"

"""A constructor's signature as data: the parameters a plugin can be configured with, and their types."""

from __future__ import annotations

import collections.abc
import enum
import inspect
import types
import typing
from typing import Any

from rnnbench.contracts import check_choice

INJECTED = ("input_size", "hidden_size", "info", "vocabulary", "build_stack", "embedding", "tokenizer")
"""Parameters that the pipeline fills in; they are never configurable."""

RESERVED = ("name", "defaults")
"""Names that a plugin's config node uses for itself."""

_SCALARS: dict[Any, str] = {int: "int", float: "float", bool: "bool", str: "str"}
_SEQUENCES = (list, tuple, collections.abc.Sequence)


def parameters_of(target: type) -> list[dict[str, Any]]:
    """Return the configurable parameters of a class, in order, as JSON values.

    Each is `{"name", "type", "optional", "choices", "required", "default"}`, with type one of int, float, bool, str,
    choice, list[int], list[float], list[str], dict. Raises `TypeError`, in a sentence, for a parameter that cannot be
    configured: without annotation, of another type, variadic, or with a default that is not plain data.
    """
    signature = inspect.signature(target)
    hints = typing.get_type_hints(inspect.getattr_static(target, "__init__"))
    return [
        _parameter(target, parameter, hints.get(name, inspect.Parameter.empty))
        for name, parameter in signature.parameters.items()
        if name not in INJECTED
    ]


def check_choices(kind: str, target: type, params: collections.abc.Mapping[str, Any]) -> None:
    """Raise `UsageError` for a value of `params` that is none of the words its parameter is declared to have."""
    for parameter in parameters_of(target):
        name, choices = parameter["name"], parameter["choices"]
        if not choices or name not in params:
            continue
        value = params[name].name if isinstance(params[name], enum.Enum) else params[name]
        if value is not None or not parameter["optional"]:
            check_choice(f"{kind}.{name}", value, choices)


def _parameter(target: type, parameter: inspect.Parameter, hint: Any) -> dict[str, Any]:
    where = f"parameter {parameter.name} of {target.__qualname__}"
    if parameter.name in RESERVED:
        raise TypeError(f"{where} has a name that the configuration needs for itself; call it something else")
    if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
        raise TypeError(f"{where} is variadic; name each parameter, so that a mistyped key cannot pass unseen")
    if hint is inspect.Parameter.empty:
        raise TypeError(f"{where} has no type; annotate it, e.g. {parameter.name}: int = 1")
    kind, optional, choices = _kind(hint, where)
    required = parameter.default is inspect.Parameter.empty
    default = None if required else parameter.default
    if isinstance(default, enum.Enum):
        default = default.name
    if isinstance(default, tuple):
        default = list(default)
    if not isinstance(default, str | int | float | bool | list | dict | None):
        raise TypeError(f"{where} has the default {default!r}; use a number, a string, a list or None")
    return {
        "name": parameter.name,
        "type": kind,
        "optional": optional,
        "choices": choices,
        "required": required,
        "default": default,
    }


def _kind(hint: Any, where: str) -> tuple[str, bool, list[str]]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        rest = [argument for argument in arguments if argument is not type(None)]
        if len(rest) == 1:
            kind, _, choices = _kind(rest[0], where)
            return kind, True, choices
    if hint in _SCALARS:
        return _SCALARS[hint], False, []
    if origin is typing.Literal and all(isinstance(word, str) for word in arguments):
        return "choice", False, list(arguments)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return "choice", False, list(hint.__members__)
    if origin in _SEQUENCES and arguments and arguments[0] in (int, float, str):
        return f"list[{_SCALARS[arguments[0]]}]", False, []
    if hint is dict or origin in (dict, collections.abc.Mapping):
        return "dict", False, []
    raise TypeError(
        f"{where} has the type {hint}, which no command line can give; "
        "use int, float, bool, str, Literal of strings, a list of these, or X | None"
    )

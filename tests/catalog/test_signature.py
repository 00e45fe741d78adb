"""A constructor's signature becomes typed, plain parameters, or one clear sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import pytest

from rnnbench.catalog.signature import parameters_of


class Everything:
    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        path: str,
        rate: float = 0.5,
        widths: Sequence[int] = (2, 3),
        mode: Literal["fast", "slow"] = "fast",
        limit: int | None = None,
        flag: bool = False,
    ) -> None: ...


def test_injected_parameters_are_not_configurable() -> None:
    assert {"input_size", "hidden_size"}.isdisjoint(row["name"] for row in parameters_of(Everything))


def test_types_defaults_and_choices_are_read() -> None:
    rows = {row["name"]: row for row in parameters_of(Everything)}
    assert rows["path"]["required"]
    assert rows["rate"] == {
        "name": "rate",
        "type": "float",
        "optional": False,
        "choices": [],
        "required": False,
        "default": 0.5,
    }
    assert (rows["widths"]["type"], rows["widths"]["default"]) == ("list[int]", [2, 3])
    assert rows["mode"]["choices"] == ["fast", "slow"]
    assert rows["limit"]["optional"]


class Variadic:
    def __init__(self, **options: Any) -> None: ...


class Untyped:
    def __init__(self, *, rate=0.5) -> None: ...  # type: ignore[no-untyped-def]


class Odd:
    def __init__(self, *, activation: complex = 1j) -> None: ...


class Reserved:
    def __init__(self, *, name: str = "x") -> None: ...


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (Variadic, "variadic"),
        (Untyped, "has no type"),
        (Odd, "which no command line can give"),
        (Reserved, "call it something else"),
    ],
)
def test_what_no_command_line_can_give_is_refused(broken: type, sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence):
        parameters_of(broken)

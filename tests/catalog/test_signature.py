"""A constructor's signature becomes typed, plain parameters, or one clear sentence."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any, Literal

import pytest

from rnnbench.catalog.signature import check_choices, parameters_of
from rnnbench.contracts import UsageError


class Season(enum.Enum):
    summer = 1
    winter = 2


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
        season: Season = Season.summer,
        pace: Literal["walk", "trot"] | None = None,
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


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"mode": "idle"}, r"head\.mode=idle: it is one of fast, slow\."),
        ({"mode": None}, r"head\.mode=None"),
        ({"pace": "run"}, r"head\.pace=run: it is one of walk, trot\."),
        ({"season": "spring"}, r"head\.season=spring"),
    ],
)
def test_a_word_that_is_no_choice_is_refused(params: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        check_choices("head", Everything, params)


def test_choices_pass() -> None:
    check_choices("head", Everything, {"mode": "slow", "pace": None, "season": Season.winter, "limit": 3})
    check_choices("head", Everything, {"pace": "walk", "season": "summer"})


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

from __future__ import annotations

from random import Random

import pytest

from rnnbench.plugins.datasets._templates import draw

RULES = {"greet": "(hi|hello)[ there]", "who": "<greet> you"}


def sentences(template: str) -> set[str]:
    def slot(name: str, random: Random) -> str:
        return name.upper()

    return {draw(template, Random(seed), RULES.__getitem__, slot) for seed in range(200)}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("turn it on", {"turn it on"}),
        ("(turn|switch) [it] on", {"turn on", "turn it on", "switch on", "switch it on"}),
        ("light[s|ning]", {"light", "lights", "lightning"}),
        ("<who>", {"hi you", "hi there you", "hello you", "hello there you"}),
        ("in {area} to {timer_name:name}", {"in AREA to TIMER_NAME"}),
        ("set (a;b [c])", {"set a b", "set b a", "set a b c", "set b c a"}),
        ("red|blue", {"red", "blue"}),
        ("((a|b)|(c;d))", {"a", "b", "c d", "d c"}),
    ],
)
def test_templates_give_exactly_their_sentences(template: str, expected: set[str]) -> None:
    assert sentences(template) == expected

from __future__ import annotations

from random import Random

import pytest

from rnnbench.plugins.datasets._templates import Piece, draw, tagged, text_of

RULES = {"greet": "(hi|hello)[ there]", "who": "<greet> you"}


def sentences(template: str) -> set[str]:
    def slot(name: str, random: Random) -> str:
        return name.upper()

    return {text_of(draw(template, Random(seed), RULES.__getitem__, slot)) for seed in range(200)}


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


def test_a_slot_is_a_span_of_its_name_with_all_words_of_its_value() -> None:
    pieces = draw(
        "turn [on] {area} {timer_name:name}", Random(0), RULES.__getitem__, lambda name, random: f"the {name}"
    )
    words, tags = tagged(pieces)
    assert [pair for pair in zip(words, tags, strict=True) if pair[1] != "O"] == [
        ("the", "B-area"),
        ("area", "I-area"),
        ("the", "B-name"),
        ("timer_name", "I-name"),
    ]


def test_two_values_side_by_side_are_two_spans_and_endings_belong_to_theirs() -> None:
    pieces = [
        Piece("set "),
        Piece("5", "volume"),
        Piece("% "),
        Piece("6", "volume"),
        Piece(":"),
        Piece("30", "minutes"),
    ]
    assert tagged(pieces) == (("set", "5%", "6:30"), ("O", "B-volume", "B-volume"))


def test_words_are_those_of_the_text_however_it_is_spaced() -> None:
    pieces = [Piece("  a "), Piece(" "), Piece("b  c", "x"), Piece("d e ")]
    words, tags = tagged(pieces)
    assert list(words) == text_of(pieces).split() == ["a", "b", "cd", "e"]
    assert tags == ("O", "B-x", "I-x", "O")

"""Tag schemes: what may follow what, and one scheme written in another."""

from __future__ import annotations

import pytest

from rnnbench.statistics.schemes import first_illegal, normal, parts, to_iob2

SENTENCES = {
    "IOB1": ["I-PER", "I-PER", "O", "I-LOC", "I-PER", "B-PER", "I-PER"],
    "IOB2": ["B-PER", "I-PER", "O", "B-LOC", "B-PER", "B-PER", "I-PER"],
    "BIOES": ["B-PER", "E-PER", "O", "S-LOC", "S-PER", "B-PER", "E-PER"],
}
"""One sentence in each scheme."""


@pytest.mark.parametrize("scheme", SENTENCES)
def test_a_sentence_in_any_scheme_is_the_same_in_iob2(scheme: str) -> None:
    assert first_illegal(SENTENCES[scheme], scheme) is None
    assert to_iob2(SENTENCES[scheme], scheme) == SENTENCES["IOB2"]


@pytest.mark.parametrize(
    ("tags", "scheme", "place"),
    [
        (["O", "I-PER"], "IOB2", 1),
        (["I-PER"], "IOB2", 0),
        (["B-LOC", "I-PER"], "IOB2", 1),
        (["B-PER", "E-PER"], "IOB2", 1),
        (["B-PER", "I-PER", "I-PER"], "IOB2", None),
        (["O", "B-PER"], "IOB1", 1),
        (["I-LOC", "B-PER"], "IOB1", 1),
        (["I-LOC", "I-PER", "B-PER"], "IOB1", None),
        (["B-PER", "I-PER"], "BIOES", 2),
        (["B-PER", "O"], "BIOES", 1),
        (["S-PER", "I-PER"], "BIOES", 1),
        (["B-PER", "E-LOC"], "BIOES", 1),
        (["B-PER", "I-PER", "S-PER"], "BIOES", 2),
        (["E-PER"], "BIOES", 0),
        (["B", "I", "E", "O", "S"], "BIOES", None),
    ],
)
def test_the_first_illegal_tag_is_found(tags: list[str], scheme: str, place: int | None) -> None:
    assert first_illegal(tags, scheme) == place


def test_illegal_bioes_stays_illegal_in_iob2() -> None:
    assert to_iob2(["O", "E-PER", "I-PER"], "BIOES") == ["O", "I-PER", "I-PER"]


def test_bilou_is_bioes_in_other_letters() -> None:
    assert [normal(tag) for tag in ("B-X", "L-X", "U-X", "U", "O", "Liberal")] == [
        "B-X", "E-X", "S-X", "S", "O", "Liberal",
    ]  # fmt: skip


def test_types_may_hold_dashes_and_other_words_are_no_tags() -> None:
    assert parts("B-CREATIVE-WORK") == ("B", "CREATIVE-WORK")
    assert parts("I") == ("I", "")
    for other in ("NOUN", "B-", "X-PER", ""):
        with pytest.raises(ValueError, match="is not O, nor B, I, E or S"):
            parts(other)

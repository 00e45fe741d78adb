"""Error rates against values computed by hand."""

from __future__ import annotations

import pytest

from rnnbench.contracts import compares
from rnnbench.statistics.edit_distance import distance, edits, exact_match, nearest, per, wer


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("ab", "ba", 2), ("abc", "abc", 0), ("a", "bab", 2)],
)
def test_distance_is_levenshtein(one: str, other: str, edits: int) -> None:
    assert distance(one, other) == distance(other, one) == edits


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("abc", "abc", []),
        ("abc", "axc", [("b", "x")]),
        ("abc", "ac", [("b", None)]),
        ("ac", "abc", [(None, "b")]),
        ("abc", "ax", [("b", "x"), ("c", None)]),
        ("", "ab", [(None, "a"), (None, "b")]),
    ],
)
def test_edits_are_told_in_order(one: str, other: str, expected: list[tuple[str | None, str | None]]) -> None:
    assert edits(one, other) == expected


@pytest.mark.parametrize(("one", "other"), [("kitten", "sitting"), ("intention", "execution"), ("ab", "ba"), ("a", "")])
def test_there_are_as_few_edits_as_the_distance(one: str, other: str) -> None:
    assert len(edits(one, other)) == distance(one, other)


def test_the_nearest_answer_is_told_with_its_edits() -> None:
    assert nearest("ab", ["xyz", "abc", "b"]) == (1, "abc")


def test_a_word_is_right_if_it_equals_any_pronunciation() -> None:
    predictions = ["T AH M EY T OW", "T AH M AA T OW", "R EH D", ""]
    references = [["T AH M EY T OW", "T AH M AA T OW"]] * 2 + [["R IY D"], ["AH"]]
    assert exact_match(predictions, references).value == 0.5
    assert wer(predictions, references).value == 0.5
    assert wer(predictions[:3], references[:3]).value == pytest.approx(1 / 3)


def test_only_the_width_of_white_space_may_differ() -> None:
    assert exact_match([" a  b\n", "ab", "A b"], [["a b"]] * 3).value == pytest.approx(1 / 3)


def test_exact_matches_of_tokenized_text_do_not_compare() -> None:
    assert not compares(exact_match(["He is."], [["He is ."]]).signature)
    assert compares(exact_match(["He is."], [["He is."]]).signature)


def test_phones_are_counted_of_the_best_matching_reference() -> None:
    # 1 edit of the 3 phones of the second reference (the first needs 3), and 2 of 2 where nothing was said.
    score = per(["a b c", ""], [["x y z w", "a b d"], ["e f"]])
    assert score.value == pytest.approx(3 / 5)
    assert score.n == 5


def test_of_references_as_near_the_longer_one_counts() -> None:
    score = per(["a b"], [["a", "a b c"]])
    assert (score.value, score.n) == (pytest.approx(1 / 3), 3)


def test_phone_errors_may_exceed_the_phones() -> None:
    assert per(["a b c d"], [["x"]]).value == 4


def test_intervals_hold_the_values() -> None:
    predictions, references = ["a b"] * 30 + ["x b"] * 10, [["a b"]] * 40
    for score in (exact_match(predictions, references), wer(predictions, references), per(predictions, references)):
        assert score.ci95 is not None
        assert score.ci95[0] < score.value < score.ci95[1]
    assert wer(predictions, references).value == 0.25
    assert per(predictions, references).value == 0.125

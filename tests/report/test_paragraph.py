"""Lines that are broken at a width."""

from __future__ import annotations

import io
import sys

import pytest
from rich.cells import cell_len

from rnnbench.report.paragraph import wrap
from rnnbench.report.width import UNLIMITED, line_width


def test_a_line_that_fits_stays_as_it_is() -> None:
    assert wrap("one  two", 8) == ["one  two"]
    assert wrap("", 8) == [""]


def test_a_line_is_broken_between_words_and_hangs() -> None:
    assert wrap("one two three four", 9, 2) == ["one two", "  three", "  four"]


def test_a_number_stays_with_its_percent() -> None:
    assert wrap("score is 80.5 % here", 14, 2) == ["score is", "  80.5 % here"]


def test_a_word_longer_than_a_line_is_broken_after_a_sign_and_not_before_it_begins() -> None:
    assert wrap("files      /one/two/three/four", 20, 6) == ["files      /one/two/", "      three/four"]


@pytest.mark.parametrize("width", [1, 2, 5, 12, 40])
def test_no_line_is_wider_and_no_letter_is_lost(width: int) -> None:
    text = "名前      長い文章です " * 3 + "w" * 60 + " a=1, b=2"
    lines = wrap(text, width, 11)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cell_len(line) <= max(2, width) for line in lines)


@pytest.mark.parametrize(
    ("columns", "terminal", "width"), [("60", False, 60), ("", False, UNLIMITED), ("70", True, 70)]
)
def test_only_a_terminal_or_columns_has_a_width(
    columns: str, terminal: bool, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    assert line_width() == width

"""Curves in one line of text."""

from __future__ import annotations

import pytest

from rnnbench.report.sparkline import sparkline

NAME = "train      loss "


def test_a_curve_has_a_block_a_value_and_its_ends() -> None:
    assert sparkline(NAME, [0.0, None, 1.0], 80) == [f"{NAME}▁ █  0.0000 to 1.0000 in 3 epochs"]


def test_a_curve_without_room_for_every_value_shows_means_and_says_so() -> None:
    (line,) = sparkline(NAME, [float(n) for n in range(160)], 100)
    blocks, _, ends = line.removeprefix(NAME).partition("  ")
    assert ends == "0.0000 to 159.0000 in 160 epochs, a block the mean of 7"
    assert len(blocks) == 23
    assert blocks == "".join(sorted(blocks))


def test_the_ends_of_a_curve_stand_below_it_where_there_is_no_room_beside() -> None:
    shown, ends = sparkline(NAME, [float(n) for n in range(20)], 40)
    assert len(shown) == len(NAME) + 20
    assert ends == "           0.0000 to 19.0000 in 20 epochs"


def test_no_mean_hides_a_value_that_is_not_finite() -> None:
    shown, _ = sparkline(NAME, [1.0, 2.0, 3.0, None], len(NAME) + 2)
    assert shown.removeprefix(NAME) == "▁ "


@pytest.mark.parametrize("values", [[None, None], [2.0, 2.0]])
def test_a_curve_without_a_span_can_be_drawn(values: list[float | None]) -> None:
    assert "in 2 epochs" in sparkline(NAME, values, 80)[0]

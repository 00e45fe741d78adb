"""The cell contract passes what keeps it and names the clause that a broken cell breaks."""

from __future__ import annotations

import pytest

from rnnbench.testing import check_cell
from tests.recurrence import cells


@pytest.mark.parametrize("kind", [cells.MinimalGated, cells.Peephole])
def test_a_sound_cell_passes_at_whatever_level_it_is_written(kind: type) -> None:
    check_cell(kind)


@pytest.mark.parametrize(
    ("kind", "clause"),
    [
        (cells.ReadsPadding, "padded"),
        (cells.MixesRows, "row"),
        (cells.SeesTheFuture, "causal|later|future|halves"),
        (cells.ForgetsItsState, "state|halves"),
    ],
)
def test_a_broken_cell_is_caught_by_the_clause_it_breaks(kind: type, clause: str) -> None:
    with pytest.raises(AssertionError, match=clause):
        check_cell(kind)

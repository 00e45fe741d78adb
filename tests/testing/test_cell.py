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
        (cells.ReadsPadding, "a row padded in a batch does not give what it gives alone"),
        (cells.MixesRows, "a row padded in a batch does not give what it gives alone"),
        (cells.SeesTheFuture, "says it is causal, but later inputs change outputs"),
        (cells.ForgetsItsState, "two halves with the state carried"),
        (cells.NormalisesRows, "one row of a batch changes another"),
        (cells.ClaimsTorch, "stepping does not give what the whole sequence gives"),
        (cells.LosesAGradient, "gradient of weight_hh is zero"),
        (cells.DropsAState, "update returned a tuple of 1, not the tuple of its state"),
        (cells.KeepsItsState, "copied by deepcopy, it gives other outputs"),
    ],
)
def test_a_broken_cell_is_caught_by_the_clause_it_breaks(kind: type, clause: str) -> None:
    with pytest.raises(AssertionError, match=clause):
        check_cell(kind)

"""Which of the three levels a cell is written at."""

from __future__ import annotations

from typing import Literal

from torch import nn

from rnnbench.contracts import PluginError
from rnnbench.recurrence.pointwise import PointwiseCell

Level = Literal["update", "step", "forward"]


def level_of(cell: object) -> Level:
    """Return the highest level that the cell itself offers; raises `PluginError` for a cell that offers none."""
    name = type(cell).__name__
    if not isinstance(cell, nn.Module):
        raise PluginError(f"cell {name} is not a torch.nn.Module; derive it from one so that its parameters are found.")
    if type(cell).forward is not nn.Module.forward:
        return "forward"
    # A step that is written out is meant, whatever update it stands beside.
    if isinstance(cell, PointwiseCell) and type(cell).step is PointwiseCell.step:
        return "update"
    if callable(getattr(cell, "step", None)):
        return "step"
    raise PluginError(f"cell {name} offers none of update (in a PointwiseCell), step and forward; define one of them.")

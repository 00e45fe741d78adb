"""A cell over a whole sequence: one adapter for every level a cell can offer."""

from rnnbench.recurrence.backends import BACKENDS
from rnnbench.recurrence.cell import SequenceCell, StepCell
from rnnbench.recurrence.level import level_of
from rnnbench.recurrence.noise import Noise
from rnnbench.recurrence.padding import padding_mask
from rnnbench.recurrence.pointwise import PointwiseCell
from rnnbench.recurrence.recurrence import Recurrence

__all__ = [
    "BACKENDS",
    "Noise",
    "PointwiseCell",
    "Recurrence",
    "SequenceCell",
    "StepCell",
    "level_of",
    "padding_mask",
]

"""What a plugin author reads: the four contracts and the words they share. Nothing else of rnnbench is imported."""

from rnnbench.contracts.cell import Cell, State
from rnnbench.contracts.dataset import Dataset, split_of
from rnnbench.contracts.errors import (
    DataError,
    IncompatibleError,
    PluginError,
    RnnbenchError,
    UnavailableError,
    UsageError,
    check_choice,
    check_range,
    near_matches,
    range_problem,
)
from rnnbench.contracts.head import Batch, Features, Head, Sequences, Words
from rnnbench.contracts.job import PARTS, Choice, Job, Outcome
from rnnbench.contracts.metric import METRICS, TOO_HIGH, TOO_LOW, MetricKind, Score, compares
from rnnbench.contracts.settings import (
    Checkpoint,
    EvaluateSettings,
    ModelSettings,
    Settings,
    TrainingSettings,
)
from rnnbench.contracts.task import INPUTS, MODALITIES, SCHEMES, SPLITS, TARGETS, TaskInfo, Vocabulary
from rnnbench.contracts.tokenizer import Text, Tokenizer

KINDS: tuple[str, ...] = ("cell", "dataset", "tokenizer", "head")
"""The plugin kinds; each is an entry-point group `rnnbench.<kind>` and a Hydra group `<kind>`."""

__all__ = [
    "INPUTS",
    "KINDS",
    "METRICS",
    "MODALITIES",
    "PARTS",
    "SCHEMES",
    "SPLITS",
    "TARGETS",
    "TOO_HIGH",
    "TOO_LOW",
    "Batch",
    "Cell",
    "Checkpoint",
    "Choice",
    "DataError",
    "Dataset",
    "EvaluateSettings",
    "Features",
    "Head",
    "IncompatibleError",
    "Job",
    "MetricKind",
    "ModelSettings",
    "Outcome",
    "PluginError",
    "RnnbenchError",
    "Score",
    "Sequences",
    "Settings",
    "State",
    "TaskInfo",
    "Text",
    "Tokenizer",
    "TrainingSettings",
    "UnavailableError",
    "UsageError",
    "Vocabulary",
    "Words",
    "check_choice",
    "check_range",
    "compares",
    "near_matches",
    "range_problem",
    "split_of",
]

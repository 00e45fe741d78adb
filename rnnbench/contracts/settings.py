"""Every setting of a run, with its type, default and meaning. These classes are the typed Hydra schema."""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from rnnbench.contracts.errors import near_matches, range_problem


class Checkpoint(Enum):
    """Which weights the test metrics are computed with."""

    best = "best"
    last = "last"


@dataclass
class ModelSettings:
    """The network around the cell."""

    hidden_size: int = 128
    """Units of each layer and direction."""
    layers: int = 1
    bidirectional: bool = False
    """Read from both ends; each direction has its own weights and `hidden_size` units."""
    dropout: float = 0.0
    """Dropped share of the inputs of every layer and of the head, in training."""
    embedding_size: int = 64
    embedding: str | None = None
    """Path of pre-trained vectors in word2vec or fastText text format; their size replaces embedding_size."""
    freeze_embedding: bool = False
    word_dropout: float = 0.0
    """In training a token that occurs n times is read as unknown with probability p / (p + n); 0.25 is usual."""
    embedding_dropout: float = 0.0
    """Share of the vocabulary that a training batch reads as zeros."""
    variational_dropout: bool = False
    """Drop the same features at every time step of a row, not others at each."""
    weight_drop: float = 0.0
    """Share of the weights between hidden states that a training batch does without."""
    recurrent_dropout: float = 0.0
    """Share of the hidden state that the step after does not see, in training, the same at every step of a row."""
    zoneout: float = 0.0
    """Probability that a unit's hidden state stays what it was before a step, in training (Krueger et al. 2017)."""
    zoneout_cell: float = 0.0
    """The same for what a unit carries besides, as an LSTM's cell state."""
    letter_size: int = 32
    """Size of a character's embedding, where words are read by their characters, too (cell@char.cell=…)."""
    letter_hidden_size: int = 64
    """Units of each direction of the network that reads a word's characters."""


@dataclass
class TrainingSettings:
    """How the network is fitted."""

    max_epochs: int = 8
    max_steps: int = -1
    """Stop after this many optimiser steps; -1 for no limit."""
    batch_size: int = 64
    learning_rate: float = 2e-3
    optimizer: str = "AdamW"
    """A class of torch.optim."""
    optimizer_options: dict[str, Any] = field(default_factory=dict)
    """Its further arguments, e.g. training.optimizer_options.weight_decay=0.1."""
    schedule: str | None = None
    """A class of torch.optim.lr_scheduler, stepped after every epoch."""
    schedule_options: dict[str, Any] = field(default_factory=dict)
    """Its further arguments. CosineAnnealingLR's T_max is max_epochs unless it is given."""
    clip_norm: float | None = 1.0
    """Largest L2 norm of all gradients together; null for none."""
    clip_value: float | None = None
    """Largest absolute value of each gradient element; null for none."""
    patience: int | None = 3
    """Epochs without a better validation score before training stops; null to go on to the end.

    The score is the data set's first metric, and the next one while that is still at its worst; while all are, no epoch
    counts.
    """
    bptt: int = 64
    """Steps of a stream that gradients reach back (truncated backpropagation through time); the state goes further."""
    max_length: int = 4096
    """Longest text in tokens; a longer one is an error, not a silent cut."""
    checkpoint_seconds: float = 60.0
    """Most seconds of work that an interruption may cost."""


@dataclass
class EvaluateSettings:
    """What is computed when training has ended."""

    checkpoint: Checkpoint = Checkpoint.best
    batch_size: int = 256
    streams: int = 10
    """Equal parts in which a stream is read side by side; fewer of them see more of what came before."""
    throughput: bool = True
    """Measure valid tokens per second, in training and inference."""


@dataclass
class Settings:
    """A run, but for its plugins."""

    model: ModelSettings = field(default_factory=ModelSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    evaluate: EvaluateSettings = field(default_factory=EvaluateSettings)
    seed: int = 1
    backend: str = "auto"
    """Who runs the recurrence: auto, fused, torch, scan, reference or flashrnn.

    A named one that cannot run the cell is an error, not a fall-back.
    """
    device: str = "auto"
    """auto, cpu or cuda (cuda:1 …)."""
    precision: str = "32-true"
    """Lightning's name of the floating-point precision: 32-true, 64-true, bf16-mixed, 16-mixed …"""
    threads: int = 1
    """Processor threads of the run."""
    deterministic: bool = True
    suite: str = "default"
    """The name under which records are kept together; boards never mix two suites."""
    output: str = "runs"
    """The folder that receives one folder per run."""
    force: bool = False
    """Run again what has finished already."""
    fail_fast: bool = False
    """Stop a sweep at the first run that does not end well."""
    timeout: float | None = None
    """Seconds a run may take before it is ended with status timeout; null for no limit."""

    def problems(self) -> list[str]:
        """Return one sentence for every value that is out of range."""
        ranges = (range_problem(key, _value_at(self, key), low, high) for key, low, high in _RANGES)
        found = [problem for problem in ranges if problem]
        if self.training.max_steps == 0 or self.training.max_steps < -1:
            found.append(f"training.max_steps={self.training.max_steps}: expected at least 1, or -1 for no limit.")
        if self.precision not in PRECISIONS:
            near = near_matches(self.precision, PRECISIONS)
            found.append(f"precision={self.precision}: expected one of {', '.join(PRECISIONS)}.{near}")
        if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", self.device):
            found.append(f"device={self.device}: expected auto, cpu, cuda, or cuda with a number, like cuda:1.")
        return found


PRECISIONS = ("32-true", "64-true", "bf16-true", "16-true", "bf16-mixed", "16-mixed")

_ALMOST_ONE = 0.99
_RANGES: tuple[tuple[str, float, float], ...] = (
    ("model.hidden_size", 1, math.inf),
    ("model.layers", 1, math.inf),
    ("model.dropout", 0, _ALMOST_ONE),
    ("model.embedding_size", 1, math.inf),
    ("model.word_dropout", 0, math.inf),
    ("model.embedding_dropout", 0, _ALMOST_ONE),
    ("model.weight_drop", 0, _ALMOST_ONE),
    ("model.recurrent_dropout", 0, _ALMOST_ONE),
    ("model.zoneout", 0, _ALMOST_ONE),
    ("model.zoneout_cell", 0, _ALMOST_ONE),
    ("model.letter_size", 1, math.inf),
    ("model.letter_hidden_size", 1, math.inf),
    ("training.max_epochs", 1, math.inf),
    ("training.batch_size", 1, math.inf),
    ("training.learning_rate", 1e-12, math.inf),
    ("training.clip_norm", 1e-12, math.inf),
    ("training.clip_value", 1e-12, math.inf),
    ("training.patience", 1, math.inf),
    ("training.bptt", 1, math.inf),
    ("training.max_length", 1, math.inf),
    ("training.checkpoint_seconds", 0, math.inf),
    ("evaluate.batch_size", 1, math.inf),
    ("evaluate.streams", 1, math.inf),
    ("seed", 0, 2**32 - 1),
    ("threads", 1, math.inf),
    ("timeout", 1e-3, math.inf),
)


def _value_at(settings: Settings, key: str) -> float | None:
    value: float | None = functools.reduce(getattr, key.split("."), settings)  # type: ignore[assignment]
    return value

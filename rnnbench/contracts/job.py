"""A job: one run, completely described by JSON values."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rnnbench.contracts.settings import (
    Checkpoint,
    EvaluateSettings,
    ModelSettings,
    Settings,
    TrainingSettings,
)

PARTS: dict[str, str] = {"decoder.cell": "cell", "char.cell": "cell", "target_tokenizer": "tokenizer"}
"""Places for a further plugin of a kind, which a head can ask for: `cell@decoder.cell=gru`, by place and kind."""


@dataclass(frozen=True)
class Choice:
    """A plugin as chosen for a run: its registered name and its parameters, defaults included."""

    name: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """The four choices, the settings, the run's key and the folder that receives everything it writes."""

    dataset: Choice
    tokenizer: Choice
    cell: Choice
    head: Choice
    settings: Settings
    key: str
    directory: Path
    parts: dict[str, Choice] = field(default_factory=dict)
    """Further plugins by their place, a key of `PARTS`."""

    def as_json(self) -> dict[str, Any]:
        """Return the job as JSON values; `from_json` is the way back."""
        document = dataclasses.asdict(self)
        document["directory"] = str(self.directory)
        document["settings"]["evaluate"]["checkpoint"] = self.settings.evaluate.checkpoint.value
        return document

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Job:
        """Return the job that `as_json` described."""
        settings = dict(document["settings"])
        evaluate = dict(settings.pop("evaluate"))
        checkpoint = Checkpoint(evaluate.pop("checkpoint"))
        return cls(
            **{kind: Choice(**document[kind]) for kind in ("dataset", "tokenizer", "cell", "head")},
            settings=Settings(
                model=ModelSettings(**settings.pop("model")),
                training=TrainingSettings(**settings.pop("training")),
                evaluate=EvaluateSettings(checkpoint=checkpoint, **evaluate),
                **settings,
            ),
            key=document["key"],
            directory=Path(document["directory"]),
            parts={place: Choice(**choice) for place, choice in document["parts"].items()},
        )


@dataclass
class Outcome:
    """What a run that went to its end has to say; each field is a section of its record, in JSON values.

    * `data`: `{"revision", "licence", "splits": {split: {"rows", "sha256"}}, "tokenizer": {"sha256", "vocabulary"},
      "labels", "majority", "floor"}`; majority is the share of test examples whose class is the most frequent one of
      train, floor what the best model without a memory reaches in the first metric; null where there is none
    * `model`: `{"parameters", "embedding_parameters", "embedding_coverage", "state_bytes", "flops_per_token",
      "backend_requested", "backend_used", "backend_why", "dtype", "deterministic"}`; parameters are those that are
      trained, state bytes those that one sequence carries
    * `metrics`: rows of `{"name", "split", "value", "unit", "higher_is_better", "low", "high", "ci95", "n",
      "signature"}`
    * `samples`: `{split: {"path", "sha256", "n"}}`, path relative to the run's folder
    * `curve`: rows of `{"epoch", "step", "train_loss", "learning_rate", "seconds", "validation": {metric: value}}`
    * `timing`: `{"data", "fit", "evaluate"}` in seconds, and `"throughput": {"train"|"inference": {"tokens_per_second",
      "p25", "p75", "samples", "batch_size"}}`
    * `memory`: `{"peak_rss_bytes", "peak_device_bytes"}`
    * `selection`: `{"checkpoint", "metric", "epoch", "step", "value", "resumed"}`
    """

    data: dict[str, Any]
    model: dict[str, Any]
    metrics: list[dict[str, Any]]
    samples: dict[str, Any]
    curve: list[dict[str, Any]]
    timing: dict[str, Any]
    memory: dict[str, Any]
    selection: dict[str, Any]

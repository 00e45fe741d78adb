"""Tasks: what a data set asks a network to do, and the columns its examples carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

COLUMNS: dict[str, tuple[str, ...]] = {
    "classification": ("text", "label"),
}
"""The columns of `Dataset.load`'s table, by task. Text columns are strings in Unicode, never tokenized."""

SPLITS: tuple[str, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class TaskInfo:
    """What a data set declares about itself.

    * `task`: a key of `COLUMNS`; it decides the columns and, with `head=auto`, the head.
    * `tokenizer`: the data set's natural tokenizer, used by `tokenizer=auto`.
    * `metrics`: names from `METRICS`; the first one selects the best checkpoint and stops training early.
    * `labels`: the classes in order, or None to take the sorted labels of the training split.
    * `layout`: "examples" (independent rows) or "stream" (one long text read with carried state).
    """

    task: str
    tokenizer: str
    metrics: tuple[str, ...]
    labels: tuple[str, ...] | None = None
    languages: tuple[str, ...] = ()
    layout: Literal["examples", "stream"] = "examples"
    revision: str = ""
    licence: str = ""
    homepage: str = ""
    citation: str = ""

    def __post_init__(self) -> None:
        if self.task not in COLUMNS:
            raise ValueError(f"task {self.task!r} is not one of {', '.join(COLUMNS)}")
        if not self.metrics:
            raise ValueError(f"a {self.task} data set must name at least one metric")


@dataclass(frozen=True)
class Vocabulary:
    """What a head may know about the encoded data: sizes, special ids, classes and how often each occurs in train."""

    size: int
    pad_id: int
    unk_id: int
    bos_id: int
    eos_id: int
    labels: tuple[str, ...] = ()
    label_counts: tuple[int, ...] = ()

"""Tasks: what a data set asks a network to do, and the columns its examples carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

INPUTS: dict[str, str] = {"text": "text", "words": "words", "vectors": "vectors", "image": "image"}
"""The column that a network reads, by modality.

* `text`: a string in Unicode, never tokenized,
* `words`: a list of strings, the words of a sentence,
* `vectors`: a list of equally long lists of numbers, one a time step,
* `image`: the bytes of an image file (PNG, JPEG …), all of one size when decoded.
"""

TARGETS: dict[str, str | None] = {
    "classification": "label",
    "regression": "value",
    "tagging": "tags",
    "language_modelling": None,
    "transduction": "target",
    "captioning": "target",
}
"""The column that a network is to give, by task.

* `label`: a string, * `value`: a number, * `tags`: a list of strings, one a word,
* `target`: a list of strings, each of which is a right answer; a network learns from all of them.
"""

MODALITIES: dict[str, tuple[str, ...]] = {
    "classification": ("text", "vectors"),
    "regression": ("text", "vectors"),
    "tagging": ("words",),
    "language_modelling": ("text",),
    "transduction": ("text",),
    "captioning": ("image", "vectors"),
}
"""What each task can read; the first is its usual modality."""

SCHEMES: tuple[str, ...] = ("", "IOB2")
"""Tag schemes: "" for one tag a word, as parts of speech; IOB2 for spans: B-TYPE begins one, I-TYPE goes on, O is none.

Data sets read other schemes and convert them.
"""

SPLITS: tuple[str, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class TaskInfo:
    """What a data set declares about itself.

    * `task`: a key of `TARGETS`; with `modality` it decides the columns and, with `head=auto`, the head,
    * `tokenizer`: the data set's natural tokenizer, used by `tokenizer=auto`,
    * `metrics`: names from `METRICS`; the first one selects the best checkpoint and stops training early, and heads
      that can compute many compute these,
    * `modality`: what is read, a key of `INPUTS`; "" for the task's usual one,
    * `target_tokenizer`: the natural tokenizer of the targets, or "" where source and target share one vocabulary,
    * `labels`: the classes or tags in order, or None to take the sorted ones of the training split,
    * `scheme`: how tags mark spans, one of `SCHEMES`,
    * `languages`: of the text; of source and target in a transduction,
    * `layout`: "examples" (independent rows) or "stream" (rows read one after the other with carried state),
    * `floor`: what the best model without a memory reaches in the first metric, where that is known.
    """

    task: str
    tokenizer: str
    metrics: tuple[str, ...]
    modality: str = ""
    target_tokenizer: str = ""
    labels: tuple[str, ...] | None = None
    scheme: str = ""
    languages: tuple[str, ...] = ()
    layout: Literal["examples", "stream"] = "examples"
    floor: float | None = None
    revision: str = ""
    licence: str = ""
    homepage: str = ""
    citation: str = ""

    def __post_init__(self) -> None:
        if self.task not in TARGETS:
            raise ValueError(f"task {self.task!r} is not one of {', '.join(TARGETS)}")
        if not self.metrics:
            raise ValueError(f"a {self.task} data set must name at least one metric")
        if not self.modality:
            object.__setattr__(self, "modality", MODALITIES[self.task][0])
        if self.modality not in MODALITIES[self.task]:
            raise ValueError(f"{self.task} reads {' or '.join(MODALITIES[self.task])}, not {self.modality!r}")
        if self.scheme not in SCHEMES:
            raise ValueError(f"the tag scheme {self.scheme!r} is not one of {', '.join(filter(None, SCHEMES))}")

        if self.layout == "stream" and self.task != "language_modelling":
            raise ValueError(f"a stream has no examples to make a {self.task} task of")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `Dataset.load`'s table: what is read and, but for a language model, what is to come out."""
        target = TARGETS[self.task]
        return (INPUTS[self.modality],) if target is None else (INPUTS[self.modality], target)


@dataclass(frozen=True)
class Vocabulary:
    """What a head may know about the encoded data: sizes, special ids, classes and how often each occurs in train.

    `shape` is that of one time step of the input: () for a token id, (D,) for a vector, (channels, height, width) for
    an image. `target` describes the tokens of the answers, where the task has such; it is the same one where source
    and target share their vocabulary.
    """

    size: int
    pad_id: int = 0
    unk_id: int = 1
    bos_id: int = 2
    eos_id: int = 3
    labels: tuple[str, ...] = ()
    label_counts: tuple[int, ...] = ()
    shape: tuple[int, ...] = ()
    target: Vocabulary | None = None

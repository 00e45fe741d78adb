"""Tagged sentences: their columns, their splits, and what they say about themselves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rnnbench.contracts import DataError, TaskInfo
from rnnbench.statistics.schemes import OUTSIDE

from ._files import existing, split_files, split_in, visible
from ._splits import divide

if TYPE_CHECKING:
    import pyarrow

SPANS = TaskInfo("tagging", "word", ("f1", "precision", "recall", "f1_conlleval"), scheme="IOB2")
"""Tags that mark spans, as names."""
PLAIN = TaskInfo("tagging", "word", ("accuracy", "unseen_accuracy"))
"""One tag for each word by itself, as parts of speech."""


class Sentence(NamedTuple):
    """The words of a sentence and as many tags."""

    words: tuple[str, ...]
    tags: tuple[str, ...]


class Declaration:
    """A tagged data set's `info`: the class has a default, an instance what its sentences say when first asked."""

    def __init__(self, default: TaskInfo) -> None:
        self.default = default

    def __get__(self, owner: Tagged | None, kind: type | None = None) -> TaskInfo:
        """Return the default of a class, the declaration of an instance."""
        return self.default if owner is None else owner.declared


class Tagged(ABC):
    """Tagged sentences; subclasses give them, and as `info` a `Declaration`.

    `info.labels` are the tags of all splits: a rare one that training never shows counts as a mistake wherever it
    occurs, and stops nothing.
    """

    info: Declaration

    def load(self, split: str) -> pyarrow.Table:
        """Return the split's words and tags; raises `DataError` for data that cannot be used."""
        import pyarrow

        sentences = self._splits[split]
        kind = pyarrow.list_(pyarrow.string())
        columns = {"words": [words for words, _ in sentences], "tags": [tags for _, tags in sentences]}
        return pyarrow.table({name: pyarrow.array(values, kind) for name, values in columns.items()})

    @cached_property
    def declared(self) -> TaskInfo:
        """What the data set says about itself once its sentences are read."""
        tags = {tag for sentences in self._splits.values() for sentence in sentences for tag in sentence.tags}
        return replace(self._facts(), labels=tuple(sorted(tags)))

    def _facts(self) -> TaskInfo:
        """Return what is to be declared besides the tags."""
        return type(self).info

    @property
    @abstractmethod
    def _splits(self) -> Mapping[str, Sequence[Sentence]]:
        """The sentences of each split."""


def carve_sentences(given: Mapping[str, Sequence[Sentence]], origin: object) -> dict[str, list[Sentence]]:
    """Return all three splits, those that are missing carved from train by a hash of the words.

    Raises `DataError`, naming `origin`, for data that cannot be learned from.
    """
    splits = divide(given, origin, key=lambda sentence: " ".join(sentence.words))
    known = {tag for sentence in splits["train"] for tag in sentence.tags}
    if len(known) == 1:
        tag = known.pop()
        remedy = "give sentences with spans" if tag == OUTSIDE else "choose another column of tags"
        raise DataError(f"{origin} has only one tag ({tag}) in train; {remedy}.")
    return splits


def tagged_files(path: Path, wanted: Callable[[Path], bool], pattern: str) -> Mapping[str, Sequence[Path]]:
    """Return the files of each split of a file or folder."""
    if existing(path).is_file():
        return {"train": [path]}
    inside = visible(path)
    files = [entry for entry in inside if entry.is_file() and wanted(entry)]
    folders = [entry.name for entry in inside if entry.is_dir()]
    if folders and not any(split_in(file.name) for file in files):
        raise DataError(f"{path} has no file {pattern}, but the folders {', '.join(folders[:8])}; give one of them.")
    return split_files(path, files, pattern)

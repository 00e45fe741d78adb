"""Data sets of the Hugging Face Hub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rnnbench.catalog import registry
from rnnbench.contracts import DataError, PluginError, TaskInfo

from . import _packages
from ._files import example, existing, split_files
from ._parquet import read_columns
from ._splits import Example, carve, table

if TYPE_CHECKING:
    import pyarrow


class Hub:
    """Labelled texts in a repository of the Hub, or in a copy of its Parquet files in the folder `path`.

    Subclasses name the repository, the commit that `revision` stands for by default, the column of the text and which
    of the repository's splits is which; labels are numbers that stand for `info.labels`.
    """

    info: TaskInfo
    offline = False
    repository: ClassVar[str]
    commit: ClassVar[str]
    text: ClassVar[str] = "text"
    held: ClassVar[Mapping[str, str]] = {"train": "train", "test": "test"}

    def __init__(self, revision: str | None = None, path: str | None = None) -> None:
        self._revision = revision or self.commit
        self._path = Path(path).expanduser().absolute() if path else None
        self.offline = path is not None
        self.info = replace(self.info, revision="" if path else self._revision)

    def sources(self) -> Sequence[Path]:
        """Return the files of the local copy, or nothing."""
        return [file for files in self._files.values() for file in files] if self._path else ()

    def load(self, split: str) -> pyarrow.Table:
        """Return texts and labels; raises `DataError` if the Hub or the copy cannot be read."""
        return table(self._splits[split])

    @cached_property
    def _splits(self) -> dict[str, list[Example]]:
        read = self._copied if self._path else self._downloaded
        given = {split: list(self._examples(theirs, read(theirs))) for split, theirs in self.held.items()}
        return carve(given, self._path or self.repository)

    def _examples(self, split: str, rows: Iterator[tuple[Any, Any]]) -> Iterator[Example]:
        labels = self.info.labels or ()
        for number, (text, label) in enumerate(rows, 1):
            where = f"{self.repository}, {split}, row {number}"
            if not isinstance(label, int) or not 0 <= label < len(labels):
                raise DataError(f"{where}: the label is {label!r}; expected 0 to {len(labels) - 1}.")
            yield example(where, text, labels[label])

    @cached_property
    def _files(self) -> Mapping[str, Sequence[Path]]:
        """Return the copy's files by the repository's split; each file's name begins with its split."""
        assert self._path is not None
        found = [file for file in sorted(existing(self._path).rglob("*.parquet")) if not file.name.startswith(".")]
        files = split_files(self._path, found, "SPLIT-00000-of-00001.parquet")
        if absent := set(self.held.values()) - set(files):
            raise DataError(
                f"{self._path} has no Parquet file for {' and '.join(sorted(absent))} of {self.repository}."
            )
        return {split: files[split] for split in self.held.values()}

    def _copied(self, split: str) -> Iterator[tuple[Any, Any]]:
        for file in self._files[split]:
            yield from read_columns(file, self._check, self.text, "label")

    def _check(self, where: str, columns: Sequence[str]) -> None:
        if absent := sorted({self.text, "label"} - set(columns)):
            raise DataError(f"{where} has no column {' and '.join(absent)}; give a copy of {self.repository}.")

    def _downloaded(self, split: str) -> Iterator[tuple[Any, Any]]:
        try:
            import datasets
        except ImportError as error:
            raise _packages.missing("datasets", "hub") from error
        try:
            rows = datasets.load_dataset(self.repository, revision=self._revision, split=split)
        except Exception as error:
            # The library lets errors of several HTTP clients and file systems through.
            raise DataError(
                f"{self.repository} at {self._revision} cannot be read from the Hugging Face Hub "
                f"({type(error).__name__}: {_first_line(error)}); give a copy of its Parquet files with "
                f"dataset.path=FOLDER, or use a data set that needs no network: {', '.join(_offline_names())}."
            ) from error
        yield from zip(rows[self.text], rows["label"], strict=True)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]


def _offline_names() -> list[str]:
    """Return the registered data sets that need no network."""
    return [name for name in registry.names("dataset") if _is_offline(name)]


def _is_offline(name: str) -> bool:
    try:
        return bool(getattr(registry.plugins("dataset")[name][0].load(), "offline", False))
    except PluginError:
        return False

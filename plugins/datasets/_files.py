"""Data sets in files: finding the files of each split, and reading them with errors that name file and line."""

from __future__ import annotations

import encodings
import gzip
import importlib.util
import re
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rnnbench.contracts import DataError, TaskInfo, UsageError, near_matches

from ._splits import Example, carve, table

if TYPE_CHECKING:
    import pyarrow

_SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "dev": "validation",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
}

ABOUT = frozenset({"README", "LICENSE", "LICENCE", "COPYING", "NOTICE", "SOURCE", "CITATION"})
"""Names of files about a data set, which are not a part of it."""


class Located(ABC):
    """What is read from the user's file or folder; subclasses say which files there are."""

    offline = True

    def __init__(self, path: str) -> None:
        self._path = Path(path).expanduser().absolute()

    def sources(self) -> Sequence[Path]:
        """Return the files that are read."""
        return [file for files in self._files().values() for file in files]

    @abstractmethod
    def _files(self) -> Mapping[str, Sequence[Path]]:
        """Return the files of each split that has any; "train" is always there."""


class Files(Located):
    """Labelled texts in a file or folder; subclasses also say how a file is read."""

    info = TaskInfo("classification", "word", ("accuracy", "macro_f1"))

    def load(self, split: str) -> pyarrow.Table:
        """Return the split's texts and labels; raises `DataError` for files that cannot be used."""
        return table(self._splits[split])

    @cached_property
    def _splits(self) -> dict[str, list[Example]]:
        given = {
            split: [example for file in files for example in self._read(file)] for split, files in self._files().items()
        }
        return carve(given, self._path)

    @abstractmethod
    def _read(self, file: Path) -> Iterator[Example]:
        """Yield the examples of a file."""


class Columns(Files):
    """A file of rows, or a folder with one for each split; `text` and `label` name the columns."""

    suffixes: tuple[str, ...]

    def __init__(self, path: str, text: str = "text", label: str = "label") -> None:
        super().__init__(path)
        self._text, self._label = text, label

    def _files(self) -> Mapping[str, Sequence[Path]]:
        if existing(self._path).is_file():
            return {"train": [self._path]}
        found = [file for file in visible(self._path) if file.is_file() and file.suffix.lower() in self.suffixes]
        return split_files(self._path, found, " or ".join(f"*{suffix}" for suffix in self.suffixes))

    def _check_columns(self, where: str, columns: Sequence[str]) -> None:
        for parameter, name in (("text", self._text), ("label", self._label)):
            if name not in columns:
                raise DataError(
                    f"{where}: there is no column {name}.{near_matches(name, columns)} "
                    f"The columns are {', '.join(columns)}; choose one with dataset.{parameter}=NAME."
                )


def existing(path: Path) -> Path:
    """Return the path; raises `DataError` with near matches if nothing is there."""
    if path.exists():
        return path
    parent = path.parent
    beside = [entry.name for entry in parent.iterdir()] if parent.is_dir() else []
    raise DataError(f"dataset.path={path} does not exist.{near_matches(path.name, beside)} Give a file or folder.")


def visible(folder: Path) -> list[Path]:
    """Return what the folder holds, sorted, without hidden entries."""
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def split_in(name: str) -> str | None:
    """Return the split that a file name or folder name mentions, e.g. "validation" for `trec.dev.txt`."""
    words = re.split(r"[^a-z]+", name.lower())
    return next((_SPLIT_NAMES[word] for word in words if word in _SPLIT_NAMES), None)


def split_files(folder: Path, files: Iterable[Path], pattern: str) -> dict[str, list[Path]]:
    """Sort files into splits by their names, or their folders' below this one; a single one without a split is train.

    Several files of one split must be numbered parts. Raises `DataError` if it is not clear what to read.
    """
    files = list(files)
    splits: dict[str, list[Path]] = {}
    for file in files:
        split = split_in(file.name) or (None if file.parent == folder else split_in(file.parent.name))
        if split is not None:
            splits.setdefault(split, []).append(file)
    if not splits and len(files) == 1:
        return {"train": files}
    if "train" not in splits:
        found = ", ".join(file.name for file in files[:5]) or "none"
        raise DataError(
            f"{folder}: expected one file {pattern}, or files with train, validation and test in their names; "
            f"found {found}."
        )
    for split, parts in splits.items():
        if len({re.sub(r"\d+", "", part.name) for part in parts}) > 1 or len({part.parent for part in parts}) > 1:
            names = ", ".join(str(part.relative_to(folder)) for part in parts)
            raise DataError(f"{folder} has different files for {split} ({names}); keep one in the folder.")
    return splits


def read_text(file: Path | zipfile.Path, encoding: str) -> str:
    """Return the file's text, unpacked if its name ends in .gz.

    Raises `DataError` if it is empty or has another encoding, `UsageError` for an encoding that does not exist.
    """
    # Not by decoding: packages may register a codec that answers to every name.
    name = encodings.normalize_encoding(encoding.lower())
    if importlib.util.find_spec(f"encodings.{encodings.aliases.aliases.get(name, name)}") is None:
        raise UsageError(f"dataset.encoding={encoding} is no known encoding; give utf-8, latin-1 …")
    content = _unpacked(file) if file.suffix == ".gz" else file.read_bytes()
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"{file}:{line}: byte 0x{content[error.start]:02X} is not {encoding}; "
            "give the file's encoding, e.g. dataset.encoding=latin-1."
        ) from error
    if not text.strip():
        raise DataError(f"{file} is empty; expected examples in it, so give another file or fill this one.")
    return text.removeprefix("\ufeff")


def _unpacked(file: Path | zipfile.Path) -> bytes:
    try:
        return gzip.decompress(file.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{file} is not a readable gzip file ({error}); pack it again, or give it unpacked.") from error


def read_lines(file: Path | zipfile.Path, encoding: str) -> Iterator[tuple[int, str]]:
    """Yield the file's lines with their numbers; blank lines at its end are left out."""
    # Not splitlines: it would also break at U+0085 and U+2028, which occur inside texts.
    for number, line in enumerate(read_text(file, encoding).rstrip().split("\n"), 1):
        yield number, line.strip()


def example(where: str, text: object, label: object) -> Example:
    """Return an example; raises `DataError`, naming the place, if the text or the label is missing."""
    if text is None or (isinstance(text, str) and not text.strip()):
        raise DataError(f"{where}: the text is empty; remove the example.")
    if not isinstance(text, str):
        raise DataError(f"{where}: the text is {text!r}; expected a string.")
    shown = "" if label is None else str(label).strip()
    if not shown:
        raise DataError(f"{where}: the label is empty; remove the example.")
    return text, shown

"""Labelled texts in plain text files, in the layouts that published sets come in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from rnnbench.contracts import DataError

from ._files import ABOUT, Files, example, existing, read_lines, read_text, split_files, split_in, visible
from ._splits import Example

_UNLABELLED = "unsup"
"""The folder of unlabelled reviews in aclImdb (Maas et al. 2011)."""


class TextFiles(Files):
    """Your folder of plain text files, in whichever of these layouts it is.

    * Lines `LABEL text`, in one file for each split (train, dev or valid or validation, test in its name): TREC, SST.
    * A file `CLASS.txt` for each class, with an example on each line: the names of the PyTorch tutorial.
    * A file for each document, in `SPLIT/CLASS/*.txt` (aclImdb) or `CLASS/*.txt` (BBC News).

    Missing splits are carved from train by a hash of the text.
    """

    def __init__(self, path: str, encoding: str = "utf-8") -> None:
        super().__init__(path)
        self._encoding = encoding

    def _files(self) -> Mapping[str, Sequence[Path]]:
        return self._layout[1]

    def _read(self, file: Path) -> Iterator[Example]:
        layout = self._layout[0]
        if layout == "documents":
            yield example(str(file), read_text(file, self._encoding).strip(), file.parent.name)
            return
        for number, line in read_lines(file, self._encoding):
            where = f"{file}:{number}"
            if layout == "classes":
                yield example(where, line, file.stem)
            else:
                yield _labelled(where, line)

    @cached_property
    def _layout(self) -> tuple[str, Mapping[str, Sequence[Path]]]:
        """Return how examples lie in files, and the files of each split."""
        folder = existing(self._path)
        if folder.is_file():
            return "lines", {"train": [folder]}
        files = [entry for entry in visible(folder) if entry.is_file()]
        folders = [entry for entry in visible(folder) if entry.is_dir()]
        if any(split_in(file.name) for file in files):
            return "lines", split_files(folder, files, "with lines LABEL text")
        if any(split_in(entry.name) and _documents(entry) for entry in folders):
            return "documents", _split_folders(folder, folders)
        if len(documents := _documents(folder)) and len({file.parent for file in documents}) > 1:
            return "documents", {"train": documents}
        if classes := [file for file in files if file.suffix == ".txt" and file.stem not in ABOUT]:
            return "classes", {"train": classes}
        raise DataError(
            f"{folder}: expected files with train and test in their names, a file CLASS.txt for each class, "
            f"or folders CLASS/*.txt; found {', '.join(entry.name for entry in visible(folder)[:5]) or 'nothing'}."
        )


def _labelled(where: str, line: str) -> Example:
    parts = line.split(None, 1)
    if len(parts) < 2:
        raise DataError(f"{where}: expected LABEL text, found {line[:40]!r}.")
    return parts[1], parts[0]


def _documents(folder: Path) -> list[Path]:
    """Return the files `CLASS/*.txt` below the folder."""
    return [file for file in sorted(folder.glob("*/*.txt")) if file.parent.name != _UNLABELLED]


def _split_folders(folder: Path, folders: Sequence[Path]) -> dict[str, list[Path]]:
    splits: dict[str, list[Path]] = {}
    for entry in folders:
        split = split_in(entry.name)
        if split in splits:
            raise DataError(f"{folder} has more than one folder for {split}; keep one of them.")
        if split is not None:
            splits[split] = _documents(entry)
    if not splits.get("train"):
        raise DataError(f"{folder} has no documents in train/CLASS/*.txt.")
    return splits

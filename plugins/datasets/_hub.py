"""Data sets of the Hugging Face Hub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rnnbench.catalog import registry
from rnnbench.contracts import SPLITS, DataError, PluginError, TaskInfo
from rnnbench.statistics.schemes import first_illegal

from . import _packages
from ._files import example, existing, split_files
from ._parquet import class_names, read_table, rows_of
from ._splits import Example, carve, table
from ._streams import stream
from ._tagged import Sentence, Tagged, carve_sentences

if TYPE_CHECKING:
    import pyarrow


class Repository:
    """Some columns of a repository of the Hub, or of a copy of its Parquet files in the folder `path`.

    Subclasses name the repository, the commit or branch that `revision` stands for by default, the folder of the set in
    a repository of several, the columns, and which of the repository's splits is which.
    """

    offline = False
    repository: ClassVar[str]
    commit: ClassVar[str]
    folder: str | None = None
    columns: ClassVar[tuple[str, ...]]
    held: ClassVar[Mapping[str, str]]

    def __init__(self, revision: str | None = None, path: str | None = None) -> None:
        self._path = Path(path).expanduser().absolute() if path else None
        self._revision = "" if path else revision or self.commit
        self.offline = path is not None

    def sources(self) -> Sequence[Path]:
        """Return the files of the local copy, or nothing."""
        return [file for files in self._files.values() for file in files] if self._path else ()

    def _tables(self, split: str) -> Iterator[pyarrow.Table]:
        """Yield one of the repository's splits in parts, the columns alone."""
        if self._path is None:
            yield self._downloaded(split)
        else:
            yield from (read_table(file, self._check, self.columns) for file in self._files[split])

    def _where(self, split: str, row: int) -> str:
        return f"{self.repository}, {split}, row {row}"

    @cached_property
    def _files(self) -> Mapping[str, Sequence[Path]]:
        """Return the copy's files by the repository's split, with which each file's or its folder's name begins."""
        assert self._path is not None
        folder = existing(self._path)
        if self.folder is not None and (folder / self.folder).is_dir():
            folder /= self.folder
        found = [file for file in sorted(folder.rglob("*.parquet")) if not file.name.startswith(".")]
        files = split_files(folder, found, "SPLIT-00000-of-00001.parquet")
        if absent := set(self.held.values()) - set(files):
            raise DataError(f"{folder} has no Parquet file for {' and '.join(sorted(absent))} of {self.repository}.")
        return {split: files[split] for split in self.held.values()}

    def _check(self, where: str, columns: Sequence[str]) -> None:
        if absent := sorted(set(self.columns) - set(columns)):
            raise DataError(f"{where} has no column {' and '.join(absent)}; give a copy of {self.repository}.")

    def _downloaded(self, split: str) -> pyarrow.Table:
        try:
            import datasets
        except ImportError as error:
            raise _packages.missing("datasets", "hub") from error
        try:
            rows = datasets.load_dataset(self.repository, data_dir=self.folder, revision=self._revision, split=split)
        except Exception as error:
            # The library lets errors of several HTTP clients and file systems through.
            raise DataError(
                f"{self.repository} at {self._revision} cannot be read from the Hugging Face Hub "
                f"({type(error).__name__}: {_first_line(error)}); give a copy of its Parquet files with "
                f"dataset.path=FOLDER, or use a data set that needs no network: {', '.join(_offline_names())}."
            ) from error
        table = rows.with_format("arrow")[:].select(list(self.columns))
        return table.replace_schema_metadata(rows.features.arrow_schema.metadata)


class Hub(Repository):
    """Labelled texts of the Hub; the labels are numbers that stand for `info.labels`."""

    info: TaskInfo
    columns: ClassVar = ("text", "label")
    held: ClassVar = {"train": "train", "test": "test"}

    def __init__(self, revision: str | None = None, path: str | None = None) -> None:
        super().__init__(revision, path)
        self.info = replace(self.info, revision=self._revision)

    def load(self, split: str) -> pyarrow.Table:
        """Return texts and labels; raises `DataError` if the Hub or the copy cannot be read."""
        return table(self._splits[split])

    @cached_property
    def _splits(self) -> dict[str, list[Example]]:
        given = {split: list(self._examples(theirs)) for split, theirs in self.held.items()}
        return carve(given, self._path or self.repository)

    def _examples(self, split: str) -> Iterator[Example]:
        labels = self.info.labels or ()
        rows = chain.from_iterable(map(rows_of, self._tables(split)))
        for number, (text, label) in enumerate(rows, 1):
            where = self._where(split, number)
            if not isinstance(label, int) or not 0 <= label < len(labels):
                raise DataError(f"{where}: the label is {label!r}; expected 0 to {len(labels) - 1}.")
            yield example(where, text, labels[label])


class StreamHub(Repository):
    """Lines of text of the Hub, each without the white space at its ends, blank ones among them."""

    info: TaskInfo
    held: ClassVar = {split: split for split in SPLITS}

    def __init__(self, revision: str | None = None, path: str | None = None) -> None:
        super().__init__(revision, path)
        self.info = replace(self.info, revision=self._revision)

    def load(self, split: str) -> pyarrow.Table:
        """Return lines; raises `DataError` if the Hub or the copy cannot be read."""
        return stream(self._lines(split))

    def _lines(self, split: str) -> Iterator[str]:
        rows = chain.from_iterable(map(rows_of, self._tables(self.held[split])))
        for number, (line,) in enumerate(rows, 1):
            if not isinstance(line, str):
                raise DataError(f"{self._where(split, number)}: the text is {line!r}; expected a string.")
            yield line.strip()


class TaggedHub(Repository, Tagged):
    """Tagged sentences of the Hub: columns of words and tags, the tags by name, or by number where the file names them.

    The branch with the files that the Hub itself makes is the default `revision`: these repositories came with scripts,
    which are no longer run.
    """

    commit = "refs/convert/parquet"
    held: ClassVar = {split: split for split in SPLITS}

    def _facts(self) -> TaskInfo:
        return replace(super()._facts(), revision=self._revision)

    @cached_property
    def _splits(self) -> dict[str, list[Sentence]]:
        given = {split: list(self._sentences(theirs)) for split, theirs in self.held.items()}
        return carve_sentences(given, self._path or self.repository)

    def _sentences(self, split: str) -> Iterator[Sentence]:
        numbers = count(1)
        for part in self._tables(split):
            names = class_names(part.schema, self.columns[1])
            for words, tags in rows_of(part):
                yield self._sentence(self._where(split, next(numbers)), words, _named(tags, names))

    def _sentence(self, where: str, words: Any, tags: Any) -> Sentence:
        """Return a row's sentence; raises `DataError` for one that cannot be used."""
        if not isinstance(words, list) or not isinstance(tags, list):
            raise DataError(f"{where}: expected lists of words and of tags; give a copy of {self.repository}.")
        if not words or len(words) != len(tags):
            raise DataError(f"{where} has {len(words)} words and {len(tags)} tags; expected one tag a word.")
        for word, tag in zip(words, tags, strict=True):
            if not isinstance(word, str) or not word.strip() or not isinstance(tag, str):
                raise DataError(f"{where}: the word {word!r} has the tag {tag!r}; expected strings that are not empty.")
        if scheme := type(self).info.scheme:
            self._check_spans(where, tags, scheme)
        return Sentence(tuple(words), tuple(tags))

    def _check_spans(self, where: str, tags: Sequence[str], scheme: str) -> None:
        try:
            place = first_illegal(tags, scheme)
        except ValueError as error:
            raise DataError(f"{where}: the tag {error}; give a copy of {self.repository}.") from error
        if place is not None:
            raise DataError(f"{where}: {tags[place]} may not stand at word {place + 1} in {scheme}.")


def _named(tags: Any, names: Sequence[str] | None) -> Any:
    """Return the names that the numbers in a list stand for; what has no name stays as it is."""
    if names is None or not isinstance(tags, list):
        return tags
    return [names[tag] if isinstance(tag, int) and tag in range(len(names)) else tag for tag in tags]


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

"""Texts and what they are turned into, in your own files."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rnnbench.contracts import DataError, TaskInfo, UsageError
from rnnbench.statistics.words import UNSPACED, code, is_code

from . import _packages
from ._answers import Answered, fold, text_table
from ._files import existing, split_files, visible
from ._languages import natural_tokenizer
from ._pairs import OBJECTS, Pair, read_files, read_table
from ._splits import divide

if TYPE_CHECKING:
    import pyarrow

_TABLES = (".tsv", ".zip", *OBJECTS)
"""Endings of the tables that are looked for in a folder."""

_PACKED = ".gz"
"""What a packed file's name ends in, after its other ending."""


class Parallel:
    """Your pairs of texts: translations, summaries, questions and answers … in one of these layouts.

    * A folder of line-aligned files, `train.en` beside `train.ja` (Moses), which may be packed (.gz): `source` and
      `target` are the names of the files or their endings.
    * Two line-aligned files anywhere: `source` and `target` are their paths, and no `path` is given.
    * A file of tab-separated columns, or a zip with one (Tatoeba, Anki): `source` and `target` are columns counted from
      0, or their names in the first line.
    * A file of JSON Lines: `source` and `target` are keys; the value of `target` may be a list of right answers.

    `path` is a file, a folder with one for each split (train, dev or valid or validation, test in its name), or a
    pattern that chooses files of a folder, as data/fre_*.tsv. Missing splits are carved from train by a hash of the
    source, so that none is in two splits.

    `languages` are those of source and target, as [en,ja]; null: the two endings, where they are language codes. They
    decide the natural tokenizer (char where no spaces part words) and how BLEU is counted. With `fold` equal sources
    are one example with several right answers; false keeps an example a line, as published test sets count them.
    `detokenize` takes the spaces out that a tokenizer put around punctuation, since BLEU is defined on plain text; of
    text that still looks tokenized BLEU is said not to be comparable.
    """

    info = TaskInfo("transduction", "word", ("bleu", "bleu_unseen", "chrf", "exact_match"), target_tokenizer="word")
    offline = True

    def __init__(
        self,
        path: str | None = None,
        source: str = "0",
        target: str = "1",
        languages: list[str] | None = None,
        detokenize: bool = False,
        fold: bool = True,
        encoding: str = "utf-8",
    ) -> None:
        if languages and len(languages) != 2:
            raise UsageError(f"dataset.languages=[{','.join(languages)}]: give two, of source and target, as [en,ja].")
        if source == target:
            raise UsageError(f"dataset.source and dataset.target are both {source}; give what each is read from.")
        self._pair = None if path else (_file("source", source), _file("target", target))
        self._path = Path(path or source).expanduser().absolute()
        self._source, self._target = source, target
        self._languages = tuple(languages or _codes(source, target))
        self._detokenize, self._fold, self._encoding = detokenize, fold, encoding
        self.info = self._described()

    def _described(self) -> TaskInfo:
        """Return what the languages say about the data set."""
        if not self._languages:
            return self.info
        tokenizer, target_tokenizer = map(natural_tokenizer, self._languages)
        return replace(self.info, tokenizer=tokenizer, target_tokenizer=target_tokenizer, languages=self._languages)

    def sources(self) -> Sequence[Path]:
        """Return the files that are read."""
        return [file for group in self._files.values() for files in group for file in files]

    def load(self, split: str) -> pyarrow.Table:
        """Return the split's texts and right answers; raises `DataError` for files that cannot be used."""
        return text_table(self._splits[split])

    @cached_property
    def _splits(self) -> dict[str, list[Answered]]:
        given = {split: self._examples(self._pairs(group)) for split, group in self._files.items()}
        return divide(given, self._path, lambda row: row[0])

    def _examples(self, pairs: Iterable[Pair]) -> list[Answered]:
        if self._detokenize:
            left, right = (_detokenizer(language) for language in self._languages or ("en", "en"))
            pairs = ((left(source), right(target)) for source, target in pairs)
        return fold(pairs) if self._fold else [(source, [target]) for source, target in pairs]

    def _pairs(self, group: Sequence[tuple[Path, ...]]) -> Iterator[Pair]:
        for files in group:
            if len(files) == 2:
                yield from read_files(*files, self._encoding)
            else:
                yield from read_table(_unpacked(files[0]), self._source, self._target, self._encoding)

    @cached_property
    def _files(self) -> Mapping[str, Sequence[tuple[Path, ...]]]:
        """Return each split's files: tables, or pairs of a file and the one beside it."""
        if self._pair:
            return {"train": [self._pair]}
        folder, found = _found(self._path)
        if sources := [file for file in found if _ends(file, self._source)]:
            splits = split_files(folder, sources, f"*.{self._source}")
            return {split: [(file, self._beside(file)) for file in files] for split, files in splits.items()}
        if self._path.is_file():
            return {"train": [(self._path,)]}
        tables = [file for file in found if file.suffix.lower() in _TABLES]
        endings = " or ".join(f"*{suffix}" for suffix in _TABLES)
        splits = split_files(folder, tables, f"{endings}, or NAME.SOURCE beside NAME.TARGET with dataset.source=SOURCE")
        return {split: [(file,) for file in files] for split, files in splits.items()}

    def _beside(self, file: Path) -> Path:
        """Return the file with the targets."""
        other = file.with_name(file.name.removesuffix(_PACKED).removesuffix(self._source) + self._target)
        packed = other.with_name(other.name + _PACKED)
        if not other.is_file() and not packed.is_file():
            raise DataError(
                f"{file} has no {other.name} beside it; give the ending of the target's files with dataset.target."
            )
        return other if other.is_file() else packed


def _file(side: str, name: str) -> Path:
    path = Path(name).expanduser().absolute()
    if not path.is_file():
        raise UsageError(
            f"dataset.{side}={name} is no file; give dataset.path=, the file or folder with both sides, or a file for "
            "each with dataset.source= and dataset.target=."
        )
    return path


def _codes(source: str, target: str) -> tuple[str, ...]:
    """Return the endings of the files if they are codes of languages, as ja and zh-CN, and not src or txt."""
    endings = tuple(name.removesuffix(_PACKED).rpartition(".")[2] for name in (source, target))
    known = (is_code(ending) and (len(code(ending)) == 2 or code(ending) in UNSPACED) for ending in endings)
    return endings if all(known) else ()


def _ends(file: Path, ending: str) -> bool:
    name = file.name.removesuffix(_PACKED)
    return name == ending or name.endswith(f".{ending}")


def _found(path: Path) -> tuple[Path, list[Path]]:
    """Return the folder, and the files in it that the path names."""
    if "*" in path.name:
        folder = existing(path.parent)
        found = sorted(file for file in folder.glob(path.name) if file.is_file())
        if not found:
            raise DataError(f"dataset.path={path}: nothing in the folder has such a name; fix the pattern.")
        return folder, found
    if existing(path).is_file():
        return path.parent, [path]
    return path, [entry for entry in visible(path) if entry.is_file()]


def _unpacked(file: Path) -> Path | zipfile.Path:
    """Return the file, or the text in it if it is a zip; files about the data begin with _ or . by custom."""
    if file.suffix.lower() != ".zip":
        return file
    try:
        members = [entry for entry in zipfile.Path(file).iterdir() if entry.is_file() and entry.name[0] not in "_."]
    except zipfile.BadZipFile as error:
        raise DataError(f"{file} is not a readable zip file; give another copy.") from error
    if len(members) != 1:
        names = ", ".join(member.name for member in members) or "none"
        raise DataError(f"{file}: expected one text in it, found {names}; unpack it and give the file.")
    return members[0]


def _detokenizer(language: str) -> Callable[[str], str]:
    """Return what turns tokens between spaces into plain text."""
    try:
        from sacremoses import MosesDetokenizer
    except ImportError as error:
        raise _packages.missing("sacremoses", "translation") from error
    detokenizer = MosesDetokenizer(lang=code(language))

    def detokenize(text: str) -> str:
        plain: str = detokenizer.detokenize(text.split())
        return plain

    return detokenize

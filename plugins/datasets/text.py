"""Plain text, to predict what comes next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rnnbench.contracts import SPLITS, DataError, TaskInfo, UsageError

from ._files import ABOUT, Located, existing, read_text, split_files, split_in, visible
from ._streams import BY_LETTER, stream

if TYPE_CHECKING:
    import pyarrow

Content = str | list[str]
"""A file's text, or its lines."""


class Text(Located):
    """Your plain text: what comes next, letter by letter, or with another tokenizer word by word.

    `path` is a file, a folder with a file for each split (train, dev or valid or validation, test in its name), or a
    folder of texts, *.txt. With `unit` file a text is one row, as it is; with line each line is one, without the white
    space at its ends, as PTB and WikiText are read; so tokenizers of words, which see no line breaks, predict them.

    A split without a file is cut from the training text, its shares of which are `validation` and `test`: with `split`
    tail they are the end of each file, with interleaved the end of each of `streams` equal pieces of it, so that
    training text surrounds them. With `test=0` the test split is the validation split, and the revision in the record
    says so. The same model differs by more than a tenth of a nat between these published ways:

    * char-rnn: `split=interleaved validation=0.05 test=0`,
    * nanoGPT, the last 10 % for validation: `split=tail validation=0.1 test=0`.
    """

    info = TaskInfo("language_modelling", "char", BY_LETTER, layout="stream")

    def __init__(
        self,
        path: str,
        unit: Literal["file", "line"] = "file",
        split: Literal["tail", "interleaved"] = "tail",
        validation: float = 0.1,
        test: float = 0.1,
        streams: int = 50,
        encoding: str = "utf-8",
    ) -> None:
        super().__init__(path)
        if validation <= 0 or test < 0 or validation + test >= 1:
            raise UsageError(
                f"dataset.validation={validation} dataset.test={test}: expected shares of the text, the first above 0 "
                "and both together less than 1."
            )
        if streams < 1:
            raise UsageError(f"dataset.streams={streams} is less than 1; give the number of pieces to cut from.")
        self._unit, self._encoding = unit, encoding
        self._pieces = streams if split == "interleaved" else 1
        self._shares = {"validation": validation, "test": test}
        if not test:
            self.info = replace(self.info, revision="test is validation")

    def load(self, split: str) -> pyarrow.Table:
        """Return the split's texts or lines; raises `DataError` for files that cannot be used."""
        return stream(self._splits[split])

    def _files(self) -> Mapping[str, Sequence[Path]]:
        if existing(self._path).is_file():
            return {"train": [self._path]}
        files = [entry for entry in visible(self._path) if entry.is_file()]
        if any(split_in(file.name) for file in files):
            return split_files(self._path, files, "of text")
        texts = [file for file in files if file.suffix == ".txt" and file.stem not in ABOUT]
        if not texts:
            found = ", ".join(entry.name for entry in visible(self._path)[:5]) or "nothing"
            raise DataError(f"{self._path}: expected texts *.txt, or files for train and test; found {found}.")
        return {"train": texts}

    @cached_property
    def _splits(self) -> dict[str, list[str]]:
        files = self._files()
        if "test" in files and not self._shares["test"]:
            raise DataError(f"{files['test'][0]} is there for the test, but dataset.test=0 is for none; leave it out.")
        shares = [0.0 if split in files else share for split, share in self._shares.items()]
        splits: dict[str, list[str]] = {split: [] for split in SPLITS}
        for split, members in files.items():
            for file in members:
                content = self._read(file)
                if split != "train":
                    splits[split] += _rows(content)
                    continue
                for parts in self._cut(file, content, *shares):
                    for name, part in zip(SPLITS, parts, strict=True):
                        splits[name] += _rows(part)
        if not self._shares["test"]:
            splits["test"] = splits["validation"]
        return splits

    def _read(self, file: Path) -> Content:
        text = read_text(file, self._encoding)
        if self._unit == "file":
            return text
        # Blank lines stay: their ends are predicted, too.
        return [line.strip() for line in text.removesuffix("\n").split("\n")]

    def _cut(self, file: Path, content: Content, validation: float, test: float) -> Iterator[list[Content]]:
        """Yield the three parts of every piece; raises `DataError` if one that there should be is empty."""
        for index in range(self._pieces):
            start, end = (len(content) * place // self._pieces for place in (index, index + 1))
            # Rounded, since 1 - 0.05 - 0.05 is a little less than 0.9.
            first, second = (
                start + int(round((end - start) * share, 6)) for share in (1 - validation - test, 1 - test)
            )
            if start == first or (validation and first == second) or (test and second == end):
                unit = "characters" if isinstance(content, str) else "lines"
                raise DataError(
                    f"{file} is too short to cut every split from {self._pieces} pieces of its {len(content)} {unit}; "
                    "give more text, a file for each split, or fewer dataset.streams."
                )
            yield [content[start:first], content[first:second], content[second:end]]


def _rows(content: Content) -> list[str]:
    if isinstance(content, list):
        return content
    return [content] if content else []

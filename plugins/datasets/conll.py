"""Tagged words in the columns of the CoNLL shared tasks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from rnnbench.contracts import DataError, TaskInfo
from rnnbench.statistics.schemes import OUTSIDE, first_illegal, normal, parts, to_iob2

from ._files import Located, read_text
from ._tagged import PLAIN, SPANS, Declaration, Sentence, Tagged, carve_sentences, tagged_files

_DOCUMENT = "-DOCSTART-"
"""The first word of the row that begins a document in CoNLL-2003."""

_MARKUP = re.compile(r"<[^<>]+>")
"""A row that is no word, as <HEADLINE> or <doc id="7">."""

_TRIED = ("IOB2", "IOB1", "BIOES")
"""The schemes that `auto` tries. No span is legal in more than one of them, but for those of BIOES without E and S."""


@dataclass(frozen=True)
class Block:
    """A sentence as it stands in a file, with the line of each word."""

    file: Path
    lines: Sequence[int]
    words: Sequence[str]
    tags: Sequence[str]

    def where(self, place: int) -> str:
        """Return file and line of a word; of the last one for a place after it."""
        return f"{self.file}:{self.lines[min(place, len(self.lines) - 1)]}"


class CoNLL(Located, Tagged):
    """Your file with a word and its tags on each line and a blank line after each sentence, or a folder of such files.

    A folder has files with train, dev or validation, and test in their names; splits without a file are carved from
    train by a hash of the words. Files may be packed (.gz).

    * `word`, `tag`: the columns, from 0; -1 is the last, -2 the one before,
    * `separator`: between columns, a tab or any white space; auto is a tab where the first row has one,
    * `scheme`: how tags mark spans; IOB1, IOB2 and BIOES (as IOBES or BILOU) become IOB2, none is for tags that stand
      for themselves, as parts of speech. auto finds out.

    Rows that begin with -DOCSTART-, and rows of markup alone, as <HEADLINE>, end a sentence and are no words. Comments
    are left out: rows that begin with #, hold no tab and have another number of columns than the file.
    """

    info = Declaration(SPANS)

    def __init__(
        self,
        path: str,
        word: int = 0,
        tag: int = -1,
        separator: Literal["auto", "tab", "space"] = "auto",
        scheme: Literal["auto", "IOB1", "IOB2", "BIOES", "none"] = "auto",
        encoding: str = "utf-8",
    ) -> None:
        super().__init__(path)
        self._columns = {"word": word, "tag": tag}
        self._separator, self._declared_scheme, self._encoding = separator, scheme, encoding

    def _files(self) -> Mapping[str, Sequence[Path]]:
        return tagged_files(self._path, lambda file: True, "with a word and its tags on each line")

    def _facts(self) -> TaskInfo:
        return PLAIN if self._scheme == "none" else SPANS

    @cached_property
    def _blocks(self) -> Mapping[str, Sequence[Block]]:
        return {
            split: [block for file in files for block in self._read(file)] for split, files in self._files().items()
        }

    @cached_property
    def _scheme(self) -> str:
        if self._declared_scheme != "auto":
            return self._declared_scheme
        return _scheme_of([block for blocks in self._blocks.values() for block in blocks])

    @cached_property
    def _splits(self) -> Mapping[str, Sequence[Sentence]]:
        given = {
            split: [Sentence(tuple(block.words), _tags(block, self._scheme)) for block in blocks]
            for split, blocks in self._blocks.items()
        }
        return carve_sentences(given, self._path)

    def _read(self, file: Path) -> Iterator[Block]:
        lines = [_without_markup(line.rstrip("\r")) for line in read_text(file, self._encoding).split("\n")]
        rows = list(enumerate(lines, 1))
        first = next(((n, line) for n, line in rows if line.strip() and not line.startswith("#")), None)
        if first is None:
            raise DataError(f"{file} has no sentence; expected a word and its tags on each line.")
        split = _splitter(self._separator, first[1])
        width = len(split(first[1]))
        word, tag = self._places(f"{file}:{first[0]}", width)
        found: list[tuple[int, str, str]] = []
        for number, line in [*rows, (len(lines) + 1, "")]:
            cells = split(line)
            if not line.strip():
                if found:
                    yield Block(file, *zip(*found, strict=True))
                found = []
            elif len(cells) == width:
                where = f"{file}:{number}"
                found.append((number, _filled(where, "word", cells[word]), _filled(where, "tag", cells[tag])))
            elif not line.startswith("#") or "\t" in line:
                raise DataError(
                    f"{file}:{number}: {len(cells)} columns where line {first[0]} has {width}; "
                    "fix the line, or say what parts columns with dataset.separator=tab or space."
                )

    def _places(self, where: str, width: int) -> tuple[int, int]:
        """Return the columns of words and tags, from 0; raises `DataError` for one that is not there or is both."""
        for name, column in self._columns.items():
            if not -width <= column < width:
                raise DataError(
                    f"{where}: there is no column {column} among {width}; "
                    f"choose one with dataset.{name}=, from 0 to {width - 1} or from -{width} to -1."
                )
        word, tag = (column % width for column in self._columns.values())
        if word == tag:
            remedy = (
                "choose another with dataset.tag=" if width > 1 else "a word and its tags are expected on each line"
            )
            raise DataError(f"{where}: column {word} of {width} is that of words and that of tags as well; {remedy}.")
        return word, tag


def _without_markup(line: str) -> str:
    return "" if line.startswith(_DOCUMENT) or _MARKUP.fullmatch(line.strip()) else line


def _splitter(separator: str, row: str) -> Callable[[str], list[str]]:
    """Return what cuts a row into its columns."""
    if separator == "tab" or (separator == "auto" and "\t" in row):
        return lambda line: line.split("\t")
    # Not str.split(): words may hold a no-break space.
    return lambda line: re.split(r"[ \t]+", line.strip(" \t"))


def _filled(where: str, name: str, cell: str) -> str:
    if not cell.strip():
        raise DataError(f"{where}: the {name} is empty; fill it in or remove the line.")
    return cell


def _is_span_tag(tag: str) -> bool:
    try:
        parts(normal(tag))
    except ValueError:
        return False
    return True


def _scheme_of(blocks: Sequence[Block]) -> str:
    """Return the scheme that all sentences are in; raises `DataError` if there is none or more than one."""
    tags = {tag for block in blocks for tag in block.tags}
    plain = sorted(tag for tag in tags if not _is_span_tag(tag))
    if plain and not any(_is_span_tag(tag) and "-" in tag for tag in tags):
        return "none"
    if plain:
        block = next(block for block in blocks if plain[0] in block.tags)
        raise DataError(
            f"{block.where(block.tags.index(plain[0]))}: the tag {plain[0]} marks no span, as others do; "
            "correct it, or give dataset.scheme=none for tags that stand for themselves."
        )
    if tags == {OUTSIDE}:
        raise DataError(f"{blocks[0].where(0)}: every tag is O, here and later; choose a column with dataset.tag=.")
    illegal: dict[str, tuple[Block, int]] = {}
    for scheme in _TRIED:
        found = _first_illegal(blocks, scheme)
        if found is None:
            return scheme
        illegal[scheme] = found
    wrong = "; ".join(f"{block.where(at)}: {_step(block, at)} is not {name}" for name, (block, at) in illegal.items())
    raise DataError(f"{wrong}. Correct the tags, or give the scheme they are meant in with dataset.scheme=.")


def _first_illegal(blocks: Sequence[Block], scheme: str) -> tuple[Block, int] | None:
    places = ((block, first_illegal([normal(tag) for tag in block.tags], scheme)) for block in blocks)
    return next(((block, place) for block, place in places if place is not None), None)


def _tags(block: Block, scheme: str) -> tuple[str, ...]:
    """Return a sentence's tags in IOB2, or as they are; raises `DataError` for one that is not legal."""
    if scheme == "none":
        return tuple(block.tags)
    other = next((place for place, tag in enumerate(block.tags) if not _is_span_tag(tag)), None)
    if other is not None:
        raise DataError(
            f"{block.where(other)}: the tag {block.tags[other]} is not of {scheme}, where tags are O or like B-PER; "
            "correct it, or give dataset.scheme=none for tags that stand for themselves."
        )
    tags = [normal(tag) for tag in block.tags]
    place = first_illegal(tags, scheme)
    if place is not None:
        raise DataError(
            f"{block.where(place)}: {_step(block, place)} is not legal in {scheme}; correct it, "
            "or give the scheme that the file is in with dataset.scheme=."
        )
    return tuple(to_iob2(tags, scheme))


def _step(block: Block, place: int) -> str:
    """Return the words for a tag and what stands before it."""
    before = f"after {block.tags[place - 1]}" if place else "at the beginning of a sentence"
    return f"{block.tags[place]} {before}" if place < len(block.tags) else f"the end of a sentence {before}"

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path

import pyarrow
import pytest

from rnnbench.contracts import TaskInfo
from rnnbench.testing import check_dataset

Columns = dict[str, list[str | None]]
GOOD: dict[str, Columns] = {
    split: {"text": [f"{split} one", f"{split} two"], "label": ["a", "b"]} for split in ("train", "validation", "test")
}


class Table:
    """A data set of the rows it is given."""

    info = TaskInfo("classification", "word", ("accuracy",))
    offline = True

    def __init__(self, rows: dict[str, Columns] | None = None, files: Sequence[Path] = (), path: str = "") -> None:
        self.rows, self.files = rows or GOOD, files

    def sources(self) -> Sequence[Path]:
        return self.files

    def load(self, split: str) -> pyarrow.Table:
        return pyarrow.table(self.rows[split])


def changed(split: str, **columns: list[str | None]) -> dict[str, Columns]:
    return {**GOOD, split: {**GOOD[split], **columns}}


def test_a_data_set_that_keeps_the_contract_passes() -> None:
    check_dataset(Table)


@pytest.mark.parametrize(
    ("rows", "clause"),
    [
        (changed("test", extra=["x", "y"]), "test has columns"),
        (changed("test", text=[], label=[]), "test is empty"),
        (changed("test", text=["x", " "]), "the column text of test has blanks"),
        (changed("test", text=["x", None]), "the column text of test has missing values"),
        (changed("test", label=["a", "c"]), r"test has the classes \['c'\]"),
        (changed("train", label=["a", "a"]), "train has only the class"),
        (changed("test", text=["train one", "x"]), "train and test share 1 texts, e.g. 'train one'"),
    ],
)
def test_rows_that_break_a_clause_are_named(rows: dict[str, Columns], clause: str) -> None:
    with pytest.raises(AssertionError, match=clause):
        check_dataset(Table, rows=rows)


def test_splits_of_the_users_files_may_overlap() -> None:
    check_dataset(Table, rows=changed("test", text=["train one", "x"]), path="mine")


def test_a_stream_may_have_blank_rows() -> None:
    info = TaskInfo("language_modelling", "word", ("perplexity",), layout="stream")
    rows: dict[str, Columns] = {split: {"text": [f"= {split} =", ""]} for split in GOOD}
    check_dataset(type("Stream", (Table,), {"info": info}), rows=rows, path="mine")


def test_numbers_are_no_labels() -> None:
    with pytest.raises(AssertionError, match="the column label of train is not strings"):
        check_dataset(Table, rows={**GOOD, "train": {"text": ["x", "y"], "label": [0, 1]}})


@pytest.mark.parametrize(
    ("info", "clause"),
    [
        (TaskInfo("classification", "word", ("elegance",)), "the metrics .*elegance"),
        (TaskInfo("classification", "syllable", ("accuracy",)), "the tokenizer syllable"),
        (TaskInfo("classification", "word", ("accuracy",), labels=("a", "b", "c")), r"info\.labels is"),
        ("classification", "not a TaskInfo"),
    ],
)
def test_info_that_breaks_a_clause_is_named(info: object, clause: str) -> None:
    with pytest.raises(AssertionError, match=clause):
        check_dataset(type("Odd", (Table,), {"info": info}))


@pytest.mark.parametrize(("file", "clause"), [("relative.txt", "working directory"), ("/no/such/file", "not a file")])
def test_sources_that_break_a_clause_are_named(file: str, clause: str) -> None:
    with pytest.raises(AssertionError, match=clause):
        check_dataset(Table, files=[Path(file)])


def test_rows_that_change_are_named() -> None:
    numbers = count()

    class Counting(Table):
        def load(self, split: str) -> pyarrow.Table:
            return pyarrow.table({"text": [f"{split} {next(numbers)}", f"{split} x"], "label": ["a", "b"]})

    with pytest.raises(AssertionError, match="another instance gave other rows"):
        check_dataset(Counting)


def test_something_else_is_no_data_set() -> None:
    with pytest.raises(AssertionError, match="lacks one of info, offline, load, sources"):
        check_dataset(Path)

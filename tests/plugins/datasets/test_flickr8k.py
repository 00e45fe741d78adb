"""Photographs of the Hub, from copies of its Parquet files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from rnnbench.contracts import SPLITS, DataError
from rnnbench.plugins.datasets.flickr8k import Flickr8k

Image = pytest.importorskip("PIL.Image")


def photograph(red: int) -> dict[str, Any]:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), (red, 0, 0)).save(file, "PNG")
    return {"bytes": file.getvalue(), "path": f"{red}.png"}


def write(folder: Path, images: list[Any]) -> None:
    for split in SPLITS:
        path = folder / "default" / split / "0000.parquet"
        path.parent.mkdir(parents=True)
        captions = {f"caption_{n}": [f" {split} {row} {n} ." for row in range(len(images))] for n in range(5)}
        pyarrow.parquet.write_table(pyarrow.table({"image": images, **captions}), path)


def test_each_photograph_has_five_captions_and_the_size_asked_for(tmp_path: Path) -> None:
    write(tmp_path, [photograph(100), photograph(200)])
    dataset = Flickr8k(size=16, path=str(tmp_path))
    rows = dataset.load("validation").to_pylist()
    assert [row["target"] for row in rows] == [[f"validation {row} {n} ." for n in range(5)] for row in range(2)]
    with Image.open(io.BytesIO(rows[1]["image"])) as picture:
        assert (picture.size, picture.mode, picture.getpixel((5, 5))) == ((16, 16), "RGB", (200, 0, 0))
    assert len(dataset.sources()) == 3


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        ({"bytes": b"none", "path": "x"}, r"jxie/flickr8k, train, row 2 is no image that can be decoded"),
        ({"bytes": None, "path": "x"}, r"row 2 has no image in it"),
    ],
)
def test_rows_without_a_photograph_are_named(image: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    write(tmp_path, [photograph(1), image])
    with pytest.raises(DataError, match=sentence):
        Flickr8k(path=str(tmp_path)).load("train")


def test_a_row_without_one_of_its_captions_is_named(tmp_path: Path) -> None:
    write(tmp_path, [photograph(1), photograph(2)])
    path = tmp_path / "default" / "train" / "0000.parquet"
    table = pyarrow.parquet.read_table(path)
    third = table.column_names.index("caption_2")
    pyarrow.parquet.write_table(table.set_column(third, "caption_2", pyarrow.array(["a dog", None])), path)
    with pytest.raises(DataError, match=r"jxie/flickr8k, train, row 2 has no text in one of its captions; give a copy"):
        Flickr8k(path=str(tmp_path)).load("train")


def test_a_translated_copy_has_the_language_it_is_said_to_have(tmp_path: Path) -> None:
    info = Flickr8k(path=str(tmp_path), language="ja").info
    assert (info.languages, info.tokenizer) == (("ja",), "char")
    assert Flickr8k(path=str(tmp_path)).info.languages == ("en",)

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rnnbench.contracts import SPLITS, DataError, UsageError
from rnnbench.plugins.datasets.text import Text

LETTERS = "".join(chr(0x4E00 + place) for place in range(1000))
"""A thousand letters, no two the same."""


def rows(path: Path, **params: Any) -> list[list[str]]:
    dataset = Text(str(path), **params)
    return [dataset.load(split)["text"].to_pylist() for split in SPLITS]


def written(path: Path, text: str = LETTERS) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_tail_is_the_end_of_the_file(tmp_path: Path) -> None:
    file = written(tmp_path / "novel.txt")
    assert rows(file) == [[LETTERS[:800]], [LETTERS[800:900]], [LETTERS[900:]]]
    assert rows(file, validation=0.05, test=0.05) == [[LETTERS[:900]], [LETTERS[900:950]], [LETTERS[950:]]]


def test_without_a_test_share_test_is_validation_and_the_revision_says_so(tmp_path: Path) -> None:
    file = written(tmp_path / "novel.txt", LETTERS[:995])
    # nanoGPT cuts at int(0.9 n).
    assert rows(file, validation=0.1, test=0) == [[LETTERS[:895]], [LETTERS[895:995]], [LETTERS[895:995]]]
    assert Text(str(file), test=0).info.revision == "test is validation"
    assert Text(str(file)).info.revision == ""


def test_interleaved_is_the_end_of_each_of_equal_pieces(tmp_path: Path) -> None:
    file = written(tmp_path / "novel.txt")
    train, validation, test = rows(file, split="interleaved", validation=0.05, test=0, streams=50)
    assert train == [LETTERS[start : start + 19] for start in range(0, 1000, 20)]
    assert validation == test == [LETTERS[start + 19] for start in range(0, 1000, 20)]


@pytest.mark.parametrize("split", ["tail", "interleaved"])
@pytest.mark.parametrize("size", [400, 997])
def test_every_letter_is_in_one_split(split: str, size: int, tmp_path: Path) -> None:
    file = written(tmp_path / "novel.txt", LETTERS[:size])
    found = rows(file, split=split, streams=7, validation=0.13, test=0.07)
    assert sorted("".join("".join(part) for part in found)) == sorted(LETTERS[:size])


def test_each_file_of_a_folder_is_cut_and_files_about_it_are_left_out(tmp_path: Path) -> None:
    written(tmp_path / "one.txt", LETTERS[:10])
    written(tmp_path / "two.txt", LETTERS[10:30])
    written(tmp_path / "README.txt", "about")
    written(tmp_path / "notes.md", "more")
    assert rows(tmp_path) == [
        [LETTERS[:8], LETTERS[10:26]],
        [LETTERS[8], LETTERS[26:28]],
        [LETTERS[9], LETTERS[28:30]],
    ]
    assert [file.name for file in Text(str(tmp_path)).sources()] == ["one.txt", "two.txt"]


def test_files_of_splits_are_read_by_line_with_blank_ones_among_them(tmp_path: Path) -> None:
    written(tmp_path / "wiki.train.tokens", " \n = A = \n \n one two \n \n")
    written(tmp_path / "wiki.valid.tokens", " three \r\n")
    written(tmp_path / "wiki.test.tokens", "four")
    assert rows(tmp_path, unit="line") == [["", "= A =", "", "one two", ""], ["three"], ["four"]]
    assert rows(tmp_path)[1] == [" three \r\n"]


def test_a_split_without_a_file_is_cut_from_train(tmp_path: Path) -> None:
    written(tmp_path / "train.txt", "\n".join(LETTERS[:100]))
    written(tmp_path / "test.txt", "x\ny")
    train, validation, test = rows(tmp_path, unit="line")
    assert (train, validation, test) == (list(LETTERS[:90]), list(LETTERS[90:100]), ["x", "y"])


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"validation": 0.0}, r"dataset\.validation=0\.0 dataset\.test=0\.1: expected shares"),
        ({"validation": 0.6, "test": 0.4}, r"less than 1"),
        ({"test": -0.1}, r"dataset\.test=-0\.1"),
        ({"streams": 0}, r"dataset\.streams=0 is less than 1"),
    ],
)
def test_shares_that_make_no_sense_are_refused(params: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        Text("novel.txt", **params)


def test_what_cannot_be_read_or_cut_is_told(tmp_path: Path) -> None:
    short = written(tmp_path / "short.txt", LETTERS[:4])
    with pytest.raises(DataError, match=r"short\.txt is too short to cut .* from 1 pieces of its 4 characters"):
        rows(short)
    with pytest.raises(DataError, match=r"from 50 pieces of its 1 lines"):
        rows(short, unit="line", split="interleaved")
    with pytest.raises(DataError, match=r"novel\.txt does not exist"):
        rows(tmp_path / "novel.txt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"expected texts \*\.txt, or files for train and test; found nothing"):
        rows(tmp_path / "empty")
    folder = tmp_path / "both"
    folder.mkdir()
    for split in ("train", "test"):
        written(folder / f"{split}.txt")
    with pytest.raises(DataError, match=r"test\.txt is there for the test, but dataset\.test=0 is for none"):
        rows(folder, test=0)

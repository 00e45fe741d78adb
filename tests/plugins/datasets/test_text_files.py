from __future__ import annotations

from pathlib import Path

import pytest

from rnnbench.contracts import SPLITS, DataError, UsageError
from rnnbench.plugins.datasets.text_files import TextFiles


def lines(count: int, start: int = 0) -> str:
    return "".join(f"{'AB'[number % 2]} text number {number}\n" for number in range(start, start + count))


def rows(dataset: TextFiles, split: str) -> list[tuple[str, str]]:
    table = dataset.load(split)
    return list(zip(table["text"].to_pylist(), table["label"].to_pylist(), strict=True))


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_file_for_each_split_with_lines_of_label_and_text(tmp_path: Path) -> None:
    write(tmp_path / "set.binary.train", lines(4))
    write(tmp_path / "set.binary.dev", lines(2))
    write(tmp_path / "set.binary.test", lines(2, 50))
    write(tmp_path / "raw" / "set.train", "another:format of the same\n")
    write(tmp_path / "README", "about\n")
    dataset = TextFiles(str(tmp_path))
    assert [len(rows(dataset, split)) for split in SPLITS] == [4, 2, 2]
    assert rows(dataset, "test")[0] == ("text number 50", "A")
    assert len(dataset.sources()) == 3


def test_a_file_for_each_class_with_an_example_on_each_line(tmp_path: Path) -> None:
    write(tmp_path / "Irish.txt", "".join(f"O'Name{number} \n" for number in range(60)))
    write(tmp_path / "Korean.txt", "".join(f"Nam{number}\r\n" for number in range(60)))
    write(tmp_path / "SOURCE.txt", "where it is from\n")
    write(tmp_path / "LICENSE", "MIT\n")
    dataset = TextFiles(str(tmp_path))
    found = [row for split in SPLITS for row in rows(dataset, split)]
    assert len(found) == 120
    assert {label for _, label in found} == {"Irish", "Korean"}
    assert ("O'Name7", "Irish") in found
    assert ("Nam7", "Korean") in found


def test_a_file_for_each_document_in_split_and_class(tmp_path: Path) -> None:
    for split, label, number in [(s, c, n) for s in ("train", "test") for c in ("neg", "pos") for n in range(30)]:
        write(tmp_path / split / label / f"{number}.txt", f"{split} {label}\nreview {number}\n")
    write(tmp_path / "train" / "unsup" / "0.txt", "no label")
    write(tmp_path / "train" / "urls_pos.txt", "http://example.org")
    write(tmp_path / "imdb.vocab", "the")
    dataset = TextFiles(str(tmp_path))
    assert len(rows(dataset, "test")) == 60
    assert len(rows(dataset, "train")) + len(rows(dataset, "validation")) == 60
    assert ("test neg\nreview 0", "neg") in rows(dataset, "test")


def test_a_file_for_each_document_in_class(tmp_path: Path) -> None:
    for label, number in [(c, n) for c in ("sport", "tech") for n in range(60)]:
        write(tmp_path / label / f"{number:03}.txt", f"{label} article {number}")
    write(tmp_path / "README.TXT", "about")
    dataset = TextFiles(str(tmp_path))
    found = [row for split in SPLITS for row in rows(dataset, split)]
    assert len(found) == 120
    assert ("tech article 3", "tech") in found


def test_one_file_is_carved_into_splits(tmp_path: Path) -> None:
    dataset = TextFiles(str(write(tmp_path / "reviews.all", lines(200))))
    assert sum(len(rows(dataset, split)) for split in SPLITS) == 200


def test_line_separators_inside_a_text_do_not_break_it(tmp_path: Path) -> None:
    path = write(tmp_path / "reviews.all", lines(199).encode() + "B next\u2028line\u0085end\n".encode())
    found = [row for split in SPLITS for row in rows(TextFiles(str(path)), split)]
    assert ("next\u2028line\u0085end", "B") in found


def test_other_encodings_are_named_with_line_and_remedy_and_can_be_given(tmp_path: Path) -> None:
    path = write(tmp_path / "reviews.all", lines(199).encode() + b"B caf\xe9\n")
    with pytest.raises(DataError, match=r"reviews\.all:200: byte 0xE9 is not utf-8.*dataset\.encoding=latin-1"):
        TextFiles(str(path)).load("train")
    found = [row for split in SPLITS for row in rows(TextFiles(str(path), encoding="latin-1"), split)]
    assert ("café", "B") in found
    with pytest.raises(UsageError, match=r"dataset\.encoding=latin-one is no known encoding"):
        TextFiles(str(path), encoding="latin-one").load("train")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.train", "A text\nB\n", r"a\.train:2: expected LABEL text, found 'B'"),
        ("a.train", "A text\n\nB text\n", r"a\.train:2: expected LABEL text, found ''"),
        ("a.train", " \n", r"a\.train is empty"),
        ("a.test", "A text\n", r"expected one file .* found a\.test"),
        ("notes.md", "# notes", r"expected files with train and test in their names.*found notes\.md"),
        ("A.txt", "".join(f"name {number}\n" for number in range(60)), r"has only one class \(A\)"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(tmp_path: Path, name: str, content: str, sentence: str) -> None:
    write(tmp_path / name, content)
    with pytest.raises(DataError, match=sentence):
        TextFiles(str(tmp_path)).load("train")


def test_blank_lines_between_names_are_named(tmp_path: Path) -> None:
    write(tmp_path / "A.txt", "a\n\nb\n")
    write(tmp_path / "B.txt", "c\n")
    with pytest.raises(DataError, match=r"A\.txt:2: the text is empty"):
        TextFiles(str(tmp_path)).load("train")


def test_different_files_for_one_split_are_refused(tmp_path: Path) -> None:
    for name in ("binary.train", "fine.train"):
        write(tmp_path / name, lines(10))
    with pytest.raises(DataError, match=r"different files for train \(binary\.train, fine\.train\)"):
        TextFiles(str(tmp_path)).load("train")


def test_two_folders_for_one_split_are_refused(tmp_path: Path) -> None:
    for split in ("dev", "validation", "train"):
        write(tmp_path / split / "A" / "0.txt", "text")
    with pytest.raises(DataError, match="more than one folder for validation"):
        TextFiles(str(tmp_path)).load("train")


def test_test_documents_alone_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "test" / "A" / "0.txt", "text")
    with pytest.raises(DataError, match=r"no documents in train/CLASS/\*\.txt"):
        TextFiles(str(tmp_path)).load("train")


def test_missing_path_names_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "reviews").mkdir()
    with pytest.raises(DataError, match=r"does not exist\. Did you mean reviews\?"):
        TextFiles(str(tmp_path / "review")).load("train")

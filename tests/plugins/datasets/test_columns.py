"""CSV, JSON Lines and Parquet, which differ in nothing but the format."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from rnnbench.contracts import SPLITS, DataError, UsageError
from rnnbench.plugins.datasets.csv import CSV
from rnnbench.plugins.datasets.jsonl import JSONL
from rnnbench.plugins.datasets.parquet import Parquet

Row = tuple[str, object]
ROWS: list[Row] = [(f'text "{number}", with\nmany {"é" * 3}', number % 2) for number in range(200)]


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    cells = [f'{number},"{text.replace(chr(34), chr(34) * 2)}",{label}' for number, (text, label) in enumerate(rows)]
    path.write_text("\n".join(["id,text,label", *cells, ""]), encoding="utf-8")


def write_jsonl(path: Path, rows: Sequence[Row]) -> None:
    path.write_text("".join(json.dumps({"text": t, "label": label}) + "\n" for t, label in rows), encoding="utf-8")


def write_parquet(path: Path, rows: Sequence[Row]) -> None:
    columns = {"id": range(len(rows)), "text": [t for t, _ in rows], "label": [label for _, label in rows]}
    pyarrow.parquet.write_table(pyarrow.table({name: pyarrow.array(values) for name, values in columns.items()}), path)


Format = tuple[type[CSV] | type[JSONL] | type[Parquet], str, Callable[[Path, Sequence[Row]], None]]
FORMATS: list[Format] = [(CSV, "csv", write_csv), (JSONL, "jsonl", write_jsonl), (Parquet, "parquet", write_parquet)]


@pytest.fixture(params=FORMATS, ids=lambda form: form[1])
def form(request: pytest.FixtureRequest) -> Format:
    result: Format = request.param
    return result


def found(dataset: CSV | JSONL | Parquet, *splits: str) -> list[tuple[str, str]]:
    tables = [dataset.load(split) for split in splits]
    return [(r["text"], r["label"]) for table in tables for r in table.to_pylist()]


def test_one_file_is_carved_and_keeps_texts_as_they_are(form: Format, tmp_path: Path) -> None:
    kind, suffix, write = form
    write(tmp_path / f"mine.{suffix}", ROWS)
    dataset = kind(str(tmp_path / f"mine.{suffix}"))
    assert sorted(found(dataset, *SPLITS)) == sorted((text, str(label)) for text, label in ROWS)
    assert dataset.sources() == [tmp_path / f"mine.{suffix}"]


def test_a_folder_has_a_file_for_each_split_maybe_in_parts(form: Format, tmp_path: Path) -> None:
    kind, suffix, write = form
    write(tmp_path / f"train-1.{suffix}", ROWS[:50])
    write(tmp_path / f"train-2.{suffix}", ROWS[50:100])
    write(tmp_path / f"valid.{suffix}", ROWS[100:150])
    write(tmp_path / f"test.{suffix}", ROWS[150:])
    dataset = kind(str(tmp_path))
    for split, rows in zip(SPLITS, (ROWS[:100], ROWS[100:150], ROWS[150:]), strict=True):
        assert found(dataset, split) == [(text, str(label)) for text, label in rows]


def test_missing_column_names_the_near_one(form: Format, tmp_path: Path) -> None:
    kind, suffix, write = form
    write(tmp_path / f"mine.{suffix}", ROWS)
    with pytest.raises(DataError, match=r"no column texts.* Did you mean text\?.*dataset\.text=NAME"):
        kind(str(tmp_path / f"mine.{suffix}"), text="texts").load("train")


def test_empty_texts_are_named_with_their_place(form: Format, tmp_path: Path) -> None:
    kind, suffix, write = form
    write(tmp_path / f"mine.{suffix}", [("fine", 0), (" ", 1)])
    with pytest.raises(DataError, match=rf"mine\.{suffix}(:[23]|, row 2): the text is empty"):
        kind(str(tmp_path / f"mine.{suffix}")).load("train")


def test_missing_path_names_its_neighbours(form: Format, tmp_path: Path) -> None:
    kind, suffix, write = form
    write(tmp_path / f"mine.{suffix}", ROWS)
    with pytest.raises(DataError, match=rf"does not exist. Did you mean mine\.{suffix}\?"):
        kind(str(tmp_path / f"mines.{suffix}")).load("train")


def test_folder_without_files_says_what_is_expected(form: Format, tmp_path: Path) -> None:
    kind, suffix, _ = form
    (tmp_path / "notes.md").write_text("")
    with pytest.raises(DataError, match=rf"expected one file \*\.{suffix}.*found none"):
        kind(str(tmp_path)).load("train")


@pytest.mark.parametrize("content", ["", "\n \n"])
@pytest.mark.parametrize("kind", [CSV, JSONL])
def test_empty_file_is_named(kind: type[CSV] | type[JSONL], content: str, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(content)
    with pytest.raises(DataError, match=r"mine\.csv is empty"):
        kind(str(tmp_path / "mine.csv")).load("train")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('text,label\n"two\nlines",a\nx,y,z\n', r":4: 3 columns where the header has 2; quote"),
        ('text,label\n"never closed,a\n', r": not valid CSV \(unexpected end of data\)"),
        ("text,label\nfine,\n", r":2: the label is empty"),
    ],
)
def test_malformed_csv_is_named_with_its_line(content: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(content)
    with pytest.raises(DataError, match=rf"mine\.csv{sentence}|mine\.csv:\d+{sentence}"):
        CSV(str(tmp_path / "mine.csv")).load("train")


def test_csv_has_other_delimiters_encodings_and_blank_lines(tmp_path: Path) -> None:
    rows = "".join(f"é{number}\t{number % 2}\n\n" for number in range(100))
    (tmp_path / "mine.tsv").write_bytes(
        ("label\ttext\n".replace("label\ttext", "text\tlabel") + rows).encode("latin-1")
    )
    dataset = CSV(str(tmp_path / "mine.tsv"), delimiter="tab", encoding="latin-1")
    assert ("é7", "1") in found(dataset, *SPLITS)
    assert len(found(dataset, *SPLITS)) == 100
    with pytest.raises(UsageError, match=r"dataset\.delimiter=:: is not one character"):
        CSV("mine.csv", delimiter="::")


def test_csv_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("text,label\n" + "".join(f"x{n},{n % 2}\n" for n in range(100)), "utf-8-sig")
    assert len(found(CSV(str(tmp_path / "mine.csv")), *SPLITS)) == 100


def test_csv_cells_may_be_long(tmp_path: Path) -> None:
    write_csv(tmp_path / "mine.csv", [*ROWS, ("x" * 200_000, 1)])
    assert ("x" * 200_000, "1") in found(CSV(str(tmp_path / "mine.csv")), *SPLITS)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('{"text": "x", "label"', "not valid JSON"),
        ('["x", "a"]', "expected a JSON object"),
        ('{"text": 3, "label": "a"}', "the text is 3; expected a string"),
        ('{"text": "x"}', "no column label"),
        ('{"text": "x", "label": null}', "the label is empty"),
        (r'{"text": "\ud83d", "label": "a"}', "half a surrogate pair"),
    ],
)
def test_malformed_json_lines_are_named_with_their_line(line: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text('{"text": "fine", "label": "a"}\n' + line + "\n")
    with pytest.raises(DataError, match=rf"mine\.jsonl:2: .*{sentence}"):
        JSONL(str(tmp_path / "mine.jsonl")).load("train")


def test_file_that_is_no_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.parquet").write_bytes(b"text,label\n")
    with pytest.raises(DataError, match=r"mine\.parquet is not a readable Parquet file"):
        Parquet(str(tmp_path / "mine.parquet")).load("train")


def test_folder_names_with_equals_signs_are_no_partitions(tmp_path: Path) -> None:
    folder = tmp_path / "label=7"
    folder.mkdir()
    write_parquet(folder / "mine.parquet", ROWS)
    assert {label for _, label in found(Parquet(str(folder)), *SPLITS)} == {"0", "1"}

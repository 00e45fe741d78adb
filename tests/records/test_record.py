"""A record is strict JSON, survives the way to disk and back, and says what is wrong with itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rnnbench.contracts import DataError
from rnnbench.records.record import from_json, read, write
from tests.made_up import make_record


def test_a_record_survives_the_disk(tmp_path: Path) -> None:
    record = make_record()
    write(tmp_path / "record.json", record)
    assert read(tmp_path / "record.json") == record


def test_a_number_that_is_not_finite_is_stored_as_null(tmp_path: Path) -> None:
    record = make_record(accuracy=float("nan"))
    write(tmp_path / "record.json", record)
    text = (tmp_path / "record.json").read_text()
    assert "NaN" not in text
    assert read(tmp_path / "record.json").metrics[0].value is None


@pytest.mark.parametrize(
    ("break_it", "sentence"),
    [
        (lambda d: d["metrics"][0].pop("value"), r"metrics\[0\]\.value is missing"),
        (lambda d: d.update(status="fine"), "status 'fine' is not one of ok, failed"),
        (lambda d: d["testbed"].update(cores="two"), r"testbed\.cores"),
        (lambda d: d.update(extra=1), "extra is not a field"),
        (lambda d: d.update(schema=99), "schema"),
    ],
)
def test_a_malformed_record_is_told_by_its_place(break_it: object, sentence: str) -> None:
    document = json.loads(json.dumps(make_record().as_json()))
    break_it(document)  # type: ignore[operator]
    with pytest.raises(DataError, match=sentence):
        from_json(document)


def test_a_file_that_is_cut_off_is_named(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text('{"schema": 1,')
    with pytest.raises(DataError, match=r"record\.json"):
        read(tmp_path / "record.json")

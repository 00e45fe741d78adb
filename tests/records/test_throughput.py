"""Saved throughput: appended, never changed, and read back as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rnnbench.contracts import DataError
from rnnbench.records import provenance, testbed
from rnnbench.records.throughput import Measurement, load, make_measurement, save
from tests.made_up import make_speed


def measurement(*backends: str) -> Measurement:
    rows = [make_speed(backend=backend) for backend in backends]
    return make_measurement(rows, provenance.gather("2026-01-01T00:00:00", command=["rnnbench", "x"]), testbed.gather())


def test_what_was_saved_is_read_back(tmp_path: Path) -> None:
    first, second = measurement("fused", "torch"), measurement("reference")
    file = save(first, tmp_path)
    assert file.parent == tmp_path / "throughput"
    assert file.stem == first.testbed.fingerprint
    before = file.read_bytes()
    assert save(second, tmp_path) == file
    assert file.read_bytes().startswith(before)
    assert load(file) == [first, second]
    assert load(file)[0].provenance.command == ["rnnbench", "x"]


def test_a_measurement_is_saved_once(tmp_path: Path) -> None:
    once = measurement("fused")
    save(once, tmp_path)
    assert len(load(save(once, tmp_path))) == 1


def test_a_number_that_is_not_finite_becomes_no_number(tmp_path: Path) -> None:
    wrong = make_speed(status="wrong", parity=False, difference=float("inf"))
    file = save(make_measurement([wrong], provenance.gather(""), testbed.gather()), tmp_path)
    (stored,) = load(file)
    assert stored.rows == [replace(wrong, difference=None)]


def test_a_malformed_line_is_named(tmp_path: Path) -> None:
    file = save(measurement("fused"), tmp_path)
    with file.open("a") as stream:
        stream.write('{"schema": 1}\n')
    with pytest.raises(DataError, match=r"jsonl line 2: id is missing"):
        load(file)

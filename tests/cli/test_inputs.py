"""Inputs of a command, as they stand in files and on standard input."""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import pytest

from rnnbench.cli.inputs import Given, add_inputs, given_inputs, parse_inputs


def given(*words: str) -> list[Given]:
    parser = argparse.ArgumentParser("rnnbench predict")
    add_inputs(parser, "inputs", "texts")
    return list(given_inputs(parse_inputs(parser, words), "text"))


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("name", ["bom.txt", "-"])
def test_a_byte_order_mark_is_no_part_of_the_first_line(
    name: str, as_json: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ['"a"', '"\ufeffb"'] if as_json else ["a", "\ufeffb"]
    content = "\r\n".join(lines).encode("utf-8-sig")
    (tmp_path / "bom.txt").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    found = given("--file", name, *(["--json-in"] if as_json else []))
    assert found == [Given(f"{name}:1", "a"), Given(f"{name}:2", "\ufeffb")]

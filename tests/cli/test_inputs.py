"""Inputs of a command, as they stand in files and on standard input."""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from rnnbench.cli.inputs import Given, add_inputs, given_inputs, parse_inputs, warn_if_unknown


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


@pytest.mark.parametrize(
    ("task", "column", "said"),
    [
        ("classification", "text", "the label it gets is a guess."),
        ("regression", "text", "the number it gets is a guess."),
        ("transduction", "text", "what is written for it is a guess."),
        ("classification", "image", ""),
        ("tagging", "words", ""),
    ],
)
def test_an_answer_to_a_text_of_which_nothing_is_known_is_called_a_guess(
    task: str, column: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    predictor = SimpleNamespace(info=SimpleNamespace(task=task, columns=(column, "label")), unknown=list)
    warn_if_unknown(predictor, Given("input 1", "日本"))
    line = f"rnnbench: input 1: the training texts showed nothing of '日本' (日, 本); {said}\n"
    assert capsys.readouterr().err == (line if said else "")

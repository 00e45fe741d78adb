"""Every `rnnbench run`, `throughput` and `board` of the documents and presets can be meant as it stands there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnbench.catalog.precheck import check_words
from rnnbench.cli.main import command
from rnnbench.cli.run import initialise_hydra

HOME = Path(__file__).parents[2]
DOCUMENTS = [HOME / "README.md", HOME / "CONTRIBUTING.md", HOME / "docs" / "a_fast_cell.md"]
PRESETS = [*HOME.glob("conf/experiment/*.yaml")]


def commands(verb: str) -> list[tuple[str, str]]:
    """Return each command of the verb with the document that it is in."""
    found = set()
    for document in [*DOCUMENTS, *PRESETS]:
        text = re.sub(r" \\\n#? *", " ", document.read_text(encoding="utf-8"))
        for line in re.findall(rf"rnnbench {verb}\b([^`\n]*)", text):
            # A comment, and what reads the command's output.
            found.add((document.name, re.split(r"  #| \| ", line)[0].strip()))
    return sorted(found)


# What the command prints, and what needs a plugin of one's own, is no run.
RUNS = [(document, line) for document, line in commands("run") if line and "--" not in line]
OTHERS = [(document, verb, line) for verb in ("throughput", "board") for document, line in commands(verb)]


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with the results of this repository and the plugin that the documents speak of."""
    before = dict(os.environ)
    shutil.copytree(HOME / "results", tmp_path / "results")
    monkeypatch.chdir(tmp_path)
    command(["new", "cell", "my_cell", "--file"])
    yield
    # The command sets variables of its process.
    os.environ.clear()
    os.environ.update(before)


def test_there_are_commands_of_the_documents_and_of_every_preset() -> None:
    assert {document for document, _ in RUNS} >= {"README.md", *(path.name for path in PRESETS)}
    assert {document for document, *_ in OTHERS} == {path.name for path in DOCUMENTS}


@pytest.mark.parametrize(("document", "line"), RUNS)
def test_a_documented_run_can_be_meant(document: str, line: str) -> None:
    words = shlex.split(line)
    sweep = "-m" in words
    initialise_hydra(None)
    check_words([word for word in words if word != "-m"], sweep=sweep)


@pytest.mark.usefixtures("clone")
@pytest.mark.parametrize(("document", "verb", "line"), OTHERS)
def test_a_documented_command_does_all_but_measure(
    document: str, verb: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rnnbench.cli.throughput._measure", lambda *arguments: 0)
    assert command([verb, *shlex.split(line)]) == 0

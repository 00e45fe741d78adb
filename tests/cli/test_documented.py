"""Every `rnnbench run` of the documents and presets can be meant as it stands there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnbench.catalog.precheck import check_words
from rnnbench.cli.run import initialise_hydra

HOME = Path(__file__).parents[2]
DOCUMENTS = [HOME / "README.md", HOME / "CONTRIBUTING.md", *HOME.glob("conf/experiment/*.yaml")]


def commands() -> Iterator[tuple[str, str]]:
    for document in DOCUMENTS:
        text = re.sub(r" \\\n#? *", " ", document.read_text(encoding="utf-8"))
        for line in re.findall(r"rnnbench run( [^`\n]*)", text):
            words = line.partition("  #")[0].strip()
            # What the command prints, and what needs a plugin of one's own, is no run.
            if words and "--" not in words:
                yield document.name, words


COMMANDS = sorted(set(commands()))


def test_there_are_commands_of_the_readme_and_of_every_preset() -> None:
    assert {document for document, _ in COMMANDS} >= {path.name for path in DOCUMENTS} - {"CONTRIBUTING.md"}


@pytest.mark.parametrize(("document", "line"), COMMANDS)
def test_a_documented_run_can_be_meant(document: str, line: str) -> None:
    words = shlex.split(line)
    sweep = "-m" in words
    initialise_hydra(None)
    check_words([word for word in words if word != "-m"], sweep=sweep)

"""What `rnnbench new` writes keeps the contract at once."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from rnnbench.cli.main import command
from rnnbench.contracts import KINDS, UsageError


@pytest.mark.parametrize("kind", KINDS)
def test_a_single_file_passes_the_test_written_beside_it(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "own"
    assert command(["new", kind, "brand_new", "--file", "--into", str(folder)]) == 0
    monkeypatch.setenv("RNNBENCH_PLUGINS", str(folder))
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder / "tests")]
    done = subprocess.run(tests, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_a_package_declares_its_entry_point_and_defines_what_it_names(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "package"
    command(["new", kind, "brand_new", "--into", str(folder)])
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    module, _, name = project["entry-points"][f"rnnbench.{kind}"]["brand_new"].partition(":")
    assert f"class {name}" in (folder / module / "__init__.py").read_text()
    assert "check_" + kind in (folder / "tests" / "test_brand_new.py").read_text()
    assert not any("$" in path.read_text() for path in folder.rglob("*.*"))


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    command(["new", "cell", "brand_new", "--into", str(tmp_path)])
    with pytest.raises(UsageError, match="exists already"):
        command(["new", "cell", "brand_new", "--into", str(tmp_path)])


@pytest.mark.parametrize(("name", "sentence"), [("gru", "of that name; choose another"), ("My-Cell", "lower-case")])
def test_a_name_that_cannot_be_used_is_told(name: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=sentence):
        command(["new", "cell", name, "--into", str(tmp_path)])


@pytest.mark.parametrize(("words", "folder"), [([], "rnnbench-brand-new"), (["--file"], "my_plugins")])
def test_what_help_says_of_the_folder_is_true(
    words: list[str], folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command(["new", "cell", "brand_new", *words])
    assert [path.name for path in tmp_path.iterdir()] == [folder]
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        command(["new", "--help"])
    assert "(default: rnnbench-NAME; with --file, my_plugins)" in capsys.readouterr().out

"""Names are listed without importing; clashes and broken files are told."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from rnnbench.catalog import registry
from rnnbench.contracts import PluginError, UsageError
from tests.conftest import PLUGIN_FOLDER


def folder_with(tmp_path: Path, name: str, source: str) -> Path:
    path = tmp_path / "cells" / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    return tmp_path


def test_a_dropped_in_file_is_a_plugin_named_like_its_stem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNBENCH_PLUGINS", str(PLUGIN_FOLDER))
    plugin = registry.find("cell", "leaky")
    assert plugin.load().__name__ == "Leaky"
    assert plugin.summary.startswith("A leaky integrator")


def test_listing_imports_no_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_with(tmp_path, "bomb", '"""x"""\nraise SystemExit("imported")\nclass Bomb: ...\n')
    monkeypatch.setenv("RNNBENCH_PLUGINS", str(folder))
    assert "bomb" in registry.names("cell")
    assert registry.find("cell", "bomb").problem == ""


def test_listing_imports_neither_torch_nor_lightning() -> None:
    code = (
        "import sys; from rnnbench.cli.main import command; command(['list']); command(['--help']);"
        "sys.exit(bool({'torch', 'pytorch_lightning', 'hydra'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_two_owners_of_one_name_are_both_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNBENCH_PLUGINS", str(folder_with(tmp_path, "gru", "class GRU: ...\n")))
    with pytest.raises(UsageError, match=r"claimed by rnnbench .* and .*gru\.py"):
        registry.find("cell", "gru")


def test_an_unknown_name_gets_near_matches() -> None:
    with pytest.raises(UsageError, match="Did you mean lstm"):
        registry.find("cell", "lsmt")


@pytest.mark.parametrize(
    ("kind", "name", "params"),
    [
        ("dataset", "conll", {"scheme": "IOBES"}),
        ("dataset", "conll", {"separator": ","}),
        ("dataset", "conllu", {"column": "lemma"}),
        ("dataset", "digits", {"order": "columns"}),
        ("dataset", "hkcancor", {"tags": "upos"}),
        ("head", "classify", {"class_weights": "even"}),
        ("head", "seq2seq", {"attention": "luong"}),
        ("head", "tag", {"scheme": "IOB1"}),
    ],
)
def test_a_plugin_is_not_built_with_a_word_it_does_not_know(kind: str, name: str, params: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=rf"{kind}\.{next(iter(params))}=.*: it is one of "):
        registry.build(kind, name, params)


def test_a_file_with_a_syntax_error_is_a_row_not_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNBENCH_PLUGINS", str(folder_with(tmp_path, "half", "class Half(:\n")))
    assert "invalid syntax" in registry.plugins("cell")["half"][0].problem


def test_a_file_without_the_class_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNBENCH_PLUGINS", str(folder_with(tmp_path, "other_cell", "class Other: ...\n")))
    plugin = registry.find("cell", "other_cell")
    assert "no class named like the file" in plugin.problem
    with pytest.raises(PluginError, match="no class named like the file"):
        plugin.load()


@pytest.mark.parametrize(("source", "found"), [("class GRU: ...\nclass Gate: ...\n", "GRU, Gate"), ("", "none")])
def test_a_class_of_another_name_is_told_with_the_one_expected(
    source: str, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNBENCH_PLUGINS", str(folder_with(tmp_path, "my_gru2", source)))
    plugin = registry.find("cell", "my_gru2")
    said = f"expected MyGru2 (capitals do not matter), found {found}; rename"
    assert said in plugin.problem
    with pytest.raises(PluginError, match=re.escape(said)):
        plugin.load()


def test_a_file_beside_the_folder_of_its_kind_is_told_where_to_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder_with(tmp_path, "placed", "class Placed: ...\n") / "lost.py").write_text("class Lost: ...\n")
    monkeypatch.setenv("RNNBENCH_PLUGINS", str(tmp_path))
    with pytest.raises(UsageError, match=re.escape(f"{tmp_path / 'lost.py'} has to stand in {tmp_path / 'cells'}.")):
        registry.find("cell", "lost")


def test_a_folder_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNBENCH_PLUGINS", "/nowhere/at/all")
    with pytest.raises(UsageError, match="is not a folder"):
        registry.names("cell")


def test_no_yaml_replaces_a_plugin_silently() -> None:
    conf = Path(registry.__file__).parents[2] / "conf"
    clashes = [
        path for kind in registry.KINDS for path in (conf / kind).glob("*.yaml") if path.stem in registry.names(kind)
    ]
    assert clashes == []


def test_every_first_party_package_is_in_the_wheel() -> None:
    import tomllib

    top = Path(__file__).parents[2]
    listed = set(tomllib.loads((top / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    code = {path.parent.relative_to(top) for path in top.glob("rnnbench/**/__init__.py")}
    plugins = {path.parent.relative_to(top) for path in top.glob("plugins/*/__init__.py")} - {Path("plugins/sweeper")}
    wanted = {".".join(path.parts) for path in code} | {"rnnbench." + ".".join(path.parts) for path in plugins}
    assert wanted <= listed

"""What a plugin says of itself is kept, and belongs to its own file."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnbench.catalog import describe as catalogue
from rnnbench.catalog.registry import find

CELL = '''
from rnnbench.plugins.cells.gru import GRU


class Mine(GRU):
    """A cell."""

    def __init__(self, input_size: int, hidden_size: int, {name}: int = 1) -> None:
        super().__init__(input_size, hidden_size)
'''


def parameters(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("RNNBENCH_PLUGINS", str(folder))
    monkeypatch.setattr(catalogue, "_known", {})
    return [parameter["name"] for parameter in catalogue.describe([find("cell", "mine")])[0]["parameters"]]


def test_a_description_is_of_the_plugins_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNBENCH_CACHE", str(tmp_path / "cache"))
    for name in ("one", "two"):
        (tmp_path / name / "cells").mkdir(parents=True)
        (tmp_path / name / "cells" / "mine.py").write_text(CELL.format(name=name))
    assert parameters(tmp_path / "one", monkeypatch) == ["one"]
    assert parameters(tmp_path / "two", monkeypatch) == ["two"]
    assert len(list((tmp_path / "cache" / "descriptions").iterdir())) == 2


def test_two_checkouts_of_a_version_have_descriptions_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = find("cell", "gru")
    here = catalogue._cache_file(plugin)
    monkeypatch.setattr(type(plugin), "file", Path("/elsewhere/plugins/cells/gru.py"))
    assert catalogue._cache_file(plugin) != here

"""Pictures as files: what becomes of one that cannot be drawn or written."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rnnbench.contracts import DataError, UsageError
from rnnbench.report.attention_map import draw_attention
from rnnbench.report.contact_sheet import draw_contact_sheet


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot write"):
        draw_attention(["a"], ["x"], [[1.0]], tmp_path / "none" / "map.png")


def test_without_matplotlib_the_command_that_installs_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r"pip install 'rnnbench\[plot\]'"):
        draw_attention(["a"], ["x"], [[1.0]], tmp_path / "map.png")
    with pytest.raises(UsageError, match=r"pip install 'rnnbench\[plot\]'"):
        draw_contact_sheet([b"an image"], ["a"], [["a"]], tmp_path / "s.png")

"""Pictures as files: where they are written, and what becomes of one that cannot be."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest

from rnnbench.contracts import DataError, UsageError
from rnnbench.report.board import boards
from rnnbench.report.board_plot import draw_boards
from rnnbench.report.figure import can_draw, figure, picture_path
from rnnbench.report.throughput_plot import draw_throughput
from tests.made_up import make_record, make_speed
from tests.report.pixels import pixels


def draw(path: Path) -> None:
    with figure(path, 1, (2.0, 1.0)) as (axis,):
        axis.plot([0, 1])


def test_a_file_is_of_the_kind_that_its_name_says_in_a_folder_that_is_made(tmp_path: Path) -> None:
    draw(tmp_path / "new" / "folder" / "line.svg")
    draw(tmp_path / "line.png")
    assert (tmp_path / "new" / "folder" / "line.svg").read_text().startswith("<?xml")
    assert pixels(tmp_path / "line.png").shape == (120, 240, 3)


def test_a_name_of_no_kind_of_picture_is_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match=r"line\.xyz: a picture's name ends in \.svg or \.png"),
        figure(tmp_path / "line.xyz", 1, (2.0, 1.0)),
    ):
        pytest.fail("it was drawn")


def test_what_is_half_drawn_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    draw(tmp_path / "line.svg")
    before = (tmp_path / "line.svg").read_bytes()
    with pytest.raises(ZeroDivisionError), figure(tmp_path / "line.svg", 1, (2.0, 1.0)):
        1 / 0  # noqa: B018
    assert (tmp_path / "line.svg").read_bytes() == before


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"cannot make the folder .*file: File exists\."):
        draw(tmp_path / "file" / "line.svg")


def test_where_there_is_nothing_to_draw_it_is_said(tmp_path: Path) -> None:
    unfinished = boards([make_record(status="failed", reason="no such gate")])
    record = make_record()
    untested = dataclasses.replace(record, metrics=[dataclasses.replace(record.metrics[0], split="validation")])
    for nothing in ([], unfinished, boards([untested])):
        with pytest.raises(UsageError, match=r"board\.svg: no run has a test score"):
            draw_boards(nothing, tmp_path / "board.svg")
    with pytest.raises(UsageError, match=r"cost\.svg: no row has a speed"):
        draw_throughput([make_speed(status="failed")], tmp_path / "cost.svg")
    draw_boards([*unfinished, *boards([record])], tmp_path / "board.svg")
    assert list(tmp_path.iterdir()) == [tmp_path / "board.svg"]


def test_without_matplotlib_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert can_draw()
    assert picture_path("map.png") == Path("map.png")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert not can_draw()
    with pytest.raises(UsageError, match=r"map\.png: a picture needs matplotlib; .*pip install 'rnnbench\[plot\]'"):
        picture_path("map.png")

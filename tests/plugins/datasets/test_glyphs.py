from __future__ import annotations

import io
import sys

import pytest

from rnnbench.contracts import SPLITS, DataError
from rnnbench.plugins.datasets.glyphs import Glyphs

pytest.importorskip("fontTools")
pytest.importorskip("matplotlib")
Image = pytest.importorskip("PIL.Image")


@pytest.fixture(scope="module")
def glyphs() -> Glyphs:
    return Glyphs()


def captions(dataset: Glyphs, split: str) -> list[list[str]]:
    found: list[list[str]] = dataset.load(split)["target"].to_pylist()
    return found


def test_pictures_are_grey_of_one_size_and_never_blank(glyphs: Glyphs) -> None:
    images = glyphs.load("validation")["image"].to_pylist()
    assert len(set(images)) == len(images) > 1000
    for content in images[:300]:
        with Image.open(io.BytesIO(content)) as picture:
            assert (picture.format, picture.mode, picture.size) == ("PNG", "L", (32, 32))
            assert picture.getbbox()


def test_characters_that_look_the_same_are_captions_of_one_picture(glyphs: Glyphs) -> None:
    every = [names for split in SPLITS for names in captions(glyphs, split)]
    (shared,) = [
        names for names in every if "latin capital letter h" in names and "cyrillic capital letter en" in names
    ][:1]
    assert "greek capital letter eta" in shared
    assert not any(name.startswith(("braille", "hexagram")) for names in every for name in names)


def test_no_character_is_in_two_splits(glyphs: Glyphs) -> None:
    names = [{name for found in captions(glyphs, split) for name in found} for split in SPLITS]
    assert not names[0] & names[1]
    assert not names[0] & names[2]
    assert not names[1] & names[2]
    assert sum(map(len, names)) > 5000


def test_revision_names_both_packages_and_a_missing_one_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = Glyphs()
    assert dataset.info.revision.startswith("matplotlib ")
    assert ", pillow " in dataset.info.revision
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(DataError, match=r"pip install 'rnnbench\[images\]'"):
        dataset.load("train")

"""Pictures of what writing heads do."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from rnnbench.contracts import DataError, UsageError
from rnnbench.report.pictures import attention, contact_sheet


def image(colour: tuple[int, int, int], kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(content, kind)
    return content.getvalue()


def pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as opened:
        assert opened.format == "PNG"
        return np.asarray(opened.convert("RGB"))


def count(found: NDArray[np.uint8], colour: tuple[int, int, int]) -> int:
    return int((found == colour).all(axis=2).sum())


def test_attention_is_dark_where_a_word_looks(tmp_path: Path) -> None:
    attention(["a", "b"], ["x", "y"], [[0, 1], [0, 0]], tmp_path / "map.png")
    found = pixels(tmp_path / "map.png")
    dark = np.argwhere((found == 0).all(axis=2))
    across, down = found.shape[1] / 2, found.shape[0] / 2
    # A quarter of the map is black: the upper right one, beside which the black of frame and letters is little.
    upper_right = ((dark[:, 0] < down + 30) & (dark[:, 1] > across - 10)).mean()
    assert upper_right > 0.8


def test_a_word_may_be_written_in_anything(tmp_path: Path) -> None:
    words = ["$x_", "$^", "日本", "😀", "_", "\\frac"]
    attention(words, ["</s>"], np.full((1, len(words)), 0.5), tmp_path / "map.png")
    assert pixels(tmp_path / "map.png").shape[1] > 200


def test_a_long_text_has_a_picture_of_bounded_size(tmp_path: Path) -> None:
    attention(["w"] * 200, ["v"], np.zeros((1, 200)), tmp_path / "map.png")
    assert pixels(tmp_path / "map.png").shape[1] <= 5000


def test_weights_have_to_fit_the_words(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"shape \(1, 2\) do not fit 2 words that look at 1"):
        attention(["a"], ["x", "y"], [[0.5, 0.5]], tmp_path / "map.png")


def test_a_sheet_shows_every_image_and_marks_what_is_wrong(tmp_path: Path) -> None:
    colours = [(250, 10, 10), (10, 250, 10), (10, 10, 250), (250, 250, 10), (10, 250, 250), (250, 10, 250)]
    contact_sheet([image(c) for c in colours], ["same "] * 6, [["other", "same"]] * 6, tmp_path / "right.png")
    contact_sheet([image(c) for c in colours], ["$odd"] * 5 + [""], [["right"]] * 6, tmp_path / "wrong.png")
    right, wrong = pixels(tmp_path / "right.png"), pixels(tmp_path / "wrong.png")
    areas = [count(right, colour) for colour in colours]
    assert min(areas) > 1000
    assert max(areas) < 1.1 * min(areas)
    green, red = (0x2C, 0x7A, 0x4B), (0xB0, 0x4A, 0x3A)
    assert count(right, green) > 0 == count(right, red)
    assert count(wrong, red) > 0 == count(wrong, green)


def test_other_kinds_of_images_are_read_too(tmp_path: Path) -> None:
    contact_sheet([image((1, 2, 3), "BMP"), image((1, 2, 3), "JPEG")], ["a", "b"], [["a"], ["b"]], tmp_path / "s.png")
    assert pixels(tmp_path / "s.png").size


def test_a_photograph_is_shown_upright(tmp_path: Path) -> None:
    upright = Image.linear_gradient("L")
    exif = Image.Exif()
    exif[0x0112] = 6
    for name, picture, options in (("one", upright, {}), ("two", upright.rotate(90), {"exif": exif})):
        content = io.BytesIO()
        picture.save(content, "PNG", **options)
        contact_sheet([content.getvalue()], ["a"], [["a"]], tmp_path / f"{name}.png")
    assert (pixels(tmp_path / "one.png") == pixels(tmp_path / "two.png")).all()


def test_what_is_no_image_is_named_by_its_number(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="image 2 is no image that can be decoded"):
        contact_sheet([image((1, 2, 3)), b"no image"], ["a", "b"], [["a"], ["b"]], tmp_path / "s.png")


def test_a_sheet_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="0 images"):
        contact_sheet([], [], [], tmp_path / "s.png")


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot write"):
        attention(["a"], ["x"], [[1.0]], tmp_path / "none" / "map.png")


def test_without_matplotlib_the_command_that_installs_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r"pip install 'rnnbench\[plot\]'"):
        attention(["a"], ["x"], [[1.0]], tmp_path / "map.png")
    with pytest.raises(UsageError, match=r"pip install 'rnnbench\[plot\]'"):
        contact_sheet([image((1, 2, 3))], ["a"], [["a"]], tmp_path / "s.png")

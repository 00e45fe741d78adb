"""A contact sheet shows every image and what was said of it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from rnnbench.contracts import DataError
from rnnbench.report.contact_sheet import draw_contact_sheet
from tests.report.pixels import pixels


def image(colour: tuple[int, int, int], kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(content, kind)
    return content.getvalue()


def count(found: NDArray[np.uint8], colour: tuple[int, int, int]) -> int:
    return int((found == colour).all(axis=2).sum())


def test_a_sheet_shows_every_image_and_marks_what_is_wrong(tmp_path: Path) -> None:
    colours = [(250, 10, 10), (10, 250, 10), (10, 10, 250), (250, 250, 10), (10, 250, 250), (250, 10, 250)]
    draw_contact_sheet([image(c) for c in colours], ["same "] * 6, [["other", "same"]] * 6, tmp_path / "right.png")
    draw_contact_sheet([image(c) for c in colours], ["$odd"] * 5 + [""], [["right"]] * 6, tmp_path / "wrong.png")
    right, wrong = pixels(tmp_path / "right.png"), pixels(tmp_path / "wrong.png")
    areas = [count(right, colour) for colour in colours]
    assert min(areas) > 1000
    assert max(areas) < 1.1 * min(areas)
    green, red = (0x2C, 0x7A, 0x4B), (0xB0, 0x4A, 0x3A)
    assert count(right, green) > 0 == count(right, red)
    assert count(wrong, red) > 0 == count(wrong, green)


def test_other_kinds_of_images_are_read_too(tmp_path: Path) -> None:
    images = [image((1, 2, 3), kind) for kind in ("BMP", "JPEG")]
    draw_contact_sheet(images, ["a", "b"], [["a"], ["b"]], tmp_path / "s.png")
    assert pixels(tmp_path / "s.png").size


def test_a_photograph_is_shown_upright(tmp_path: Path) -> None:
    upright = Image.linear_gradient("L")
    exif = Image.Exif()
    exif[0x0112] = 6
    for name, picture, options in (("one", upright, {}), ("two", upright.rotate(90), {"exif": exif})):
        content = io.BytesIO()
        picture.save(content, "PNG", **options)
        draw_contact_sheet([content.getvalue()], ["a"], [["a"]], tmp_path / f"{name}.png")
    assert (pixels(tmp_path / "one.png") == pixels(tmp_path / "two.png")).all()


def test_what_is_no_image_is_named_by_its_number(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="image 2 is no image that can be decoded"):
        draw_contact_sheet([image((1, 2, 3)), b"no image"], ["a", "b"], [["a"], ["b"]], tmp_path / "s.png")


def test_a_sheet_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="0 images"):
        draw_contact_sheet([], [], [], tmp_path / "s.png")

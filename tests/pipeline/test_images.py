"""Images are read as a person sees them; those that cannot be are named in a sentence."""

from __future__ import annotations

import contextlib
import io
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from rnnbench.contracts import DataError
from rnnbench.pipeline.images import read_image

BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def file(image: Image.Image, kind: str = "PNG", **options: Any) -> io.BytesIO:
    content = io.BytesIO()
    image.save(content, kind, **options)
    content.seek(0)
    return content


def halves(size: int = 64) -> Image.Image:
    """Return an image with the upper half in red."""
    image = Image.new("RGB", (size, size))
    image.paste((255, 0, 0), (0, 0, size, size // 2))
    return image


def photograph(kind: str, orientation: int) -> io.BytesIO:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return file(halves(), kind, exif=exif)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("shape", [(), (3, 16, 16)])
def test_a_photograph_is_upright_whatever_way_the_camera_was_held(shape: tuple[int, ...], kind: str) -> None:
    # 6: the camera was turned, so that the upper row of pixels is the right edge of what was seen.
    found = np.asarray(read_image(photograph(kind, 6), "it", shape)).astype(int)
    reds = found[..., 0]
    assert reds[:, -4:].min() > 250
    assert reds[:, :4].max() < 5


@pytest.mark.parametrize("shape", [(), (3, 8, 8), (1, 8, 8)])
@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB"])
def test_what_is_transparent_is_white(mode: str, shape: tuple[int, ...]) -> None:
    drawn = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    drawn.paste((10, 10, 10, 255), (0, 0, 8, 4))
    if mode == "RGB":
        content = file(Image.merge("RGB", drawn.split()[:3]), transparency=BLACK)
    else:
        content = file(drawn.convert(mode))
    found = np.asarray(read_image(content, "it", shape).convert("RGB"))
    assert (found[0] == 10).all()
    assert (found[-1] == 255).all()


def test_what_shines_through_is_light() -> None:
    found = read_image(file(Image.new("RGBA", (2, 2), (0, 0, 0, 51))), "it")
    assert found.getpixel((0, 0)) == (204, 204, 204)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
@pytest.mark.parametrize(("shape", "mode"), [((), "L"), ((1, 16, 16), "L"), ((3, 16, 16), "RGB")])
def test_sixteen_bits_of_grey_become_eight(shape: tuple[int, ...], mode: str, kind: str) -> None:
    greys = np.arange(256, dtype=np.uint16).reshape(16, 16)
    found = read_image(file(Image.fromarray(greys * 257), kind), "it", shape)
    assert found.mode == mode
    assert np.asarray(found.convert("L")).tolist() == greys.tolist()


def test_grey_and_colour_stay_what_they_are_where_no_shape_is_asked_for() -> None:
    for mode, kept in (("1", "L"), ("L", "L"), ("LA", "L"), ("P", "RGB"), ("RGB", "RGB"), ("RGBA", "RGB")):
        assert read_image(file(Image.new(mode, (3, 2))), "it").mode == kept
    assert read_image(file(Image.new("CMYK", (3, 2)), "JPEG"), "it").mode == "RGB"


TINY = file(halves(), "GIF").getvalue()
BOMB = TINY[:6] + 4 * b"\xff" + TINY[10:]
"""A small file that says it is 65,535 pixels wide and as high."""


@pytest.mark.parametrize("shape", [(), (3, 16, 16)])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", r"it is no image that can be decoded; give a PNG, a JPEG or the like\.$"),
        (b"image,caption\n", r"it is no image that can be decoded; give a PNG, a JPEG or the like\.$"),
        (file(halves()).getvalue()[:100], r"it is an image that cannot be decoded \(.*truncated.*\); replace it\.$"),
        (file(halves()).getvalue()[:20], r"it is an image that cannot be decoded \(.*runcated.*\); replace"),
        (file(halves(), "JPEG").getvalue()[:-50], r"it is an image that cannot be decoded \(.*runcated.*\); replace"),
        (BOMB, r"it is an image that cannot be decoded \(.*4294836225 pixels.*\); replace it\.$"),
    ],
    ids=["empty", "text", "PNG cut short", "PNG cut in its head", "JPEG cut short", "bomb"],
)
def test_what_cannot_be_decoded_is_one_sentence(content: bytes, sentence: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match=sentence) as error:
        read_image(io.BytesIO(content), "it", shape)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "JPEG", "WEBP", "TIFF", "ICO"])
def test_damage_of_any_kind_is_told_or_does_not_matter(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000_000)
    random = np.random.default_rng(0)
    whole = np.frombuffer((photograph(kind, 6) if kind == "JPEG" else file(halves(24), kind)).getvalue(), np.uint8)
    for _ in range(60):
        damaged = whole.copy()
        damaged[random.integers(min(len(whole), 200), size=3)] = random.integers(256, size=3)
        with contextlib.suppress(DataError):
            assert read_image(io.BytesIO(damaged.tobytes()), "it", (3, 16, 16)).size == (16, 16)
    with pytest.raises(DataError, match=r"^it is "):
        read_image(io.BytesIO(whole[:20].tobytes()), "it", (3, 16, 16))


def test_a_large_photograph_is_read_without_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 64 * 40)
    assert read_image(file(halves()), "it").size == (64, 64)


def test_without_pillow_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(DataError, match=r"pip install 'rnnbench\[images\]'"):
        read_image(tmp_path / "x.png", "it")


def test_a_grey_of_sixteen_bits_may_stand_for_what_is_transparent() -> None:
    drawn = Image.fromarray(np.array([[0, 5000], [65535, 0]], dtype=np.uint16))
    content = io.BytesIO()
    drawn.save(content, "PNG", transparency=0)
    assert np.asarray(read_image(content, "it")).tolist() == [[255, 19], [255, 255]]


def test_an_image_whose_exif_data_is_damaged_is_read_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def transpose(image: Image.Image) -> Image.Image:
        raise struct.error("unpack requires a buffer of 4 bytes")

    monkeypatch.setattr(ImageOps, "exif_transpose", transpose)
    assert read_image(photograph("JPEG", 6), "it").getpixel((32, 8)) == pytest.approx((255, 0, 0), abs=5)


def test_what_a_decoder_does_not_know_is_one_sentence() -> None:
    # Of this Pillow raises a NotImplementedError.
    texture = b"DDS " + struct.pack("<I", 124) + bytes(120)
    with pytest.raises(DataError, match=r"it is an image that cannot be decoded \(.*pixel format.*\); replace it\.$"):
        read_image(io.BytesIO(texture), "it")

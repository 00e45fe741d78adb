"""Reading image files: one way for training and for prediction. Imports no torch."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from rnnbench.contracts import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

_GREY = ("1", "L", "LA")
"""Pillow's modes of images without colour, besides those of 16 bits, which begin with I."""

_WHITE = 0xFFFF
"""The lightest grey of 16 bits, 257 times that of 8."""


def read_image(file: Path | BinaryIO, where: object, shape: tuple[int, ...] = ()) -> Image:
    """Return an image as a person sees it: turned upright by its Exif data, and on white where it is transparent.

    It is in 8 bits of grey or colour, of the `shape` (channels, height, width) if there is one, stretched to that.
    Raises `DataError`, naming the place, for a file that is no image, a damaged one, and one of more pixels than
    Pillow decodes (`PIL.Image.MAX_IMAGE_PIXELS`, twice).
    """
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise DataError("images are read by the package pillow: pip install 'rnnbench[images]'.") from error
    try:
        with warnings.catch_warnings():
            # What Pillow warns of, large photographs and Exif data that is cut short, can be read all the same.
            warnings.simplefilter("ignore")
            with Image.open(file) as image:
                return _seen(image, shape)
    except UnidentifiedImageError as error:
        raise DataError(f"{where} is no image that can be decoded; give a PNG, a JPEG or the like.") from error
    except Exception as error:
        # Pillow's decoders raise many kinds of errors for what is damaged.
        raise DataError(f"{where} is an image that cannot be decoded ({error}); replace it.") from error


def _seen(image: Image, shape: tuple[int, ...]) -> Image:
    from PIL import Image

    grey = image.mode in _GREY or image.mode.startswith("I")
    if shape:
        # JPEG files are decoded at an eighth, a quarter or half of their size where that is enough: much faster.
        image.draft("RGB", (2 * max(shape[1:]),) * 2)
    seen = _on_white(_in_bytes(_upright(image)))
    if not shape:
        return seen.convert("L" if grey else "RGB")
    channels, height, width = shape
    return seen.convert("L" if channels == 1 else "RGB").resize((width, height), Image.Resampling.BICUBIC)


def _upright(image: Image) -> Image:
    """Return an image turned as its Exif data says, or as it is where that is damaged and the image is not."""
    from PIL import ImageOps

    image.load()
    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        return image


def _in_bytes(image: Image) -> Image:
    """Return an image of 8 bits a pixel for one of 16; Pillow itself would make all white that is lighter than 255.

    A grey that stands for what is transparent becomes white.
    """
    from PIL import Image

    if not image.mode.startswith("I"):
        return image
    values = np.asarray(image).clip(0, _WHITE).astype(np.uint32)
    values[values == image.info.get("transparency", -1)] = _WHITE
    return Image.fromarray(((values + 128) // 257).astype(np.uint8))


def _on_white(image: Image) -> Image:
    from PIL import Image

    if not image.has_transparency_data:
        return image
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))

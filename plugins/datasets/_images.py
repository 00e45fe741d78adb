"""Images as the bytes of PNG files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from rnnbench.contracts import check_range
from rnnbench.pipeline.images import read_image

if TYPE_CHECKING:
    from PIL.Image import Image


def encode(image: Image) -> bytes:
    """Return the image as a PNG file."""
    file = io.BytesIO()
    # Uncompressed: versions of zlib compress to different bytes, and the same data must have the same hash.
    image.save(file, "PNG", compress_level=0)
    return file.getvalue()


def read_square(file: Path | BinaryIO, where: object, size: int) -> bytes:
    """Return an image in any format as a PNG file of `size` x `size` pixels in RGB, stretched to that.

    Raises `DataError`, naming the place, for a file that is no image or a damaged one.
    """
    return encode(read_image(file, where, (3, size, size)))


def check_size(size: int) -> int:
    """Return the number of pixels a side; raises `UsageError` for one that shows nothing or too much."""
    check_range("dataset.size", size, 8, 1024)
    return size

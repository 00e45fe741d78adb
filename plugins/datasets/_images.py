"""Images as the bytes of PNG files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image


def encode(image: Image) -> bytes:
    """Return the image as a PNG file."""
    file = io.BytesIO()
    # Uncompressed: versions of zlib compress to different bytes, and the same data shall have the same hash.
    image.save(file, "PNG", compress_level=0)
    return file.getvalue()

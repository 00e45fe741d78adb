"""Pictures that are made up: a bright bar stands or lies."""

import io
import random

import numpy as np
import pyarrow as pa
from PIL import Image

from rnnbench.contracts import TaskInfo


class Bars:
    """Small grey pictures with captions of two letters."""

    info = TaskInfo("captioning", "letters", ("exact_match", "perplexity"), languages=("xx",))
    offline = True

    def __init__(self, size: int = 40) -> None:
        self.size = size

    def load(self, split: str) -> pa.Table:
        source = random.Random(f"bars {split}")
        images, captions = [], []
        for _ in range(self.size):
            place, standing = source.randrange(8), source.random() < 0.5
            pixels = np.zeros((8, 8), np.uint8)
            pixels[(slice(None), place) if standing else (place, slice(None))] = 255
            file = io.BytesIO()
            Image.fromarray(pixels).save(file, "PNG")
            images.append(file.getvalue())
            captions.append(["ab" if standing else "ba"])
        return pa.table({"image": images, "target": captions})

    def sources(self) -> list:
        return []

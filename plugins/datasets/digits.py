"""Handwritten digits, read row by row or pixel by pixel."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

from rnnbench.contracts import TaskInfo

from . import _packages
from ._generated import vectors

if TYPE_CHECKING:
    import pyarrow

_PACKAGE = "scikit-learn"
_CLASSES = 10
_SIDE = 8
_BRIGHTEST = 16


class Digits:
    """The 1,797 digits of scikit-learn, images of 8 by 8 pixels from 0 to 1, as sequences.

    `order`: rows are 8 steps of 8 numbers; pixels are 64 steps of one, line by line; permuted are the same in an order
    that is shuffled once for all images, so that what belongs together lies far apart (as Le, Jaitly and Hinton 2015
    read MNIST). Of each class the images are split 70 : 15 : 15, in the order of a hash of their pixels.
    """

    info = TaskInfo(
        "classification",
        "none",
        ("accuracy", "macro_f1"),
        modality="vectors",
        labels=tuple(map(str, range(_CLASSES))),
        licence="CC-BY-4.0",
        homepage="https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
        citation="Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository",
    )
    offline = True

    def __init__(self, order: Literal["rows", "pixels", "permuted"] = "rows") -> None:
        self._order = order
        self.info = replace(self.info, revision=_packages.revision(_PACKAGE, "data"))

    def sources(self) -> Sequence[Path]:
        """Return the file with the images."""
        return [_packages.folder("sklearn", _PACKAGE, "data") / "datasets" / "data" / "digits.csv.gz"]

    def load(self, split: str) -> pyarrow.Table:
        """Return vectors and labels."""
        import pyarrow

        rows = self._splits[split]
        images = (rows[:, :-1] / _BRIGHTEST).astype(np.float32)
        if self._order == "permuted":
            images = images[:, RandomState(0).permutation(images.shape[1])]
        steps = images.reshape(len(rows), -1, _SIDE if self._order == "rows" else 1)
        labels = pyarrow.array(self.info.labels).take(rows[:, -1])
        return pyarrow.table({"vectors": vectors(steps), "label": labels})

    @cached_property
    def _splits(self) -> dict[str, NDArray[np.int64]]:
        """Return each split's pixels and, in the last column, classes."""
        (file,) = self.sources()
        rows = np.loadtxt(file, delimiter=",").astype(np.int64)
        splits: dict[str, list[NDArray[np.int64]]] = {"train": [], "validation": [], "test": []}
        for label in range(_CLASSES):
            images = sorted(rows[rows[:, -1] == label], key=_order)
            share = round(0.15 * len(images))
            splits["test"] += images[:share]
            splits["validation"] += images[share : 2 * share]
            splits["train"] += images[2 * share :]
        return {split: np.array(images) for split, images in splits.items()}


def _order(image: NDArray[np.int64]) -> bytes:
    """Return what images are sorted by: a fair order that depends on nothing but the image."""
    return hashlib.blake2b(image.astype(np.uint8).tobytes(), digest_size=8).digest()

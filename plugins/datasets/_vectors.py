"""Vectors of images that another program has computed."""

from __future__ import annotations

import zipfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnbench.contracts import DataError, near_matches

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Vectors:
    """A file of NumPy with an array under the name of each image."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @cached_property
    def _arrays(self) -> Any:
        import numpy as np

        try:
            return np.load(self.file, allow_pickle=False)
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise DataError(f"dataset.vectors={self.file} cannot be read ({error}); give a .npz file.") from error

    def named(self, where: str, name: str) -> Path:
        """Return an image's name as a path; raises `DataError` if it has no vector."""
        if name not in self._arrays.files:
            near = near_matches(str(name), self._arrays.files)
            raise DataError(f"{where}: {self.file} has no array called {name}.{near} Add it, or remove its captions.")
        return Path(name)

    def of(self, name: str) -> NDArray[Any]:
        """Return an image's vectors (regions, D); raises `DataError` for an array of another shape."""
        array: NDArray[Any] = self._arrays[name]
        if array.ndim not in (1, 2) or not array.size:
            raise DataError(f"{self.file}: the array {name} is of shape {array.shape}; expected (D,), or (regions, D).")
        return array.reshape(-1, array.shape[-1])

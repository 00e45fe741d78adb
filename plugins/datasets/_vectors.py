"""Vectors of images that another program has computed."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnbench.contracts import DataError, near_matches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_DAMAGE = (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error)
"""What NumPy raises for files and arrays that it cannot read, and for arrays of Python's objects."""


class Vectors:
    """A file of NumPy with an array under the name of each image."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @cached_property
    def _arrays(self) -> Any:
        import numpy as np

        try:
            found = np.load(self.file, allow_pickle=False)
        except _DAMAGE as error:
            raise DataError(f"dataset.vectors={self.file} cannot be read ({error}); give a .npz file.") from error
        if not hasattr(found, "files"):
            raise DataError(
                f"dataset.vectors={self.file} holds one array; give a .npz file with one under the name of each image."
            )
        return found

    @cached_property
    def _names(self) -> Mapping[str, None]:
        """The names of the arrays; NumPy itself would look through all of them for each."""
        return dict.fromkeys(self._arrays.files)

    def named(self, where: str, name: str) -> str:
        """Return an image's name; raises `DataError` if it has no vector."""
        if name not in self._names:
            near = near_matches(name, self._names)
            raise DataError(f"{where}: {self.file} has no array called {name}.{near} Add it, or remove its captions.")
        return name

    def of(self, name: str) -> NDArray[np.float32]:
        """Return an image's vectors (regions, D); raises `DataError` for an array of another shape, or no numbers."""
        import numpy as np

        try:
            array: NDArray[Any] = self._arrays[name]
        except _DAMAGE as error:
            raise DataError(f"{self.file}: the array {name} cannot be read ({error}); write numbers.") from error
        if array.dtype.kind not in "iuf":
            raise DataError(f"{self.file}: the array {name} is of type {array.dtype}; expected numbers.")
        if array.ndim not in (1, 2) or not array.size:
            raise DataError(f"{self.file}: the array {name} is of shape {array.shape}; expected (D,), or (regions, D).")
        with np.errstate(over="ignore"):
            # What is too large becomes infinite, and is told with its row.
            return array.reshape(-1, array.shape[-1]).astype(np.float32)

"""Images in a folder, found by what captions call them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from rnnbench.contracts import DataError, near_matches

from ._files import split_in


class ImageFiles:
    """The files anywhere below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def named(self, where: str, name: str, split: str) -> Path:
        """Return an image's file, given by its path in the folder or by the end of that, as by its name alone.

        Of several that a name may mean it is the one in a folder of the `split`. Raises `DataError` if there is none,
        or if there are still several.
        """
        if os.path.isfile(self.folder / name):
            return self.folder / name
        ending = Path(name).parts
        found = [file for file in self._files.get(Path(name).name, ()) if file.parts[-len(ending) :] == ending]
        if len(found) > 1:
            # As COCO has them: train2017/1.jpg and val2017/1.jpg.
            found = [file for file in found if split in map(split_in, self._below(file).parent.parts)] or found
        if not found:
            raise DataError(
                f"{where}: there is no image {name} in {self.folder}.{near_matches(Path(name).name, self._files)} "
                "Add it, or remove its captions."
            )
        if len(found) > 1:
            several = ", ".join(str(self._below(file)) for file in found[:3])
            raise DataError(
                f"{where}: {self.folder} has several images {name} ({several}); give the path of the one that is meant."
            )
        return found[0]

    @cached_property
    def _files(self) -> Mapping[str, Sequence[Path]]:
        """All files by their names, but for hidden ones."""
        found: dict[str, list[Path]] = {}
        for file in sorted(self.folder.rglob("*")):
            if file.is_file() and not any(part.startswith(".") for part in self._below(file).parts):
                found.setdefault(file.name, []).append(file)
        return found

    def _below(self, file: Path) -> Path:
        return file.relative_to(self.folder)

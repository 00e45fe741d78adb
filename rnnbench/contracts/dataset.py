"""The data-set contract: examples as an Arrow table, and everything that decides their content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from rnnbench.contracts.task import TaskInfo

if TYPE_CHECKING:
    import pyarrow


@runtime_checkable
class Dataset(Protocol):
    """A source of examples. The constructor's keyword parameters are its configuration.

    A data set imports neither torch nor Lightning, chooses no metric silently, and touches the network only where
    `offline` is False. It raises `DataError` (file and line in the message) for data it cannot use.
    """

    info: ClassVar[TaskInfo]
    offline: ClassVar[bool]

    def load(self, split: str) -> pyarrow.Table:
        """Return the split's examples ("train", "validation" or "test") with the columns of its task.

        The same parameters give the same rows in the same order, on every machine.
        """
        ...

    def sources(self) -> Sequence[Path]:
        """Return the files the examples are read from; empty for generated or downloaded data.

        Their paths, sizes and times tell whether the data has to be hashed anew; nothing is read here.
        """
        ...


def split_of(key: str, *, validation: float = 0.1, test: float = 0.1, seed: int = 0) -> str:
    """Return the split that `key` belongs to, by hash: stable when other keys come and go.

    Give variants of one thing (a template and its expansions) the same key, so that none leaks into another split.
    """
    digest = hashlib.blake2b(f"{seed}:{key}".encode(), digest_size=8).digest()
    position = int.from_bytes(digest, "big") / 2**64
    if position < test:
        return "test"
    return "validation" if position < test + validation else "train"

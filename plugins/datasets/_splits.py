"""Three splits of examples, carved where they are missing, and checked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from rnnbench.contracts import SPLITS, DataError, split_of

if TYPE_CHECKING:
    import pyarrow

Example = tuple[str, str]
"""A text and its label."""

Row = TypeVar("Row")


def carve(given: Mapping[str, Sequence[Example]], origin: object) -> dict[str, list[Example]]:
    """Return all three splits of labelled texts; a missing one is carved from train by a hash of the text.

    Raises `DataError`, naming `origin`, for data that cannot be learned from.
    """
    splits = divide(given, origin, lambda example: example[0])
    _check_classes(splits, origin)
    return splits


def divide(given: Mapping[str, Sequence[Row]], origin: object, key: Callable[[Row], str]) -> dict[str, list[Row]]:
    """Return all three splits; one that is missing is carved from train, 10 % of it, by a hash of each row's key.

    Raises `DataError`, naming `origin`, if that leaves a split empty.
    """
    validation, test = (0.0 if name in given else 0.1 for name in ("validation", "test"))
    splits: dict[str, list[Row]] = {name: [] if name == "train" else list(given.get(name, ())) for name in SPLITS}
    for row in given["train"]:
        splits[split_of(key(row), validation=validation, test=test)].append(row)
    total = sum(map(len, splits.values()))
    for name, rows in splits.items():
        if not rows:
            raise DataError(
                f"{origin} leaves no example for {name}, having {total} in all; give more, or a file for each split."
            )
    return splits


def apportion(keys: Collection[str]) -> dict[str, str]:
    """Return the split of each of a few keys: a tenth of them, at least one, is for test, as many for validation.

    Unlike `split_of` it gives shares that are exact, but moves keys to other splits when some come or go.
    """
    share = max(1, len(keys) // 10)
    places = enumerate(sorted(keys, key=_order))
    return {key: "test" if at < share else "validation" if at < 2 * share else "train" for at, key in places}


def _order(key: str) -> bytes:
    """Return what keys are sorted by: a fair order that does not depend on their text."""
    return hashlib.blake2b(key.encode(), digest_size=8).digest()


def without_repeats(splits: Mapping[str, Sequence[Row]], key: Callable[[Row], Hashable]) -> dict[str, list[Row]]:
    """Return the splits without rows of validation whose key train has, and of test whose key either of them has."""
    seen: set[Hashable] = set()
    kept: dict[str, list[Row]] = {}
    for split in SPLITS:
        kept[split] = [row for row in splits[split] if key(row) not in seen]
        seen |= {key(row) for row in kept[split]}
    return kept


def _check_classes(splits: Mapping[str, Sequence[Example]], origin: object) -> None:
    known = {label for _, label in splits["train"]}
    if len(known) == 1:
        raise DataError(f"{origin} has only one class ({known.pop()}) in train; give examples of at least two.")
    for name in ("validation", "test"):
        for _, label in splits[name]:
            if label not in known:
                raise DataError(
                    f"{origin} has the class {label} in {name} but not in train; give examples of it for training."
                )


def table(examples: Sequence[Example]) -> pyarrow.Table:
    """Return the columns text and label."""
    import pyarrow

    columns = {
        "text": pyarrow.array([text for text, _ in examples], pyarrow.string()),
        "label": pyarrow.array([label for _, label in examples], pyarrow.string()),
    }
    return pyarrow.table(columns)

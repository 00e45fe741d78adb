"""Three splits of labelled texts, carved where they are missing, and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rnnbench.contracts import SPLITS, DataError, split_of

if TYPE_CHECKING:
    import pyarrow

Example = tuple[str, str]
"""A text and its label."""


def carve(given: Mapping[str, Sequence[Example]], origin: object) -> dict[str, list[Example]]:
    """Return all three splits; one that is missing is carved from train, 10 % of it, by a hash of the text.

    Raises `DataError`, naming `origin`, for data that cannot be learned from.
    """
    validation, test = (0.0 if name in given else 0.1 for name in ("validation", "test"))
    splits: dict[str, list[Example]] = {name: [] if name == "train" else list(given.get(name, ())) for name in SPLITS}
    for example in given["train"]:
        splits[split_of(example[0], validation=validation, test=test)].append(example)
    _check(splits, origin)
    return splits


def _check(splits: Mapping[str, Sequence[Example]], origin: object) -> None:
    total = sum(map(len, splits.values()))
    for name, examples in splits.items():
        if not examples:
            raise DataError(
                f"{origin} leaves no example for {name}, having {total} in all; give more, or a file for each split."
            )
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

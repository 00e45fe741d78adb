"""Examples with right answers: texts or images, and what may be said to each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray

Input = TypeVar("Input", str, bytes)

Answered = tuple[str, list[str]]
"""A text and its right answers."""

Captioned = tuple[bytes, list[str]]
"""The bytes of an image file and its captions."""


def fold(pairs: Iterable[tuple[Input, str]]) -> list[tuple[Input, list[str]]]:
    """Return each input once, in the order of first sight, with all the different answers given to it."""
    answers: dict[Input, dict[str, None]] = {}
    for given, answer in pairs:
        answers.setdefault(given, {})[answer] = None
    return [(given, list(found)) for given, found in answers.items()]


def text_table(rows: Sequence[Answered]) -> pyarrow.Table:
    """Return the columns text and target."""
    import pyarrow

    return pyarrow.table(
        {"text": pyarrow.array([text for text, _ in rows], pyarrow.string()), "target": _targets(rows)}
    )


def vector_table(rows: Sequence[tuple[NDArray[Any], list[str]]]) -> pyarrow.Table:
    """Return the columns vectors, from arrays (steps, D), and target."""
    import pyarrow

    vectors = pyarrow.array([list(array) for array, _ in rows], pyarrow.list_(pyarrow.list_(pyarrow.float32())))
    return pyarrow.table({"vectors": vectors, "target": _targets(rows)})


def image_table(rows: Sequence[Captioned]) -> pyarrow.Table:
    """Return the columns image and target."""
    import pyarrow

    images = pyarrow.array([image for image, _ in rows], pyarrow.binary())
    return pyarrow.table({"image": images, "target": _targets(rows)})


def _targets(rows: Sequence[tuple[object, list[str]]]) -> pyarrow.Array:
    import pyarrow

    return pyarrow.array([answers for _, answers in rows], pyarrow.list_(pyarrow.string()))

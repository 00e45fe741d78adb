"""Encoding what is read: texts, sentences of words, vectors and images, as numbers. Imports no torch."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rnnbench.contracts import DataError, TaskInfo, Tokenizer
from rnnbench.pipeline.arrays import Encoded, Ragged
from rnnbench.pipeline.images import read_image
from rnnbench.pipeline.tokenized import fingerprint, tokenize

Where = Callable[[int], str]
"""What errors call the row of a place, counted from 0."""

LETTERS = 256 + len(Tokenizer.specials)
"""Ids of characters within words: the special ones, then the bytes of UTF-8; none is ever unknown."""


def encode_inputs(
    info: TaskInfo,
    values: Any,
    tokenizer: Tokenizer,
    where: Where,
    max_length: int,
    *,
    letters: bool = False,
    shape: tuple[int, ...] = (),
) -> Encoded:
    """Return the values of an input column, a sequence or the column itself, without targets or references.

    `where` names a row in errors, e.g. "test row 7". With `letters` words are given by their characters, too. Vectors
    and images are of the `shape` that a network was made for, or else of that of the first. Raises `DataError` for what
    is empty, of another size than the rest, longer than `max_length`, or no image.
    """
    if info.modality == "vectors":
        encoded = Encoded(_vectors(values, shape, where))
    elif info.modality == "image":
        encoded = Encoded(_images(values, shape, where))
    elif info.modality == "words":
        encoded = _words(values, tokenizer, where, letters)
    elif info.task == "language_modelling":
        encoded = _continued(info, tokenize(tokenizer, fingerprint(tokenizer), values), tokenizer)
    else:
        encoded = Encoded(tokenize(tokenizer, fingerprint(tokenizer), values))
    if info.layout == "examples":
        check_lengths(encoded.inputs_lengths, values, where, max_length)
    return encoded


def numbered(name: str) -> Where:
    """Return names such as "test row 1", for the `name` "test row"."""
    return lambda place: f"{name} {place + 1}"


def check_lengths(lengths: NDArray[np.int64], values: Sequence[Any], where: Where, max_length: int) -> None:
    """Raise `DataError` for the first row without a token, and for the longest if it is too long."""
    empty = np.flatnonzero(lengths == 0)
    if empty.size:
        row = int(empty[0])
        raise DataError(f"{where(row)} is a text without a token: {values[row][:40]!r}; remove or fix it.")
    longest = int(lengths.argmax())
    if lengths[longest] > max_length:
        raise DataError(
            f"{where(longest)} has {lengths[longest]} tokens, more than training.max_length={max_length}; "
            f"shorten the text or give training.max_length={lengths[longest]}."
        )


def _continued(info: TaskInfo, ids: Ragged, tokenizer: Tokenizer) -> Encoded:
    """Return texts as their own targets: each token is to be predicted from those before it, and the end, too.

    An example begins with bos; a row of a stream with the eos that ended the row before.
    """
    first = tokenizer.eos_id if info.layout == "stream" else tokenizer.bos_id
    offsets = ids.offsets + np.arange(len(ids.offsets))
    inputs = np.insert(ids.values, ids.offsets[:-1], first)
    targets = np.insert(ids.values, ids.offsets[1:], tokenizer.eos_id)
    return Encoded(Ragged(inputs, offsets), Ragged(targets.astype(np.int64), offsets))


def _words(sentences: Sequence[Sequence[str]], tokenizer: Tokenizer, where: Where, letters: bool) -> Encoded:
    ids, spans = [], []
    for row, words in enumerate(sentences):
        if not words:
            raise DataError(f"{where(row)} is a sentence without a word; remove it.")
        tokens, places = tokenizer.align(words)
        ids.append(tokens)
        spans.append([(start, end - 1) for start, end in places])
    encoded = Encoded(Ragged.of(ids), words=Ragged.of(spans, np.int64))
    if not letters:
        return encoded
    place = {word: index for index, word in enumerate(dict.fromkeys(chain.from_iterable(sentences)))}
    return replace(
        encoded,
        letters=Ragged.of(spell(word, tokenizer) for word in place),
        spelling=Ragged.of(([place[word] for word in words] for words in sentences), np.int64),
    )


def spell(word: str, tokenizer: Tokenizer) -> list[int]:
    """Return a word's bytes, framed by bos and eos."""
    shift = len(tokenizer.specials)
    return [tokenizer.bos_id, *(byte + shift for byte in word.encode("utf-8", "replace")), tokenizer.eos_id]


def _vectors(values: Any, shape: tuple[int, ...], where: Where) -> Ragged:
    """Return lists of vectors; a column of a table is not made into Python's lists, which would take minutes."""
    column = values if isinstance(values, pa.ChunkedArray) else _column(values, where)
    rows = column.combine_chunks()
    steps = rows.flatten()
    lengths = rows.value_lengths().to_numpy()
    widths = steps.value_lengths().to_numpy()
    width = shape[0] if shape else int(widths[0]) if len(widths) else 0
    offsets = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    wrong = np.flatnonzero(widths != width)
    if not lengths.all() or wrong.size:
        row = int(np.searchsorted(offsets, wrong[0], side="right")) - 1 if wrong.size else int(lengths.argmin())
        raise DataError(f"{where(row)} is not a list of vectors of {width} numbers each; fix it.")
    numbers = steps.flatten().to_numpy(zero_copy_only=False).astype(np.float32).reshape(-1, width)
    if not np.isfinite(numbers).all():
        step = int(np.flatnonzero(~np.isfinite(numbers).all(axis=1))[0])
        row = int(np.searchsorted(offsets, step, side="right")) - 1
        raise DataError(f"{where(row)} holds a value that is not a finite number; fix it.")
    return Ragged(numbers, offsets)


def _column(values: Sequence[Any], where: Where) -> pa.ChunkedArray:
    kind = pa.list_(pa.list_(pa.float32()))
    for row, value in enumerate(values):
        try:
            pa.array([value], kind)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise DataError(f"{where(row)} is not a list of lists of numbers ({error}); fix it.") from error
    return pa.chunked_array([values], kind)


def _images(files: Sequence[bytes], shape: tuple[int, ...], where: Where) -> NDArray[np.uint8]:
    arrays: list[NDArray[np.uint8]] = []
    for row, content in enumerate(files):
        array = np.asarray(read_image(io.BytesIO(content), where(row), shape))
        array = array[None] if array.ndim == 2 else array.transpose(2, 0, 1)
        if arrays and array.shape != arrays[0].shape:
            raise DataError(
                f"{where(row)} is an image of shape {array.shape}, but the first is of {arrays[0].shape} "
                "(channels, height, width); bring all to one size."
            )
        arrays.append(array)
    return np.stack(arrays)

"""Embeddings: learned from scratch, or started from pre-trained word vectors."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnbench.contracts import DataError

_FORM = "every line must be a word and its values, parted by single spaces"


def build_embedding(
    size: int,
    dimension: int,
    *,
    pad_id: int,
    vectors: Mapping[int, NDArray[np.float32]] | None = None,
    freeze: bool = False,
) -> nn.Embedding:
    """Return an embedding of `size` rows; those in `vectors` start from them, the pad row stays zero."""
    embedding = nn.Embedding(size, dimension, padding_idx=pad_id)
    with torch.no_grad():
        for row, vector in (vectors or {}).items():
            embedding.weight[row] = torch.from_numpy(vector)
        embedding.weight[pad_id] = 0.0
    embedding.weight.requires_grad_(not freeze)
    return embedding


def read_vectors(path: str | Path, pieces: Sequence[str]) -> dict[int, NDArray[np.float32]]:
    """Return the vector of every piece that a word2vec or fastText text file holds, by the piece's index.

    The file, which may be packed (.gz), is read line by line ("word v1 v2 …", a first line "count dimension" is
    no vector), and only the pieces' own rows are kept. Raises `DataError` with the line for one that is not UTF-8, has
    another number of values than the header or the first vector, or holds something that is not a number; and if no
    piece is found at all.
    """
    path = Path(path).expanduser()
    wanted = {piece: index for index, piece in enumerate(pieces)}
    found: dict[int, NDArray[np.float32]] = {}
    dimension, origin = 0, "the first vector has"
    for number, line in _lines(path):
        # Words may hold no space but values are parted by them; fastText ends its lines with one.
        word, *values = line.rstrip().split(" ")
        if number == 1 and _is_header(word, values):
            dimension, origin = int(values[0]), "the header in line 1 says"
            continue
        if not dimension:
            dimension = len(_vector(path, number, values))
        if len(values) != dimension or not values:
            other = f", but {origin} {dimension}" if dimension else ""
            raise DataError(f"{path}, line {number}: {len(values)} values{other}; {_FORM}.")
        if word in wanted:
            found.setdefault(wanted[word], _vector(path, number, values))
    if not found:
        raise DataError(
            f"{path} has a vector for none of the {len(pieces)} pieces of the vocabulary; "
            "use vectors made for this language and tokenizer, or leave model.embedding out."
        )
    return found


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        # Only "\n" ends a line: a vector's word may be one of Unicode's other line breaks.
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
            for number, line in enumerate(file, start=1):
                # A mark of the byte order is no part of the first line.
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}, line {number}: not UTF-8 ({error.reason}); give vectors in text format and UTF-8, as .vec."
        ) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        place = f"after line {number}" if number else "from line 1 on"
        raise DataError(f"{path}, {place}: not a readable gzip file ({error}); give another copy.") from error
    except OSError as error:
        raise DataError(f"model.embedding={path} cannot be read: {error.strerror}.") from error


def _is_header(word: str, values: list[str]) -> bool:
    """Return whether a first line is "count dimension"."""
    return len(values) == 1 and word.isdecimal() and values[0].isdecimal()


def _vector(path: Path, number: int, values: list[str]) -> NDArray[np.float32]:
    try:
        vector = np.array([float(value) for value in values], dtype=np.float32)
    except ValueError as error:
        wrong = next(value for value in values if not _is_number(value))
        raise DataError(f"{path}, line {number}: {wrong[:40]!r} is no number; {_FORM}.") from error
    if not math.isfinite(float(vector.sum())):
        raise DataError(f"{path}, line {number}: a value is not finite; every value must be a number.")
    return vector


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True

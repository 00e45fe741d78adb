"""Encoding: a split's texts as token ids and its labels as class indices, kept on disk. Imports no torch."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rnnbench.catalog.files import cache_folder, write_atomically
from rnnbench.contracts import DataError, TaskInfo, Tokenizer, Vocabulary
from rnnbench.pipeline.splits import content_hash, json_hash

VERSION = 1
"""Of the encoding's code and file; a higher one leaves older cache files unread."""


@dataclass(frozen=True)
class Encoded:
    """A split in flat arrays: row i is `ids[offsets[i]:offsets[i + 1]]`.

    `targets` are what a loss reads (class indices), None for texts to predict; `references` are what a prediction is
    compared with (labels).
    """

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    targets: NDArray[np.int64] | None
    references: Sequence[Any]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Each row's number of tokens."""
        return np.diff(self.offsets)


@dataclass(frozen=True)
class Data:
    """Everything a run knows of its data: what the source declares, the encoded splits and the vocabulary."""

    info: TaskInfo
    splits: dict[str, Encoded]
    vocabulary: Vocabulary
    tokenizer: Tokenizer
    sha256: dict[str, str]


def encode(info: TaskInfo, tables: Mapping[str, pa.Table], tokenizer: Tokenizer, max_length: int) -> Data:
    """Fit the tokenizer to the training texts and return all splits encoded.

    Raises `DataError` for a class that training never shows, for a text without a token and for one that is longer
    than `max_length`.
    """
    tokenizer.fit(tables["train"]["text"].to_pylist())
    labels = info.labels or tuple(sorted(set(tables["train"]["label"].to_pylist())))
    _check_labels(tables)
    counts = Counter(tables["train"]["label"].to_pylist())
    vocabulary = Vocabulary(
        size=tokenizer.vocab_size,
        pad_id=tokenizer.pad_id,
        unk_id=tokenizer.unk_id,
        bos_id=tokenizer.bos_id,
        eos_id=tokenizer.eos_id,
        labels=labels,
        label_counts=tuple(counts[label] for label in labels),
    )
    index = {label: position for position, label in enumerate(labels)}
    fitted = json_hash([type(tokenizer).__module__, type(tokenizer).__qualname__, tokenizer.state()])
    sha256 = {split: content_hash(table) for split, table in tables.items()}
    splits = {}
    for split, table in tables.items():
        texts, references = table["text"].to_pylist(), table["label"].to_pylist()
        path = cache_folder("encoded") / f"{json_hash([VERSION, sha256[split], fitted])}.arrow"
        ids, offsets = _read(path) if path.exists() else _write(path, *_tokenize(tokenizer, texts))
        unknown = next((label for label in references if label not in index), None)
        if unknown is not None:
            raise DataError(
                f"the {split} split has the class {unknown!r}, which is not among the declared ones: "
                f"{', '.join(labels)}; correct the label or declare the class."
            )
        targets = np.array([index[label] for label in references], dtype=np.int64)
        splits[split] = Encoded(ids, offsets, targets, references)
        _check_lengths(split, splits[split].lengths, texts, max_length)
    return Data(info, splits, vocabulary, tokenizer, sha256)


def _check_labels(tables: Mapping[str, pa.Table]) -> None:
    known = set(tables["train"]["label"].to_pylist())
    for split in ("validation", "test"):
        unseen = sorted(set(tables[split]["label"].to_pylist()) - known)
        if unseen:
            raise DataError(
                f"the {split} split has the class {unseen[0]!r}, which the train split never shows; "
                "add training examples of it or remove its rows."
            )


def _check_lengths(split: str, lengths: NDArray[np.int64], texts: Sequence[str], max_length: int) -> None:
    empty = np.flatnonzero(lengths == 0)
    if empty.size:
        row = int(empty[0])
        raise DataError(
            f"{split} row {row + 1} is a text without a token: {texts[row][:40]!r}; remove or mend the row."
        )
    longest = int(lengths.argmax())
    if lengths[longest] > max_length:
        raise DataError(
            f"{split} row {longest + 1} has {lengths[longest]} tokens, more than training.max_length={max_length}; "
            f"shorten the text or give training.max_length={lengths[longest]}."
        )


def _tokenize(tokenizer: Tokenizer, texts: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    ids, offsets = array("i"), array("q", [0])
    for text in texts:
        ids.extend(tokenizer.encode(text))
        offsets.append(len(ids))
    return np.array(ids, dtype=np.int32), np.array(offsets, dtype=np.int64)


def _write(
    path: Path, ids: NDArray[np.int32], offsets: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    rows = pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(ids))
    table = pa.table({"ids": rows}).replace_schema_metadata({"sha256": _checksum(ids, offsets)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    write_atomically(path, sink.getvalue().to_pybytes())
    return ids, offsets


def _read(path: Path) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    try:
        with pa.OSFile(str(path)) as file:
            table = pa.ipc.open_file(file).read_all()
        rows = table["ids"].combine_chunks()
        ids, offsets = rows.values.to_numpy(), rows.offsets.to_numpy()
        intact = table.schema.metadata[b"sha256"].decode() == _checksum(ids, offsets)
    except (OSError, pa.ArrowException, KeyError, AttributeError, TypeError) as error:
        raise DataError(f"the cache file {path} is corrupt ({error}); delete it.") from error
    if not intact:
        raise DataError(f"the cache file {path} is corrupt (its checksum does not fit); delete it.")
    return ids, offsets


def _checksum(ids: NDArray[np.int32], offsets: NDArray[np.int64]) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(ids).tobytes())
    digest.update(np.ascontiguousarray(offsets).tobytes())
    return digest.hexdigest()

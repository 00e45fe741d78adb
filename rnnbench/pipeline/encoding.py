"""Encoding: the splits of a data set as numbers, whatever its task. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from rnnbench.contracts import TARGETS, TaskInfo, Tokenizer, Vocabulary
from rnnbench.pipeline import targets as target_side
from rnnbench.pipeline.arrays import Data, Encoded, Ragged
from rnnbench.pipeline.inputs import encode_inputs, numbered
from rnnbench.pipeline.splits import content_hash


def encode(
    info: TaskInfo,
    tables: Mapping[str, pa.Table],
    tokenizer: Tokenizer,
    max_length: int,
    target_tokenizer: Tokenizer | None = None,
    *,
    letters: bool = False,
) -> Data:
    """Fit the tokenizers to the training texts and return all splits encoded.

    Without a `target_tokenizer` source and target share one vocabulary. With `letters` words are given by their
    characters, too. Raises `DataError` for data that cannot be used, such as a class that training never shows, a text
    without a token, or one that is longer than `max_length`.
    """
    _fit(info, tables["train"], tokenizer, target_tokenizer)
    answers = target_tokenizer or tokenizer
    labels, counts = target_side.label_inventory(info, tables)
    known = target_side.known_in_training(info, tables["train"])
    splits = {}
    for split, table in tables.items():
        column = table[info.columns[0]]
        values = column if info.modality == "vectors" else column.to_pylist()
        source = encode_inputs(info, values, tokenizer, numbered(f"{split} row"), max_length, letters=letters)
        splits[split] = _with_targets(info, source, table, labels, known, answers, max_length, split)
    vocabulary = _vocabulary(info, splits["train"], tokenizer, answers, labels, counts)
    sha256 = {split: content_hash(table) for split, table in tables.items()}
    return Data(info, splits, vocabulary, tokenizer, answers, sha256)


def _fit(info: TaskInfo, train: pa.Table, tokenizer: Tokenizer, target_tokenizer: Tokenizer | None) -> None:
    read: list[Any] = train[info.columns[0]].to_pylist() if info.modality in ("text", "words") else []
    written = list(chain.from_iterable(train["target"].to_pylist())) if TARGETS[info.task] == "target" else []
    if target_tokenizer is not None:
        target_tokenizer.fit(written)
        written = []
    if read or written:
        tokenizer.fit(read + written)


def _with_targets(
    info: TaskInfo,
    source: Encoded,
    table: pa.Table,
    labels: tuple[str, ...],
    known: frozenset[str],
    answers: Tokenizer,
    max_length: int,
    split: str,
) -> Encoded:
    where = f"{split} row"
    found: Ragged | np.ndarray[Any, Any] | None = source.targets
    places = None
    if info.task == "classification":
        found = target_side.encode_labels(table["label"].to_pylist(), labels)
    elif info.task == "regression":
        found = np.asarray(table["value"].to_pylist(), dtype=np.float32)
    elif info.task == "tagging":
        found = target_side.encode_tags(table["tags"].to_pylist(), table["words"].to_pylist(), labels, where)
    elif TARGETS[info.task] == "target":
        found, places = target_side.encode_answers(
            table["target"].to_pylist(), answers, where, max_length, all_of_them=split == "train"
        )
    references = target_side.references(info, table, known)
    if info.task == "language_modelling" and split != "train":
        target_side.note_what_is_kept(references, source, answers)
    if places is not None:
        references = [references[place] for place in places]
    return replace(source, targets=found, references=references, sources=places)


def _vocabulary(
    info: TaskInfo,
    train: Encoded,
    tokenizer: Tokenizer,
    answers: Tokenizer,
    labels: tuple[str, ...],
    counts: tuple[int, ...],
) -> Vocabulary:
    target = Vocabulary(size=answers.vocab_size) if TARGETS[info.task] == "target" else None
    values = train.inputs.values if isinstance(train.inputs, Ragged) else train.inputs
    return Vocabulary(
        size=tokenizer.vocab_size if info.modality in ("text", "words") else 0,
        labels=labels,
        label_counts=counts,
        shape=tuple(values.shape[1:]),
        target=target,
    )

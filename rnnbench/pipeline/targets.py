"""Encoding what is to come out: classes, values, tags and tokens, as numbers. Imports no torch."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rnnbench.contracts import TARGETS, DataError, TaskInfo, Tokenizer
from rnnbench.pipeline.arrays import Encoded, Ragged, Rows
from rnnbench.pipeline.inputs import check_lengths
from rnnbench.pipeline.tokenized import fingerprint, tokenize


def label_inventory(info: TaskInfo, tables: Mapping[str, pa.Table]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the classes or tags in order, and how often each occurs in train; nothing for tasks without any.

    Classes are those of train: raises `DataError` for one that only another split has. Tags are those of all splits,
    since one that training never shows is no reason to refuse a treebank.
    """
    if info.task == "classification":
        shown = {split: Counter(table["label"].to_pylist()) for split, table in tables.items()}
        for split, counts in shown.items():
            unseen = sorted(counts.keys() - shown["train"].keys())
            if unseen:
                raise DataError(
                    f"the {split} split has the class {unseen[0]!r}, which the train split never shows; "
                    "add training examples of it or remove its rows."
                )
        known = set(shown["train"])
    elif info.task == "tagging":
        shown = {
            split: Counter(tag for tags in table["tags"].to_pylist() for tag in tags) for split, table in tables.items()
        }
        known = set().union(*shown.values())
        if info.scheme:
            # A span's first tag may occur where the other never does.
            known |= {f"{mark}-{tag[2:]}" for tag in known if tag != "O" for mark in "BI"} | {"O"}
    else:
        return (), ()
    labels = info.labels or tuple(sorted(known))
    for split, counts in shown.items():
        undeclared = sorted(counts.keys() - set(labels))
        if undeclared:
            noun = "class" if info.task == "classification" else "tag"
            raise DataError(
                f"the {split} split has the {noun} {undeclared[0]!r}, which is not among the declared ones: "
                f"{', '.join(labels)}; correct the label or declare the {noun}."
            )
    return labels, tuple(shown["train"][label] for label in labels)


def encode_labels(values: Sequence[str], labels: Sequence[str]) -> NDArray[np.int64]:
    """Return class indices."""
    index = {label: place for place, label in enumerate(labels)}
    return np.array([index[value] for value in values], dtype=np.int64)


def encode_tags(
    rows: Sequence[Sequence[str]], sentences: Sequence[Sequence[str]], labels: Sequence[str], where: str
) -> Ragged:
    """Return tag indices; raises `DataError` for a sentence whose tags are not as many as its words."""
    index = {label: place for place, label in enumerate(labels)}
    for row, (tags, words) in enumerate(zip(rows, sentences, strict=True), start=1):
        if len(tags) != len(words):
            raise DataError(f"{where} {row} has {len(words)} words but {len(tags)} tags; give one tag a word.")
    return Ragged.of(([index[tag] for tag in tags] for tags in rows), np.int64)


def encode_answers(
    rows: Sequence[Sequence[str]], tokenizer: Tokenizer, where: str, max_length: int, *, all_of_them: bool
) -> tuple[Ragged, Rows]:
    """Return the tokens of right answers, each ended by eos, and the row that each answers.

    With `all_of_them` every answer of a row is an example, as in training; else the first one is.
    """
    chosen = [(row, text) for row, texts in enumerate(rows) for text in (texts if all_of_them else texts[:1])]
    texts = [text for _, text in chosen]
    ids = tokenize(tokenizer, fingerprint(tokenizer), texts)
    check_lengths(ids.lengths, texts, lambda place: f"the target of {where} {chosen[place][0] + 1}", max_length)
    ended = np.insert(ids.values, ids.offsets[1:], tokenizer.eos_id).astype(np.int64)
    answers = Ragged(ended, ids.offsets + np.arange(len(ids.offsets)))
    return answers, np.array([row for row, _ in chosen], dtype=np.int64)


def known_in_training(info: TaskInfo, train: pa.Table) -> frozenset[str]:
    """Return what training shows and a test may ask again: a tagger's words, a writer's answers."""
    column = "words" if info.task == "tagging" else TARGETS[info.task]
    return frozenset(chain.from_iterable(train[column].to_pylist())) if column in ("words", "target") else frozenset()


def references(info: TaskInfo, table: pa.Table, known: frozenset[str]) -> list[dict[str, Any]]:
    """Return what each example's prediction is scored against, and what is read, for those who look at errors.

    `known` is what training shows: rows tell which words are `unseen` there, and whether an answer was `seen`.
    """
    columns = {name: table[name].to_pylist() for name in info.columns if name not in ("image", "vectors")}
    if info.task == "language_modelling":
        # The end of a row is predicted as well, and stands for one character.
        return [
            {"text": text, "target": {"characters": len(text) + 1, "bytes": len(text.encode()) + 1}}
            for text in columns["text"]
        ]
    found = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    for row in found:
        row["target"] = row.pop(info.columns[1])
        if info.task == "tagging":
            row["unseen"] = [word not in known for word in row["words"]]
        elif TARGETS[info.task] == "target":
            row["seen"] = not known.isdisjoint(row["target"])
    return found


def note_what_is_kept(references: Sequence[dict[str, Any]], encoded: Encoded, tokenizer: Tokenizer) -> None:
    """Add to each text's target whether its tokens are all of it, ends aside: `kept`.

    Where they are not, because words are unknown or white space is lost, its probability is that of less than the text.
    """
    assert isinstance(encoded.targets, Ragged)
    values, offsets = encoded.targets.values, encoded.targets.offsets
    for reference, start, end in zip(references, offsets[:-1], offsets[1:] - 1, strict=True):
        text = tokenizer.decode(values[start:end].tolist())
        reference["target"]["kept"] = text == unicodedata.normalize("NFC", reference["text"])

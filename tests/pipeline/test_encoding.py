"""Encoding: texts become ids, kept on disk; what cannot be used is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from rnnbench.catalog import registry
from rnnbench.catalog.files import cache_folder
from rnnbench.contracts import DataError, PluginError, TaskInfo, Tokenizer
from rnnbench.pipeline.arrays import Data
from rnnbench.pipeline.encoding import encode
from rnnbench.pipeline.splits import content_hash, load_splits

INFO = TaskInfo("classification", "letters", ("accuracy",))


def tables(**changes: list[tuple[str, str]]) -> dict[str, pa.Table]:
    rows = {
        "train": [("ab", "x"), ("ba a", "y"), ("c", "x")],
        "validation": [("abc", "y")],
        "test": [("aq", "x"), ("b", "y")],
    } | changes
    return {
        split: pa.table({"text": [text for text, _ in pairs], "label": [label for _, label in pairs]})
        for split, pairs in rows.items()
    }


def tokenizer() -> Any:
    return registry.build("tokenizer", "letters", {})


def encoded(info: TaskInfo = INFO, max_length: int = 10, **changes: list[tuple[str, str]]) -> Data:
    return encode(info, tables(**changes), tokenizer(), max_length)


def test_splits_become_flat_ids_and_class_indices() -> None:
    data = encoded()
    train, test = data.splits["train"], data.splits["test"]
    assert train.inputs.values.tolist() == [4, 5, 5, 4, 4, 6]
    assert train.inputs.offsets.tolist() == [0, 2, 5, 6]
    assert train.lengths.tolist() == [2, 3, 1]
    assert train.targets is not None
    assert train.targets.tolist() == [0, 1, 0]
    assert test.inputs.values.tolist() == [4, Tokenizer.unk_id, 5]
    assert list(test.references) == [{"text": "aq", "target": "x"}, {"text": "b", "target": "y"}]
    assert (data.vocabulary.size, data.vocabulary.labels, data.vocabulary.label_counts) == (7, ("x", "y"), (2, 1))


def test_the_tokenizer_is_fitted_on_the_training_texts_only() -> None:
    seen: list[str] = []
    subject = tokenizer()
    original = subject.fit
    subject.fit = lambda texts: original(seen.extend(texts := list(texts)) or texts)
    encode(INFO, tables(), subject, 10)
    assert seen == ["ab", "ba a", "c"]


def test_declared_labels_keep_their_order() -> None:
    data = encoded(TaskInfo("classification", "letters", ("accuracy",), labels=("y", "x")))
    assert data.vocabulary.labels == ("y", "x")
    assert data.vocabulary.label_counts == (1, 2)


@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.parametrize("labels", [None, ("x", "y", "z")])
def test_a_class_that_training_never_shows_is_named(split: str, labels: tuple[str, ...] | None) -> None:
    info = TaskInfo("classification", "letters", ("accuracy",), labels=labels)
    with pytest.raises(
        DataError, match=rf"the {split} split has the class 'z', which the train split never shows; add"
    ):
        encoded(info, **{split: [("a", "x"), ("b", "z")]})


def test_a_class_that_is_not_declared_is_named() -> None:
    with pytest.raises(DataError, match=r"the train split has the class 'y', which is not among the declared ones: x;"):
        encoded(TaskInfo("classification", "letters", ("accuracy",), labels=("x",)))


@pytest.mark.parametrize("text", ["", "  "])
def test_a_text_without_a_token_is_named_by_its_row(text: str) -> None:
    with pytest.raises(DataError, match=rf"test row 2 is a text without a token: '{text}'"):
        encoded(test=[("a", "x"), (text, "y")])


def test_a_text_that_is_too_long_is_an_error_with_the_setting() -> None:
    message = r"train row 2 has 3 tokens, more than training\.max_length=2; .* give training\.max_length=3\.$"
    with pytest.raises(DataError, match=message):
        encoded(max_length=2)
    assert encoded(max_length=3)


class Refusing:
    """A tokenizer that may not be asked again."""

    def __getattr__(self, name: str) -> Any:
        if name == "encode":
            raise AssertionError("encoded again")
        return getattr(self.subject, name)

    def __init__(self, subject: Any) -> None:
        self.subject = subject


def test_what_was_encoded_once_is_read_from_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    first = encoded()
    subject = tokenizer()
    monkeypatch.setattr(type(subject), "encode", Refusing.__getattr__)
    second = encode(INFO, tables(), subject, 10)
    for split in first.splits:
        assert second.splits[split].inputs.values.tolist() == first.splits[split].inputs.values.tolist()
        assert second.splits[split].inputs.offsets.tolist() == first.splits[split].inputs.offsets.tolist()


def test_other_texts_or_another_vocabulary_are_encoded_anew() -> None:
    encoded()
    count = len(cache_files())
    encoded(test=[("ab", "x"), ("b", "y")])
    assert len(cache_files()) == count + 1
    encoded(train=[("abq", "x"), ("a", "y")])
    assert len(cache_files()) == count + 4


def cache_files() -> list[Path]:
    return sorted(cache_folder("encoded").glob("*.arrow"))


@pytest.mark.parametrize("damage", ["a flipped bit", "a lost end", "nothing in it", "another table"])
def test_a_corrupt_cache_file_is_named_with_the_remedy(damage: str) -> None:
    ids = encoded().splits["train"].inputs.values.tobytes()
    path = next(path for path in cache_files() if ids in path.read_bytes())
    content = path.read_bytes()
    at = content.index(ids)
    damaged = {
        "a flipped bit": content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :],
        "a lost end": content[:-30],
        "nothing in it": b"",
    }
    if damage == "another table":
        table = pa.table({"ids": [1, 2]})
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    else:
        path.write_bytes(damaged[damage])
    with pytest.raises(DataError, match=rf"{path.name} is corrupt .*; delete it\.$"):
        encoded()


def test_every_byte_of_a_cache_file_that_matters_is_checked() -> None:
    encoded()
    path = cache_files()[0]
    content = path.read_bytes()
    before = encoded().splits
    for at in range(0, len(content), 5):
        path.write_bytes(content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :])
        try:
            after = encoded().splits
        except DataError:
            continue
        for split in before:
            assert after[split].inputs.values.tolist() == before[split].inputs.values.tolist()
            assert after[split].inputs.offsets.tolist() == before[split].inputs.offsets.tolist()


def test_the_content_hash_knows_values_but_not_chunks() -> None:
    one = tables()["train"]
    chunked = pa.concat_tables([one.slice(0, 1), one.slice(1)])
    assert content_hash(chunked) == content_hash(one)
    hashes = {content_hash(table) for table in tables().values()}
    assert len(hashes) == 3
    moved = one.set_column(0, "text", pa.array(["ab", "ba", " ac"]))
    assert content_hash(moved) != content_hash(one)


class Broken:
    info = INFO

    def __init__(self, table: Any) -> None:
        self.table = table

    def load(self, split: str) -> Any:
        return self.table


@pytest.mark.parametrize(
    ("table", "error", "message"),
    [
        ([("a", "x")], PluginError, r"dataset=toy: load\('train'\) gave list; it must give a pyarrow.Table"),
        (pa.table({"text": ["a"]}), PluginError, "the train split has the columns text, but a classification data set"),
        (pa.table({"text": [], "label": []}), DataError, "dataset=toy: the train split is empty"),
        (pa.table({"text": ["a", None], "label": ["x", "y"]}), DataError, "dataset=toy: train row 2 has no text"),
        (pa.table({"text": ["a"], "label": [1]}), PluginError, "the train split's label is of type int64"),
    ],
)
def test_a_table_that_breaks_the_contract_is_refused(table: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        load_splits("toy", Broken(table))

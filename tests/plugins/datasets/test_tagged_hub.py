"""Tagged sentences of the Hub, from copies of its Parquet files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from rnnbench.contracts import SPLITS, DataError, UsageError
from rnnbench.plugins.datasets._hub import TaggedHub
from rnnbench.plugins.datasets.conll2003 import CoNLL2003
from rnnbench.plugins.datasets.turku_ner import TurkuNER
from rnnbench.plugins.datasets.universal_dependencies import UniversalDependencies

NER = ["O", "B-PER", "I-PER", "B-LOC"]
UPOS = ["NOUN", "PUNCT", "_", "VERB"]
WORDS = [["Anna", "Lee", "swims"], ["Turku"]]
TAGS = [[1, 2, 0], [3]]


def write(path: Path, column: str, names: list[str] | None, words: Any = WORDS, tags: Any = TAGS) -> None:
    """Write a file as the library datasets does: tags by number, their names in the schema's metadata."""
    path.parent.mkdir(parents=True, exist_ok=True)
    labels = {"feature": {"names": names, "_type": "ClassLabel"}, "_type": "Sequence"}
    metadata = {"huggingface": json.dumps({"info": {"features": {column: labels}}})}
    table = pyarrow.table({"id": ["0"] * len(words), "tokens": words, column: tags})
    pyarrow.parquet.write_table(table.replace_schema_metadata(metadata if names else None), path)


@pytest.mark.parametrize(("kind", "folder"), [(CoNLL2003, "conll2003"), (TurkuNER, "default")])
@pytest.mark.parametrize("whole", [True, False], ids=["the branch", "its folder"])
def test_a_copy_of_the_hubs_branch_is_read(kind: type[TaggedHub], folder: str, whole: bool, tmp_path: Path) -> None:
    for split in SPLITS:
        write(tmp_path / folder / split / "0000.parquet", "ner_tags", NER)
    dataset = kind(path=str(tmp_path if whole else tmp_path / folder))
    for split in SPLITS:
        assert dataset.load(split).to_pylist() == [
            {"words": WORDS[0], "tags": ["B-PER", "I-PER", "O"]},
            {"words": WORDS[1], "tags": ["B-LOC"]},
        ]
    assert dataset.info.scheme == "IOB2"
    assert dataset.info.labels == ("B-LOC", "B-PER", "I-PER", "O")
    assert len(dataset.sources()) == 3
    assert dataset.offline
    assert dataset.info.revision == ""


def test_tokens_of_several_words_are_left_out_of_treebanks(tmp_path: Path) -> None:
    for treebank in ("en_ewt", "fi_tdt"):
        for split in SPLITS:
            path = tmp_path / treebank / f"universal_dependencies-{split}.parquet"
            write(path, "upos", UPOS, [["don't", "do", treebank]], [[2, 3, 0]])
    dataset = UniversalDependencies("fi_tdt", path=str(tmp_path))
    assert dataset.load("test").to_pylist() == [{"words": ["do", "fi_tdt"], "tags": ["VERB", "NOUN"]}]
    assert dataset.info.languages == ("fi",)
    assert dataset.info.scheme == ""
    with pytest.raises(DataError, match="has different files for"):
        UniversalDependencies("sv_lines", path=str(tmp_path)).load("train")
    with pytest.raises(UsageError, match=r"dataset\.treebank= is empty"):
        UniversalDependencies("")


def test_tags_may_be_there_by_name(tmp_path: Path) -> None:
    for split in SPLITS:
        write(tmp_path / f"{split}.parquet", "ner_tags", None, tags=[["B-PER", "I-PER", "O"], ["B-LOC"]])
    assert TurkuNER(path=str(tmp_path)).load("train")["tags"].to_pylist()[1] == ["B-LOC"]


@pytest.mark.parametrize(
    ("names", "words", "tags", "sentence"),
    [
        (NER, [["a"]], [[1, 2]], "row 1 has 1 words and 2 tags; expected one tag a word"),
        (NER, [["a"], []], [[1], []], "row 2 has 0 words and 0 tags"),
        (NER, [["a"]], [[7]], "row 1: the word 'a' has the tag 7; expected strings"),
        (None, [["a"]], [[1]], "row 1: the word 'a' has the tag 1; expected strings"),
        (NER, [[" "]], [[1]], "row 1: the word ' ' has the tag 'B-PER'"),
        (NER, [["a", "b"]], [[0, 2]], "row 1: I-PER may not stand at word 2 in IOB2"),
        (None, [["a", "b"]], [["O", "PER"]], "row 1: the tag 'PER' is not O, nor B, I, E or S and a type; give a"),
        (None, [["a"], None], [["O"], ["O"]], "row 2: expected lists of words and of tags; give a copy of"),
        (None, ["a"], ["O"], "row 1: expected lists of words and of tags; give a copy of"),
        (NER, [["a"]], [1], "row 1: expected lists of words and of tags; give a copy of"),
    ],
)
def test_rows_that_cannot_be_used_are_named(
    names: list[str] | None, words: Any, tags: Any, sentence: str, tmp_path: Path
) -> None:
    for split in SPLITS:
        write(tmp_path / f"{split}.parquet", "ner_tags", names, words, tags)
    with pytest.raises(DataError, match=f"eriktks/conll2003, train, {sentence}"):
        CoNLL2003(path=str(tmp_path)).load("train")


def test_a_copy_of_something_else_is_refused(tmp_path: Path) -> None:
    for split in SPLITS:
        write(tmp_path / f"{split}.parquet", "upos", UPOS)
    with pytest.raises(DataError, match=r"has no column ner_tags; give a copy of eriktks/conll2003"):
        CoNLL2003(path=str(tmp_path)).load("train")


def test_download_asks_for_the_folder_in_the_hubs_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    asked: list[dict[str, str]] = []

    def load_dataset(repository: str, **options: str) -> Any:
        asked.append({"repository": repository, **options})
        features = {"tokens": datasets.List(datasets.Value("string"))}
        features["upos"] = datasets.List(datasets.ClassLabel(names=UPOS))
        return datasets.Dataset.from_dict({"tokens": WORDS, "upos": TAGS}, datasets.Features(features))

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    dataset = UniversalDependencies("fi_tdt")
    assert not dataset.offline
    assert dataset.sources() == ()
    assert dataset.load("test")["tags"].to_pylist() == [["PUNCT", "NOUN"], ["VERB"]]
    assert dataset.info.revision == "refs/convert/parquet"
    assert asked[0] == {
        "repository": "universal-dependencies/universal_dependencies",
        "data_dir": "fi_tdt",
        "revision": "refs/convert/parquet",
        "split": "train",
    }

"""Lines of text of the Hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from rnnbench.contracts import SPLITS, DataError
from rnnbench.plugins.datasets._hub import StreamHub
from rnnbench.plugins.datasets.ptb import PTB
from rnnbench.plugins.datasets.wikitext2 import WikiText2
from rnnbench.plugins.datasets.wikitext103 import WikiText103

FILES = {
    PTB: "penn_treebank/{}/0000.parquet",
    WikiText2: "wikitext-2-v1/{}-00000-of-00001.parquet",
    WikiText103: "wikitext-103-v1/{}-00000-of-00001.parquet",
}
"""Where the repositories keep their files."""


def write(file: Path, column: str, lines: list[str | None]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.table({column: pyarrow.array(lines, pyarrow.string())}), file)


@pytest.mark.parametrize("kind", FILES)
def test_a_copy_is_read_line_by_line_with_blank_ones_among_them(kind: type[StreamHub], tmp_path: Path) -> None:
    for split in SPLITS:
        write(tmp_path / FILES[kind].format(split), kind.columns[0], ["", f" = {split} = \n", " a <unk> b "])
    dataset = kind(path=str(tmp_path))
    for split in SPLITS:
        assert dataset.load(split)["text"].to_pylist() == ["", f"= {split} =", "a <unk> b"]
    assert dataset.offline
    assert len(dataset.sources()) == 3


def test_each_wikitext_is_found_in_a_copy_of_the_whole_repository(tmp_path: Path) -> None:
    for kind in (WikiText2, WikiText103):
        for split in SPLITS:
            write(tmp_path / FILES[kind].format(split), "text", [kind.__name__])
    for kind in (WikiText2, WikiText103):
        assert kind(path=str(tmp_path)).load("test")["text"].to_pylist() == [kind.__name__]


def test_a_missing_line_and_a_missing_column_are_told(tmp_path: Path) -> None:
    for split in SPLITS:
        write(tmp_path / FILES[PTB].format(split), "sentence", ["a", None])
    with pytest.raises(DataError, match=r"/ptb_text_only, train, row 2: the text is None; expected a string"):
        PTB(path=str(tmp_path)).load("train")
    with pytest.raises(DataError, match=r"has no column text; give a copy of Salesforce/wikitext"):
        WikiText2(path=str(tmp_path)).load("train")


@pytest.mark.parametrize("kind", FILES)
def test_download_asks_for_the_sets_own_folder(kind: type[StreamHub], monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    asked: list[tuple[str, str, str, str]] = []

    def load_dataset(repository: str, *, data_dir: str, revision: str, split: str) -> Any:
        asked.append((repository, data_dir, revision, split))
        return datasets.Dataset.from_dict({kind.columns[0]: ["one", ""]})

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    dataset = kind()
    assert dataset.load("validation")["text"].to_pylist() == ["one", ""]
    assert asked == [(kind.repository, FILES[kind].partition("/")[0], kind.commit, "validation")]
    assert dataset.info.revision == kind.commit
    assert not dataset.offline

from __future__ import annotations

from pathlib import Path

import pytest

from rnnbench.contracts import SPLITS, DataError
from rnnbench.plugins.datasets import hkcancor
from rnnbench.plugins.datasets.hkcancor import HKCanCor

pytest.importorskip("pycantonese")


def test_utterances_have_a_tag_for_each_word() -> None:
    dataset = HKCanCor()
    sizes = {split: dataset.load(split).num_rows for split in SPLITS}
    assert sizes["train"] > 12_000
    assert min(sizes["validation"], sizes["test"]) > 1_000
    assert {"words": ["喂", "遲", "啲", "去", "唔", "去", "旅行", "啊", "?"], "tags": list("eauvdvvy?")} in [
        row for split in SPLITS for row in dataset.load(split).to_pylist()
    ]
    assert len(dataset.info.labels or ()) == 34
    assert dataset.info.revision.startswith("pycantonese ")


def test_full_tags_are_as_in_the_transcripts() -> None:
    labels = HKCanCor("full").info.labels or ()
    assert len(labels) == 102
    assert {"v1", "xn", "Ng"} <= set(labels)


def test_no_tape_is_in_two_splits() -> None:
    tapes = hkcancor.apportion({hkcancor._tape(file) for file in HKCanCor().sources()})
    assert set(tapes.values()) == set(SPLITS)
    assert hkcancor._tape(Path("FC-005a_v2.cha")) == hkcancor._tape(Path("FC-005b_v2.cha")) == "FC-005"


def test_a_transcript_with_a_word_too_many_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data" / "hkcancor").mkdir(parents=True)
    monkeypatch.setattr(hkcancor._packages, "folder", lambda *names: tmp_path)
    with pytest.raises(DataError, match=r"has no transcripts .*pip install 'rnnbench\[pos\]'"):
        HKCanCor().sources()
    for tape in range(3):
        content = "*XXA:\t喂 遲\n%mor:\te|wai3\n\n"
        (tmp_path / "data" / "hkcancor" / f"FC-00{tape}.cha").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=r"FC-00\d\.cha: .* has no analysis for each word"):
        HKCanCor().load("train")

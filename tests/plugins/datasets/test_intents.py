from __future__ import annotations

from typing import Literal

import pytest

from rnnbench.contracts import SPLITS
from rnnbench.plugins.datasets.intents import Intents

pytest.importorskip("home_assistant_intents")


@pytest.mark.parametrize("language", ["en", "fi"])
def test_sentences_are_plain_text_and_no_sentence_has_two_labels(language: Literal["en", "fi"]) -> None:
    dataset = Intents(language, per_template=5)
    rows = [row for split in SPLITS for row in dataset.load(split).to_pylist()]
    assert len(rows) > 1000
    assert len({row["text"] for row in rows}) == len(rows)
    assert not any(set("[](){}<>|;_") & set(row["text"]) for row in rows)
    assert dataset.info.languages == (language,)
    assert dataset.info.revision.startswith("home-assistant-intents 20")


def test_templates_of_one_split_are_in_no_other() -> None:
    templates: dict[str, set[str]] = {}
    for _, split, template in Intents("fi")._templates():
        templates.setdefault(template, set()).add(split)
    assert all(len(splits) == 1 for splits in templates.values())
    assert {split for splits in templates.values() for split in splits} == set(SPLITS)


def test_every_intent_is_in_every_split() -> None:
    found: dict[str, set[str]] = {split: set() for split in SPLITS}
    for intent, split, _ in Intents("en")._templates():
        found[split].add(intent)
    assert found["train"] == found["validation"] == found["test"]
    assert len(found["train"]) > 20


def test_a_seed_draws_other_sentences_from_the_same_templates() -> None:
    one, other = Intents("fi", per_template=2), Intents("fi", per_template=2, seed=1)
    assert not one.load("train").equals(other.load("train"))
    assert set(one._templates()) == set(other._templates())

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import pytest

from rnnbench.contracts import SPLITS
from rnnbench.plugins.datasets.intents import Intents
from rnnbench.plugins.datasets.slots import Slots
from rnnbench.statistics.schemes import first_illegal

pytest.importorskip("home_assistant_intents")


@pytest.mark.parametrize("language", ["en", "fi"])
def test_every_slot_is_in_train_and_tags_are_legal(language: Literal["en", "fi"]) -> None:
    dataset = Slots(language, per_template=4)
    tags = {split: dataset.load(split)["tags"].to_pylist() for split in SPLITS}
    assert not any(first_illegal(sentence, "IOB2") for split in SPLITS for sentence in tags[split])
    found = {split: {tag for sentence in tags[split] for tag in sentence} for split in SPLITS}
    assert {"B-area", "B-name", "B-floor", "B-hours", "O"} <= found["test"] <= found["train"]
    assert dataset.info.labels == tuple(sorted(found["train"]))
    assert dataset.info.languages == (language,)
    assert dataset.info.revision.startswith("home-assistant-intents 20")


def test_sentences_are_those_of_intents() -> None:
    words = {" ".join(row) for split in SPLITS for row in Slots("en", 3).load(split)["words"].to_pylist()}
    texts = {text for split in SPLITS for text in Intents("en", 3).load(split)["text"].to_pylist()}
    assert len(words & texts) > 0.95 * len(texts)
    assert len(words) > 1000


def test_values_are_marked_whole() -> None:
    rows = [row for split in SPLITS for row in Slots("en", 3).load(split).to_pylist()]
    spans = {tuple(zip(row["words"], row["tags"], strict=True)) for row in rows}
    marked = {pair for sentence in spans for pair in pairwise(sentence)}
    assert (("living", "B-area"), ("room", "I-area")) in marked
    assert (("front", "B-name"), ("door", "I-name")) in marked

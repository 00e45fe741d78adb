from __future__ import annotations

import pytest

from rnnbench.contracts import SPLITS, UsageError
from rnnbench.plugins.datasets.chitchat import Chitchat


@pytest.fixture(scope="module")
def short() -> Chitchat:
    return Chitchat(max_words=15)


def test_messages_in_a_row_are_one_turn_and_the_next_turn_is_the_answer(short: Chitchat) -> None:
    rows = [row for split in SPLITS for row in short.load(split).to_pylist()]
    assert {
        "text": "Hello How are you doing today?",
        "target": ["whats up MD im doing good how are you doing?"],
    } in rows
    assert {"text": "oh wow haha so you still feel tired huh?", "target": ["Yeah"]} in rows
    assert {"text": "Yeah", "target": ["did you go to bed late?"]} in rows


def test_long_turns_are_left_out_on_demand(short: Chitchat) -> None:
    rows = [row for split in SPLITS for row in short.load(split).to_pylist()]
    assert max(len(text.split()) for row in rows for text in (row["text"], *row["target"])) == 15
    assert 40_000 < len(rows) < 53_000
    with pytest.raises(UsageError, match=r"dataset\.max_words=0 leaves no turn"):
        Chitchat(max_words=0)


def test_greetings_are_in_train_alone(short: Chitchat) -> None:
    texts = {split: {text.lower() for text in short.load(split)["text"].to_pylist()} for split in SPLITS}
    assert "hello" in texts["train"]
    assert min(len(found) for found in texts.values()) > 3000
    assert "Hello" not in short.load("test")["text"].to_pylist()


def test_earlier_turns_stand_before_the_answered_one_as_far_as_they_are_short() -> None:
    def rows(turns: int) -> list[dict[str, object]]:
        data = Chitchat(max_words=15, turns=turns)
        return [row for split in SPLITS for row in data.load(split).to_pylist()]

    answered = [(str(row["text"]).rpartition(" | ")[2], row["target"]) for row in rows(3)]
    assert {(text, *target) for text, target in answered} >= {(row["text"], *row["target"]) for row in rows(1)}
    texts = [str(row["text"]) for row in rows(3)]
    assert {text.count(" | ") for text in texts} == {0, 1, 2}
    assert "oh wow haha so you still feel tired huh? | Yeah" in {" | ".join(text.split(" | ")[-2:]) for text in texts}
    assert all(len(turn.split()) <= 15 for text in texts for turn in text.split(" | "))
    with pytest.raises(UsageError, match=r"dataset\.turns=0 leaves nothing to answer"):
        Chitchat(turns=0)

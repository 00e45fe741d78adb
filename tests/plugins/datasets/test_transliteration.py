from __future__ import annotations

import re
from typing import Literal

import pytest

from rnnbench.contracts import SPLITS
from rnnbench.plugins.datasets.transliteration import Transliteration

pytest.importorskip("babel")


def names(dataset: Transliteration) -> dict[str, list[str]]:
    return {row["text"]: row["target"] for split in SPLITS for row in dataset.load(split).to_pylist()}


def test_names_of_all_kinds_are_there() -> None:
    found = names(Transliteration("ru"))
    assert found["Madagascar"] == ["Мадагаскар"]
    assert found["Honolulu"] == ["Гонолулу"]
    assert found["New York"] == ["Нью-Йорк"]
    assert "Swahili" in found
    assert "Cyrillic" in found


@pytest.mark.parametrize(("language", "script"), [("el", "Ͱ-Ͽ"), ("ka", "Ⴀ-ჿ"), ("ja", "ァ-ヿ")])
def test_answers_are_in_the_script_of_the_language(language: Literal["el", "ka", "ja"], script: str) -> None:

    dataset = Transliteration(language)
    answers = [answer for found in names(dataset).values() for answer in found]
    assert len(answers) > 1000
    assert sum(bool(re.search(f"[{script}]", answer)) for answer in answers) > 0.7 * len(answers)
    assert dataset.info.languages == ("en", language)


def test_no_answer_is_the_name_itself() -> None:
    assert not any(name in answers for name, answers in names(Transliteration("uk")).items())

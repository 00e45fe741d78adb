"""Keys: equal ingredients, equal key; and names that any file system takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnbench.contracts import DataError
from rnnbench.records.key import run_key, slug, source_sha256


def test_order_and_number_type_do_not_change_a_key() -> None:
    assert run_key({"a": 1, "b": [2.0]}) == run_key({"b": [2], "a": 1.0})


@pytest.mark.parametrize("other", [{"a": 2}, {"a": "1"}, {"a": True, "b": None}, {"a": [1]}, {"a": float("nan")}])
def test_any_difference_changes_a_key(other: dict[str, object]) -> None:
    assert run_key(other) != run_key({"a": 1})


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(TypeError):
        run_key({"path": Path("x")})


def test_a_slug_holds_nothing_a_path_or_a_launcher_minds() -> None:
    name = slug(["Names", "my/tok=1", "LSTM cell"], 3, "0123456789abcdef")
    assert name == "names-my-tok-1-lstm-cell-s3-01234567"


def test_a_missing_source_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.py cannot be read"):
        source_sha256(tmp_path / "gone.py")

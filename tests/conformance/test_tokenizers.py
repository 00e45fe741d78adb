"""Every registered tokenizer keeps its contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rnnbench.catalog import registry
from rnnbench.testing import check_tokenizer

PARAMETERS: dict[str, list[dict[str, Any]]] = {
    "sentencepiece": [{"size": 400}, {"model_type": "bpe"}],
    "whitespace": [{}, {"lowercase": True}],
    "word": [{}, {"lowercase": True, "min_count": 2}, {"max_size": 12}],
}
"""Parameters to check a tokenizer with; one that is not named here is checked with its defaults."""

NOT_FOR_TEXT = {"none"}
"""Tokenizers of data that are not text, which refuse every text that the contract is checked with."""

NAMES = [name for name in registry.names("tokenizer") if name not in NOT_FOR_TEXT]

CASES = [(name, params) for name in NAMES for params in PARAMETERS.get(name, [{}])]


@pytest.mark.parametrize(("name", "params"), CASES)
def test_tokenizer_keeps_its_contract(
    name: str, params: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNBENCH_CACHE", str(tmp_path))
    check_tokenizer(name, **params)

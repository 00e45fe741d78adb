"""Every registered head keeps its contract."""

from __future__ import annotations

from typing import Any

import pytest

from rnnbench.catalog import registry
from rnnbench.testing import check_head

PARAMETERS: dict[str, list[dict[str, Any]]] = {
    "caption": [{}, {"blind": True}, {"tied": True, "label_smoothing": 0.1}, {"beam_size": 3, "length_penalty": 1.0}],
    "classify": [{}, {"pooling": "attention", "class_weights": "balanced", "label_smoothing": 0.1}],
    "lm": [{}, {"tied": True}, {"activation_penalty": 2.0, "slowness_penalty": 1.0}],
    "mse": [{}, {"pooling": "attention"}],
    "seq2seq": [
        {},
        {"attention": "none"},
        {"attention": "additive", "tied": True, "embedding_size": 6},
        {"input_feeding": True, "scheduled_sampling": 0.5, "dropout": 0.2},
        {"attention": "additive", "input_feeding": True, "beam_size": 3},
        {"tied": True, "label_smoothing": 0.1, "beam_size": 2, "length_penalty": 0.0, "max_length": 5},
    ],
    "tag": [{}, {"crf": True}, {"scheme": "BIOES"}, {"crf": True, "scheme": "BIOES"}],
}
"""Parameters to check a head with; one that is not named here is checked with its defaults."""

CASES = [(name, params) for name in registry.names("head") for params in PARAMETERS.get(name, [{}])]


@pytest.mark.parametrize(("name", "params"), CASES)
def test_head_keeps_its_contract(name: str, params: dict[str, Any]) -> None:
    check_head(name, **params)

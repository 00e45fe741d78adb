from __future__ import annotations

import pytest

import rnnbench.testing


def test_checks_are_exported() -> None:
    assert callable(rnnbench.testing.check_dataset)
    assert callable(rnnbench.testing.check_tokenizer)


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="no attribute 'check_everything'"):
        rnnbench.testing.check_everything  # noqa: B018

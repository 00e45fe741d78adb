"""The plugin contracts in executable form: call `check_cell` and its like from a plugin's own tests."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnnbench.testing.cell import check_cell
    from rnnbench.testing.dataset import check_dataset
    from rnnbench.testing.head import check_head
    from rnnbench.testing.tokenizer import check_tokenizer

__all__ = ["check_cell", "check_dataset", "check_head", "check_tokenizer"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'rnnbench.testing' has no attribute {name!r}")
    return getattr(importlib.import_module(f"rnnbench.testing.{name.removeprefix('check_')}"), name)

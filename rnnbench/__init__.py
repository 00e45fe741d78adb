"""rnnbench: compose datasets, tokenizers, recurrent cells and task heads, and compare them honestly.

Public names are imported when they are first used, so that `import rnnbench` loads neither torch nor Lightning.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from rnnbench.version import __version__

if TYPE_CHECKING:
    from rnnbench.pipeline.predict import load
    from rnnbench.recurrence.stepper import stepper

_EXPORTS = {"load": "rnnbench.pipeline.predict", "stepper": "rnnbench.recurrence.stepper"}

__all__ = ["__version__", "load", "stepper"]


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module 'rnnbench' has no attribute {name!r}")
    return getattr(importlib.import_module(_EXPORTS[name]), name)

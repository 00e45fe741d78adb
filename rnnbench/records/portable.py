"""Records without places: where data lies is nobody else's concern, and what they are is told by their hash."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def portable(values: Any) -> Any:
    """Return JSON values in which an absolute path is its last name."""
    if isinstance(values, dict):
        return {key: portable(value) for key, value in values.items()}
    if isinstance(values, list):
        return [portable(value) for value in values]
    return Path(values).name if isinstance(values, str) and Path(values).is_absolute() else values


def portable_word(word: str) -> str:
    """Return a word of a command line, key=value or a path, in which an absolute path is its last name."""
    key, equals, value = word.partition("=")
    return f"{key}={portable(value)}" if equals else str(portable(word))

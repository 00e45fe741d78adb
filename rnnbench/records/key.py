"""Keys: the hash of everything that decides a result, and names made of it that any file system takes."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rnnbench.contracts import DataError

_LONGEST_NAME = 120
"""Characters of a slug before its key; file names end at 255 bytes, and paths on some systems at 260 characters."""


def run_key(ingredients: Mapping[str, Any]) -> str:
    """Return 16 hexadecimal digits for JSON values: equal values give one key, whatever their order and number type.

    Raises `TypeError` for a value that is not JSON (a path, an enum, a set), so that no `repr` slips into a key.
    """
    text = json.dumps(_canonical(ingredients), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError(f"a key can be made of string-keyed mappings only, not of {value!r}")
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, float):
        # 1.0 and 1 are one value; NaN and infinity have no JSON form and must not collide with their names.
        if not math.isfinite(value):
            return {"float": repr(float(value))}
        return int(value) if value.is_integer() and abs(value) < 2**53 else float(value)
    return value


def file_name(text: str) -> str:
    """Return `text` as a part of a path: lower case, and letters, digits, dots and underscores joined by hyphens."""
    return re.sub(r"[^a-z0-9._]+", "-", text.lower()).strip("-._") or "unnamed"


def slug(names: Iterable[str], seed: int, key: str) -> str:
    """Return a run folder's name, e.g. `names-char-lstm-classify-s1-1a2b3c4d`."""
    words = "-".join(file_name(name) for name in names)[:_LONGEST_NAME].strip("-._")
    return f"{words}-s{seed}-{key[:8]}"


def source_sha256(file: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal; raises `DataError` if it cannot be read."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}.") from error

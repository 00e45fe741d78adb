"""The width of lines on standard output."""

from __future__ import annotations

import os
import shutil
import sys

UNLIMITED = 1_000_000
"""Columns: more than any line has."""


def line_width() -> int:
    """Return the columns of the terminal, or of COLUMNS; a pipe has no width of its own, and keeps lines whole."""
    narrow = sys.stdout.isatty() or os.environ.get("COLUMNS")
    return shutil.get_terminal_size((UNLIMITED, 0)).columns if narrow else UNLIMITED

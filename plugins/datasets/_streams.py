"""Streams: texts that are read one after another, to predict what comes next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow

BY_LETTER = ("loss", "bits_per_character", "bits_per_byte", "perplexity")
"""Metrics of text that is read by letters, for which papers give nats or bits."""

BY_WORD = ("perplexity", "loss", "bits_per_character", "bits_per_byte")
"""Metrics of text that is read by words, for which papers give perplexities."""


def stream(rows: Iterable[str]) -> pyarrow.Table:
    """Return the column text."""
    import pyarrow

    return pyarrow.table({"text": pyarrow.array(rows, pyarrow.large_string())})

"""Lines that are made up: a letter, and the letter after it in the alphabet, over and over."""

import random

import pyarrow as pa

from rnnbench.contracts import TaskInfo


class Verse:
    """A stream of a few rows."""

    info = TaskInfo(
        "language_modelling",
        "letters",
        ("loss", "perplexity", "bits_per_character", "bits_per_byte"),
        layout="stream",
    )
    offline = True

    def __init__(self, rows: int = 12) -> None:
        self.rows = rows

    def load(self, split: str) -> pa.Table:
        source = random.Random(f"verse {split}")
        starts = [source.randrange(6) for _ in range(self.rows)]
        lines = ["".join("abcdefgh"[(start + step) % 8] for step in range(source.randint(9, 30))) for start in starts]
        return pa.table({"text": lines})

    def sources(self) -> list:
        return []

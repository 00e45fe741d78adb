"""Curves that are made up: what is the sum of their first numbers?"""

import random

import pyarrow as pa

from rnnbench.contracts import TaskInfo


class Curves:
    """Lists of vectors of two numbers."""

    info = TaskInfo("regression", "none", ("mse",), modality="vectors", floor=0.5)
    offline = True

    def __init__(self, size: int = 60) -> None:
        self.size = size

    def load(self, split: str) -> pa.Table:
        source = random.Random(f"curves {split}")
        rows = [[[source.random(), source.random()] for _ in range(source.randint(1, 5))] for _ in range(self.size)]
        return pa.table({"vectors": rows, "value": [sum(step[0] for step in row) for row in rows]})

    def sources(self) -> list:
        return []

"""Words that are made up, and the same words read from behind."""

import random

import pyarrow as pa

from rnnbench.contracts import TaskInfo


class Mirror:
    """Pairs of a text and its mirror image; some have a second right answer."""

    info = TaskInfo("transduction", "letters", ("per", "exact_match", "perplexity"), languages=("xx", "xx"))
    offline = True

    def __init__(self, size: int = 80) -> None:
        self.size = size

    def load(self, split: str) -> pa.Table:
        source = random.Random(f"mirror {split}")
        texts = ["".join(source.choices("abcd", k=source.randint(1, 4))) for _ in range(self.size)]
        targets = [[text[::-1]] if len(text) > 1 else [text, "dd"] for text in texts]
        return pa.table({"text": texts, "target": targets})

    def sources(self) -> list:
        return []

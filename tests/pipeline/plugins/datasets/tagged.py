"""Sentences that are made up: a word with a z is a name, and so is the word after it."""

import random

import pyarrow as pa

from rnnbench.contracts import TaskInfo


class Tagged:
    """Sentences with spans of one type."""

    info = TaskInfo("tagging", "letters", ("f1", "precision", "recall", "f1_conlleval"), scheme="IOB2")
    offline = True

    def __init__(self, size: int = 40) -> None:
        self.size = size

    def load(self, split: str) -> pa.Table:
        source = random.Random(f"tagged {split}")
        sentences, tags = [], []
        for _ in range(self.size):
            words = ["".join(source.choices("abcz", k=source.randint(1, 4))) for _ in range(source.randint(1, 6))]
            marks = ["B-X" if "z" in word else "O" for word in words]
            for place in range(1, len(words)):
                if marks[place - 1] == "B-X" and marks[place] == "O":
                    marks[place] = "I-X"
            sentences.append(words)
            tags.append(marks)
        return pa.table({"words": sentences, "tags": tags})

    def sources(self) -> list:
        return []

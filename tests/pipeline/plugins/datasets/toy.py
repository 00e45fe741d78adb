"""A data set that is made up: does a word of random letters end in a vowel, in a consonant, or hold a z?"""

import random

import pyarrow as pa

from rnnbench.contracts import TaskInfo


class Toy:
    """Random words; parameters break it in the ways that tests need."""

    info = TaskInfo(task="classification", tokenizer="letters", metrics=("accuracy", "macro_f1"), revision="1")
    offline = True

    def __init__(self, size: int = 60, longest: int = 9, extra: str = "", raises: bool = False) -> None:
        self.size = size
        self.longest = longest
        self.extra = extra
        self.raises = raises

    def load(self, split: str) -> pa.Table:
        if self.raises:
            raise KeyError("broken on purpose")
        source = random.Random(f"toy {split}")
        texts = ["".join(source.choices("abcdefgz", k=source.randint(1, self.longest))) for _ in range(self.size)]
        labels = ["z" if "z" in text else "vowel" if text[-1] in "ae" else "consonant" for text in texts]
        if self.extra and split == "test":
            labels[-1] = self.extra
        return pa.table({"text": texts, "label": labels})

    def sources(self) -> list:
        return []

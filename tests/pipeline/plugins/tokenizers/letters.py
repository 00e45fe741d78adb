"""One id per letter."""

from rnnbench.contracts import Tokenizer


class Letters(Tokenizer):
    """Every letter that training shows has an id of its own; spaces have none."""

    def __init__(self) -> None:
        self.letters: list[str] = []

    def fit(self, texts):
        self.restore({"letters": sorted({letter for text in texts for letter in text if letter != " "})})

    @property
    def vocab_size(self):
        return 4 + len(self.letters)

    def encode(self, text):
        return [self.index.get(letter, self.unk_id) for letter in text if letter != " "]

    def decode(self, ids):
        return "".join(self.pieces(ids))

    def pieces(self, ids):
        return [(*self.specials, *self.letters)[index] for index in ids]

    def align(self, words):
        raise AssertionError("no test tags")

    def state(self):
        return {"letters": self.letters}

    def restore(self, state):
        self.letters = state["letters"]
        self.index = {letter: 4 + place for place, letter in enumerate(self.letters)}

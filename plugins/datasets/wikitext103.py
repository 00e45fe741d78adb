"""Articles of Wikipedia, a hundred million words."""

from __future__ import annotations

from .wikitext2 import WikiText2


class WikiText103(WikiText2):
    """WikiText-2's larger sister, with the same texts for validation and test: 103,227,021 tokens for training.

    Its vocabulary is 267,735 words: give `tokenizer.max_size` unless there is a lot of memory. `revision` is a commit
    or tag of Salesforce/wikitext (null: the one known to work), `path` a folder with its files.
    """

    folder = "wikitext-103-v1"

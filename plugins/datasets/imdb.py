"""Film reviews and their sentiment."""

from __future__ import annotations

from rnnbench.contracts import TaskInfo

from ._hub import Hub


class IMDB(Hub):
    """50,000 film reviews (Maas et al. 2011); a tenth of the training reviews is carved for validation.

    `revision` is a commit or tag of stanfordnlp/imdb (null: the one known to work), `path` a folder with its files.
    """

    info = TaskInfo(
        "classification",
        "word",
        ("accuracy", "macro_f1"),
        labels=("neg", "pos"),
        languages=("en",),
        licence="not stated; for research",
        homepage="https://huggingface.co/datasets/stanfordnlp/imdb",
        citation="Maas et al. 2011, Learning Word Vectors for Sentiment Analysis, ACL",
    )
    repository = "stanfordnlp/imdb"
    commit = "e6281661ce1c48d982bc483cf8a173c1bbeb5d31"

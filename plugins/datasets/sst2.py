"""Phrases of film reviews and their sentiment."""

from __future__ import annotations

from typing import ClassVar

from rnnbench.contracts import TaskInfo

from ._hub import Hub


class SST2(Hub):
    """The Stanford Sentiment Treebank with two classes, as in GLUE: phrases for training, sentences for the test.

    The labels of the test split are hidden, so the 872 sentences of the validation split are the test here, and a
    tenth of the training phrases is carved for validation: scores compare with published validation scores.
    `revision` is a commit or tag of stanfordnlp/sst2 (null: the one known to work), `path` a folder with its files.
    """

    info = TaskInfo(
        "classification",
        "word",
        ("accuracy", "macro_f1"),
        labels=("negative", "positive"),
        languages=("en",),
        licence="not stated; for research",
        homepage="https://huggingface.co/datasets/stanfordnlp/sst2",
        citation="Socher et al. 2013, Recursive Deep Models for Semantic Compositionality, EMNLP",
    )
    repository = "stanfordnlp/sst2"
    commit = "8d51e7e4887a4caaa95b3fbebbf53c0490b58bbb"
    columns: ClassVar = ("sentence", "label")
    held: ClassVar = {"train": "train", "test": "validation"}

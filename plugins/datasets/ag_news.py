"""News and their topics."""

from __future__ import annotations

from rnnbench.contracts import TaskInfo

from ._hub import Hub


class AGNews(Hub):
    """127,600 news of four topics (Zhang et al. 2015); a tenth of the training news is carved for validation.

    `revision` is a commit or tag of fancyzhx/ag_news (null: the one known to work), `path` a folder with its files.
    """

    info = TaskInfo(
        "classification",
        "word",
        ("accuracy", "macro_f1"),
        labels=("World", "Sports", "Business", "Sci/Tech"),
        languages=("en",),
        licence="not stated; for research",
        homepage="https://huggingface.co/datasets/fancyzhx/ag_news",
        citation="Zhang, Zhao and LeCun 2015, Character-level Convolutional Networks for Text Classification, NeurIPS",
    )
    repository = "fancyzhx/ag_news"
    commit = "eb185aade064a813bc0b7f42de02595523103ca4"

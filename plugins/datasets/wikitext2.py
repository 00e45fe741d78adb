"""Articles of Wikipedia, two million words."""

from __future__ import annotations

from typing import ClassVar

from rnnbench.contracts import TaskInfo

from ._hub import StreamHub
from ._streams import BY_WORD


class WikiText2(StreamHub):
    """Good articles of Wikipedia in tokenized lines, rare words as <unk>: 2,088,628 / 217,646 / 245,569 tokens.

    Blank lines are rows, too: their ends are among the tokens that those numbers, and published perplexities, count.
    `revision` is a commit or tag of Salesforce/wikitext (null: the one known to work), `path` a folder with its files.
    """

    info = TaskInfo(
        "language_modelling",
        "whitespace",
        BY_WORD,
        languages=("en",),
        layout="stream",
        licence="CC-BY-SA-3.0",
        homepage="https://huggingface.co/datasets/Salesforce/wikitext",
        citation="Merity, Xiong, Bradbury and Socher 2017, Pointer sentinel mixture models, ICLR",
    )
    repository = "Salesforce/wikitext"
    commit = "b08601e04326c79dfdd32d625aee71d232d685c3"
    folder = "wikitext-2-v1"
    columns: ClassVar = ("text",)

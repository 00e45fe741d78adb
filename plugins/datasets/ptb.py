"""The Penn Treebank as a language model reads it."""

from __future__ import annotations

from typing import ClassVar

from rnnbench.contracts import TaskInfo

from ._hub import StreamHub
from ._streams import BY_WORD


class PTB(StreamHub):
    """News of the Wall Street Journal in lower case, rare words as <unk>: 929,589 / 73,760 / 82,430 tokens.

    The ends of the 42,068 / 3,370 / 3,761 lines are among the tokens, and the line's end and <unk> among the 10,000
    words. `revision` is a branch or commit of ptb-text-only/ptb_text_only with Parquet files (null: the branch that the
    Hub makes), `path` a folder with a copy of them; the files ptb.train.txt … themselves are read by dataset=text with
    `unit=line`.
    """

    info = TaskInfo(
        "language_modelling",
        "whitespace",
        BY_WORD,
        languages=("en",),
        layout="stream",
        licence="LDC User Agreement for Non-Members",
        homepage="https://huggingface.co/datasets/ptb-text-only/ptb_text_only",
        citation="Marcus, Marcinkiewicz and Santorini 1993, Building a large annotated corpus of English: the Penn "
        "Treebank, Computational Linguistics; Mikolov et al. 2010, Recurrent neural network based language model, "
        "Interspeech",
    )
    repository = "ptb-text-only/ptb_text_only"
    commit = "refs/convert/parquet"
    folder = "penn_treebank"
    columns: ClassVar = ("sentence",)

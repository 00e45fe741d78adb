"""Transduction: a text, and another text that it is to become."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rnnbench.contracts import IncompatibleError, TaskInfo, Tokenizer, Vocabulary
from rnnbench.networks import AttentionScore, Stack

from ._writer import Writer

_NOTHING_TO_FEED = "head.input_feeding=true feeds back what was attended to; choose head.attention=dot"


class Seq2Seq(Writer):
    """Encoder and decoder: translation, pronunciation, summaries, replies (Sutskever et al. 2014).

    * `attention`: none, dot or additive; it stands after the recurrence (see `rnnbench.networks.Decoder`),
    * `input_feeding`: the decoder reads what it attended to before (Luong et al. 2015), one step at a time,
    * `embedding_size`: of the answer's tokens; `tied`: they are the weights of the output, too,
    * `scheduled_sampling`: probability that training reads the decoder's own token in place of the known one,
    * `label_smoothing`: the share of each target that is spread over all tokens, in training,
    * `beam_size`, `length_penalty`, `max_length`: of the search; a beam of one is greedy search.
    """

    accepts: ClassVar[frozenset[str]] = frozenset({"transduction"})
    clashes: ClassVar = (({"attention": "none", "input_feeding": True}, _NOTHING_TO_FEED),)

    def __init__(
        self,
        input_size: int,
        info: TaskInfo,
        vocabulary: Vocabulary,
        tokenizer: Tokenizer,
        build_stack: Callable[..., Stack],
        attention: AttentionScore = "dot",
        input_feeding: bool = False,
        embedding_size: int = 64,
        tied: bool = False,
        dropout: float = 0.0,
        scheduled_sampling: float = 0.0,
        label_smoothing: float = 0.0,
        beam_size: int = 1,
        length_penalty: float = 0.6,
        max_length: int = 100,
    ) -> None:
        if input_feeding and attention == "none":
            raise IncompatibleError(f"{_NOTHING_TO_FEED}.")
        super().__init__(
            input_size,
            info,
            vocabulary,
            tokenizer,
            build_stack,
            attention=attention,
            input_feeding=input_feeding,
            embedding_size=embedding_size,
            tied=tied,
            dropout=dropout,
            scheduled_sampling=scheduled_sampling,
            label_smoothing=label_smoothing,
            beam_size=beam_size,
            length_penalty=length_penalty,
            max_length=max_length,
        )

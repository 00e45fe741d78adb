"""Captioning: an image, and a text that says what is on it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import ClassVar

import torch

from rnnbench.contracts import Features, TaskInfo, Tokenizer, Vocabulary
from rnnbench.networks import Stack

from ._writer import Writer


class Caption(Writer):
    """An image's vector begins a decoder that writes its caption (Vinyals et al. 2015, "Show and tell").

    With `blind` the decoder sees no image: what it still gets right it knows from the captions alone. The others are
    as in `seq2seq`.
    """

    accepts: ClassVar[frozenset[str]] = frozenset({"captioning"})

    def __init__(
        self,
        input_size: int,
        info: TaskInfo,
        vocabulary: Vocabulary,
        tokenizer: Tokenizer,
        build_stack: Callable[..., Stack],
        blind: bool = False,
        embedding_size: int = 64,
        tied: bool = False,
        dropout: float = 0.0,
        label_smoothing: float = 0.0,
        beam_size: int = 1,
        length_penalty: float = 0.6,
        max_length: int = 40,
    ) -> None:
        super().__init__(
            input_size,
            info,
            vocabulary,
            tokenizer,
            build_stack,
            embedding_size=embedding_size,
            tied=tied,
            dropout=dropout,
            label_smoothing=label_smoothing,
            beam_size=beam_size,
            length_penalty=length_penalty,
            max_length=max_length,
        )
        self.blind = blind

    def encoded(self, features: Features) -> Features:
        """Return the image's features, or with `blind` as many zeros."""
        return dataclasses.replace(features, outputs=torch.zeros_like(features.outputs)) if self.blind else features

"""Building: the network that a job's choices and settings describe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnbench.catalog import registry
from rnnbench.contracts import Cell, IncompatibleError, Job, ModelSettings, TaskInfo, Tokenizer, Vocabulary
from rnnbench.networks import (
    ImageInput,
    LetterInput,
    Network,
    Stack,
    TokenInput,
    VectorInput,
    WordDropout,
    build_dropout,
    build_embedding,
)
from rnnbench.pipeline.inputs import LETTERS
from rnnbench.recurrence import Noise

LETTER_CELL = "char.cell"
"""The place of the cell that reads the characters of words."""


def check_compatible(job: Job, info: TaskInfo) -> None:
    """Raise `IncompatibleError` if the head cannot serve the data set's task, or nothing reads a further cell."""
    accepts: frozenset[str] = registry.find("head", job.head.name).load().accepts  # type: ignore[attr-defined]
    if info.task not in accepts:
        raise IncompatibleError(
            f"dataset={job.dataset.name} is a {info.task} task, but head={job.head.name} serves only "
            f"{', '.join(sorted(accepts))}; choose head=auto."
        )
    if LETTER_CELL in job.parts and info.modality != "words":
        raise IncompatibleError(
            f"cell@{LETTER_CELL}={job.parts[LETTER_CELL].name} reads the characters of words, but "
            f"dataset={job.dataset.name} gives {info.modality}; leave it out."
        )


def build_network(
    job: Job,
    info: TaskInfo,
    vocabulary: Vocabulary,
    tokenizer: Tokenizer,
    dimension: int,
    vectors: Mapping[int, NDArray[np.float32]] | None = None,
    counts: NDArray[np.int64] | None = None,
) -> Network:
    """Return the network with fresh weights: what reads the input, the cell's stack and the head.

    `tokenizer` is that of the answers, `dimension` the size of the token embeddings, which start from `vectors` where
    there are any; `counts` says how often each token occurs in training, which only training needs to know. Raises
    `IncompatibleError` for a cell that cannot be used as the settings ask.
    """
    model = job.settings.model
    build_stack = _stack_builder(job, info, vocabulary)
    inputs: Any
    if info.modality == "vectors":
        inputs = VectorInput(vocabulary.shape[0])
    elif info.modality == "image":
        inputs = ImageInput(vocabulary.shape, model.hidden_size)
    else:
        inputs = _token_input(job, vocabulary, dimension, vectors, counts, build_stack)
    # What is one step already is not read by a recurrence.
    stack = None if info.task == "captioning" else build_stack(inputs.output_size)
    head = registry.build(
        "head",
        job.head.name,
        job.head.params,
        input_size=inputs.output_size if stack is None else stack.output_size,
        info=info,
        vocabulary=vocabulary,
        build_stack=build_stack,
        embedding=inputs.embedding,
        tokenizer=tokenizer,
    )
    if stack is not None and not stack.causal:
        _check_direction(job, head, info)
    return Network(inputs, stack, head, build_dropout(model.dropout, model.variational_dropout))


def _check_direction(job: Job, head: Any, info: TaskInfo) -> None:
    needs_causal = getattr(head, "needs_causal", False)
    if needs_causal or info.layout == "stream":
        what = "model.bidirectional=true" if job.settings.model.bidirectional else f"cell={job.cell.name}"
        why = f"head={job.head.name} predicts it" if needs_causal else "a stream has no end to read from"
        raise IncompatibleError(f"{what} sees what comes later, and {why}; choose a cell that reads forwards only.")


def _token_input(
    job: Job,
    vocabulary: Vocabulary,
    dimension: int,
    vectors: Mapping[int, NDArray[np.float32]] | None,
    counts: NDArray[np.int64] | None,
    build_stack: Callable[..., Stack],
) -> TokenInput:
    model = job.settings.model
    embedding = build_embedding(
        vocabulary.size, dimension, pad_id=vocabulary.pad_id, vectors=vectors, freeze=model.freeze_embedding
    )
    word_dropout = None
    if model.word_dropout and counts is not None:
        word_dropout = WordDropout(model.word_dropout, torch.from_numpy(counts), vocabulary.unk_id)
    letters = _letter_input(model, vocabulary, build_stack) if LETTER_CELL in job.parts else None
    return TokenInput(embedding, letters, word_dropout, model.embedding_dropout)


def _letter_input(model: ModelSettings, vocabulary: Vocabulary, build_stack: Callable[..., Stack]) -> LetterInput:
    embedding = nn.Embedding(LETTERS, model.letter_size, padding_idx=vocabulary.pad_id)
    stack = build_stack(
        model.letter_size, part="char", hidden_size=model.letter_hidden_size, layers=1, bidirectional=True
    )
    return LetterInput(embedding, stack, build_dropout(model.dropout, variational=False))


def _stack_builder(job: Job, info: TaskInfo, vocabulary: Vocabulary) -> Callable[..., Stack]:
    model = job.settings.model
    noise = Noise(model.zoneout, model.zoneout_cell, model.recurrent_dropout)

    def build_stack(
        input_size: int,
        causal: bool = False,
        part: str = "",
        hidden_size: int = model.hidden_size,
        layers: int = model.layers,
        bidirectional: bool = model.bidirectional,
    ) -> Stack:
        """Return further layers of the cell chosen for `part` (e.g. "decoder"), or else of the run's own.

        `causal` ones read forwards only, the others in both directions if asked to, where their cell has directions.
        """
        choice = job.parts.get(f"{part}.cell", job.cell)
        plugin: Any = registry.find("cell", choice.name).load()

        def build_cell(input_size: int) -> Cell:
            sizes = {"input_size": input_size, "hidden_size": hidden_size}
            cell: Cell = registry.build("cell", choice.name, choice.params, **sizes, info=info, vocabulary=vocabulary)
            return cell

        if causal and not plugin.causal:
            raise IncompatibleError(
                f"head={job.head.name} writes one token after the other, but cell={choice.name} sees the whole "
                f"sequence; give cell@{part}.cell=gru, or another recurrent one."
            )
        return Stack(
            build_cell,
            input_size,
            layers=layers,
            # A cell of characters without directions, such as a convolution, needs none.
            bidirectional=bidirectional and not causal and (plugin.causal or part == ""),
            dropout=model.dropout if part != "char" else 0.0,
            variational=model.variational_dropout,
            weight_drop=model.weight_drop if part != "char" else 0.0,
            noise=noise if part != "char" else Noise(),
            backend=job.settings.backend,
        )

    return build_stack

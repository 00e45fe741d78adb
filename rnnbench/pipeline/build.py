"""Building: the network that a job's choices and settings describe."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from rnnbench.catalog import registry
from rnnbench.contracts import Cell, IncompatibleError, Job, TaskInfo, Vocabulary
from rnnbench.networks import Network, Stack, build_embedding


def check_compatible(job: Job, info: TaskInfo) -> None:
    """Raise `IncompatibleError` if the head cannot serve the data set's task or layout."""
    accepts: frozenset[str] = registry.find("head", job.head.name).load().accepts  # type: ignore[attr-defined]
    if info.task not in accepts:
        raise IncompatibleError(
            f"dataset={job.dataset.name} is a {info.task} task, but head={job.head.name} serves only "
            f"{', '.join(sorted(accepts))}; choose head=auto."
        )
    if info.layout != "examples":
        raise IncompatibleError(
            f"dataset={job.dataset.name} is one long stream, but head={job.head.name} reads independent examples."
        )


def build_network(
    job: Job,
    info: TaskInfo,
    vocabulary: Vocabulary,
    dimension: int,
    vectors: Mapping[int, NDArray[np.float32]] | None = None,
) -> Network:
    """Return the network with fresh weights: an embedding of `dimension`, the cell's stack and the head.

    Raises `IncompatibleError` for a cell that cannot be used as the settings ask.
    """
    model = job.settings.model

    def build_stack(input_size: int, causal: bool = False, part: str = "") -> Stack:
        """Return further layers of the cell chosen for `part` (e.g. "decoder"), or else of the run's own.

        `causal` ones read forwards only.
        """
        choice = job.parts.get(f"{part}.cell", job.cell)

        def build_cell(input_size: int) -> Cell:
            sizes = {"input_size": input_size, "hidden_size": model.hidden_size}
            cell: Cell = registry.build("cell", choice.name, choice.params, **sizes, info=info, vocabulary=vocabulary)
            return cell

        stack = Stack(
            build_cell,
            input_size,
            layers=model.layers,
            bidirectional=model.bidirectional and not causal,
            dropout=model.dropout,
            backend=job.settings.backend,
        )
        if causal and not stack.causal:
            raise IncompatibleError(
                f"head={job.head.name} needs a causal cell, but cell={choice.name} sees the whole sequence."
            )
        return stack

    embedding = build_embedding(
        vocabulary.size, dimension, pad_id=vocabulary.pad_id, vectors=vectors, freeze=model.freeze_embedding
    )
    stack = build_stack(dimension)
    head = registry.build(
        "head",
        job.head.name,
        job.head.params,
        input_size=stack.output_size,
        info=info,
        vocabulary=vocabulary,
        build_stack=build_stack,
    )
    return Network(embedding, stack, head, dropout=model.dropout)

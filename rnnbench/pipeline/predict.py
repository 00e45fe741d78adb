"""Prediction with a finished run: from its folder alone, without the data it was trained on."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rnnbench.catalog import registry
from rnnbench.catalog.files import write_atomically
from rnnbench.contracts import DataError, Job, TaskInfo, Tokenizer, UsageError, Vocabulary
from rnnbench.networks import Network
from rnnbench.pipeline.batching import Batches, by_length
from rnnbench.pipeline.blame import blaming_plugins
from rnnbench.pipeline.build import build_network
from rnnbench.pipeline.encoding import Data, Encoded
from rnnbench.pipeline.evaluation import predict_rows
from rnnbench.pipeline.trainer import build_trainer

FILES = ("job.json", "tokenizer.json", "network.json", "weights.pt")
"""What a run leaves for prediction; the last is written last, and its presence says that the run is finished."""


def write_predictor(job: Job, data: Data, network: Network) -> None:
    """Write the files that `load` reads into the job's folder."""
    facts = {
        "info": dataclasses.asdict(data.info),
        "vocabulary": dataclasses.asdict(data.vocabulary),
        "dimension": network.embedding.embedding_dim,
    }
    weights = io.BytesIO()
    torch.save({name: tensor.cpu() for name, tensor in network.state_dict().items()}, weights)
    contents = (_json(job.as_json()), _json(data.tokenizer.state()), _json(facts), weights.getvalue())
    for name, content in zip(FILES, contents, strict=True):
        write_atomically(job.directory / name, content)


def load(run: str | Path) -> Predictor:
    """Return the predictor of a finished run's folder.

    Raises `UsageError` if it is not one, `DataError` if one of its files is corrupt.
    """
    folder = Path(run)
    for name in FILES:
        if not (folder / name).is_file():
            raise UsageError(f"{folder} is no finished run: it has no {name}. Name a run's folder whose status is ok.")
    try:
        documents = [json.loads((folder / name).read_text(encoding="utf-8")) for name in FILES[:-1]]
        weights = torch.load(folder / FILES[-1], map_location="cpu", weights_only=True)
        job = Job.from_json(documents[0])
        info, vocabulary = TaskInfo(**_tuples(documents[2]["info"])), Vocabulary(**_tuples(documents[2]["vocabulary"]))
    except Exception as error:
        raise DataError(f"the run {folder} cannot be read ({error}); run it again with force=true.") from error
    try:
        with blaming_plugins(job):
            tokenizer = registry.build("tokenizer", job.tokenizer.name, job.tokenizer.params)
            tokenizer.restore(documents[1])
            network = build_network(job, info, vocabulary, documents[2]["dimension"])
        network.load_state_dict(weights)
    except (TypeError, RuntimeError) as error:
        # Other parameters, or weights of other names and shapes.
        raise DataError(
            f"the run {folder} does not fit its plugins, which have changed since; run it again with force=true."
        ) from error
    return Predictor(job, tokenizer, network)


class Predictor:
    """A trained network with its tokenizer: texts in, prediction rows out."""

    def __init__(self, job: Job, tokenizer: Tokenizer, network: Network) -> None:
        self.job = job
        self.tokenizer = tokenizer
        trainer = build_trainer(job.settings)
        self._precision = trainer.precision_plugin
        self._precision.convert_module(network).to(trainer.strategy.root_device)
        self.network = network

    def predict(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """Return one row per text, in order; raises `DataError` for a text that is empty or too long."""
        ids = [self.tokenizer.encode(text) for text in texts]
        for number, (text, tokens) in enumerate(zip(texts, ids, strict=True), start=1):
            self._check(number, text, len(tokens))
        if not ids:
            return []
        flat = np.array([token for tokens in ids for token in tokens], dtype=np.int32)
        offsets = np.cumsum([0, *map(len, ids)], dtype=np.int64)
        encoded = Encoded(flat, offsets, targets=None, references=())
        plan = by_length(encoded.lengths, self.job.settings.evaluate.batch_size)
        with blaming_plugins(self.job):
            batches = Batches(encoded, self.tokenizer.pad_id, lambda: plan)
            return predict_rows(self.network, batches, self._precision)

    def _check(self, number: int, text: str, length: int) -> None:
        if not length:
            raise DataError(f"text {number} has no token: {text[:40]!r}; give a text that is not empty.")
        limit = self.job.settings.training.max_length
        if length > limit:
            raise DataError(
                f"text {number} has {length} tokens, more than the {limit} that this run was made for; shorten it."
            )


def _json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False).encode()


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}

"""One run: from a job to its outcome."""

from __future__ import annotations

import hashlib
import json
import math
import random
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from pytorch_lightning.plugins.precision import Precision

from rnnbench.catalog import registry
from rnnbench.catalog.files import write_atomically
from rnnbench.contracts import METRICS, Checkpoint, Job, Outcome, Score, UsageError
from rnnbench.networks import Network, read_vectors
from rnnbench.pipeline.blame import blaming_plugins
from rnnbench.pipeline.build import build_network, check_compatible
from rnnbench.pipeline.checkpoint import Progress
from rnnbench.pipeline.data_module import DataModule
from rnnbench.pipeline.encoding import Data, encode
from rnnbench.pipeline.evaluation import predict_rows, score_rows
from rnnbench.pipeline.fit import Report, checkpoint_path, fit
from rnnbench.pipeline.flops import flops_per_token
from rnnbench.pipeline.memory import peak_bytes, reset_peaks
from rnnbench.pipeline.predict import write_predictor
from rnnbench.pipeline.splits import json_hash, load_splits
from rnnbench.pipeline.throughput import measure_throughput


def run(job: Job, report: Report) -> Outcome:
    """Train and test what the job describes, in its folder, and return what came of it.

    An unfinished run of the same job is taken up where its checkpoint is. As the run goes on, `report` is called with

    * `{"event": "data", "rows": {split: n}}`,
    * `{"event": "embedding", "found", "of", "coverage"}`, where pre-trained vectors were read,
    * `{"event": "step", "epoch", "step", "of"}`, at most five times a second; steps count through all epochs,
    * `{"event": "epoch", "of", "best", …}` with the fields of a row of the learning curve,
    * `{"event": "test", "metrics": {name: value}}`.

    Raises a `RnnbenchError` for whatever a person can mend.
    """
    with blaming_plugins(job):
        return _run(job, report)


def _run(job: Job, report: Report) -> Outcome:
    settings = job.settings
    problems = settings.problems()
    if problems:
        raise UsageError("\n".join(problems))
    job.directory.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(settings.threads)
    reset_peaks()

    started = time.monotonic()
    data = _load(job)
    loaded = time.monotonic()
    report({"event": "data", "rows": {split: len(encoded.lengths) for split, encoded in data.splits.items()}})

    network = _build(job, data, report)
    progress, precision = fit(network, data, job, report)

    fitted = time.monotonic()
    if settings.evaluate.checkpoint is Checkpoint.best and progress.best_weights is not None:
        network.load_state_dict(progress.best_weights)
    rows, scores = _test(job, data, network, precision)
    samples = {"test": _write_rows(job, "test", rows)}
    evaluated = time.monotonic()
    report({"event": "test", "metrics": {score.name: score.value for score in scores}})

    throughput = {}
    if settings.evaluate.throughput:
        throughput = measure_throughput(network, data, settings.training, precision, settings.seed)
    memory = peak_bytes()
    write_predictor(job, data, network)
    checkpoint_path(job).unlink(missing_ok=True)
    return Outcome(
        data=_describe_data(data),
        model=_describe_model(job, network, data.vocabulary.unk_id),
        metrics=[_metric_row(score, "test") for score in scores],
        samples=samples,
        curve=progress.curve,
        timing={
            "data": loaded - started,
            "fit": progress.seconds,
            "evaluate": evaluated - fitted,
            "throughput": throughput,
        },
        memory=memory,
        selection=_describe_selection(job, data, progress),
    )


def seed_everything(seed: int) -> None:
    """Seed python's, numpy's and torch's global generators; the order of batches is seeded apart from them."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def _load(job: Job) -> Data:
    dataset = registry.build("dataset", job.dataset.name, job.dataset.params)
    check_compatible(job, dataset.info)
    tables = load_splits(job.dataset.name, dataset)
    tokenizer = registry.build("tokenizer", job.tokenizer.name, job.tokenizer.params)
    return encode(dataset.info, tables, tokenizer, job.settings.training.max_length)


def _build(job: Job, data: Data, report: Report) -> Network:
    model = job.settings.model
    vectors = None
    if model.embedding is not None:
        vectors = read_vectors(model.embedding, data.tokenizer.pieces(range(data.vocabulary.size)))
        share = len(vectors) / data.vocabulary.size
        report({"event": "embedding", "found": len(vectors), "of": data.vocabulary.size, "coverage": share})
    dimension = len(next(iter(vectors.values()))) if vectors else model.embedding_size
    seed_everything(job.settings.seed)
    return build_network(job, data.info, data.vocabulary, dimension, vectors)


def _test(job: Job, data: Data, network: Network, precision: Precision) -> tuple[list[dict[str, Any]], Sequence[Score]]:
    batches = DataModule(data, job.settings, Progress()).evaluation_batches("test")
    rows = predict_rows(network, batches, precision)
    return rows, score_rows(network, rows, data.splits["test"].references, job.head.name)


def _write_rows(job: Job, split: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    path = job.directory / f"predictions.{split}.jsonl"
    lines = (json.dumps({"row": index, **row}, ensure_ascii=False, allow_nan=False) for index, row in enumerate(rows))
    content = "".join(f"{line}\n" for line in lines).encode()
    write_atomically(path, content)
    return {"path": path.name, "sha256": hashlib.sha256(content).hexdigest(), "n": len(rows)}


def _describe_data(data: Data) -> dict[str, Any]:
    majority = Counter(data.splits["train"].references).most_common(1)[0][0]
    test = data.splits["test"].references
    return {
        "revision": data.info.revision,
        "licence": data.info.licence,
        "splits": {
            split: {"rows": len(encoded.lengths), "sha256": data.sha256[split]}
            for split, encoded in data.splits.items()
        },
        "tokenizer": {"sha256": json_hash(data.tokenizer.state()), "vocabulary": data.vocabulary.size},
        "labels": list(data.vocabulary.labels),
        "majority": sum(label == majority for label in test) / len(test),
    }


def _describe_model(job: Job, network: Network, unknown: int) -> dict[str, Any]:
    def trained(module: torch.nn.Module) -> int:
        return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)

    return {
        "parameters": trained(network),
        "embedding_parameters": trained(network.embedding),
        "state_bytes": network.stack.state_bytes(network.embedding.weight),
        "flops_per_token": flops_per_token(network, unknown),
        "backend_requested": job.settings.backend,
        "backend_used": network.stack.backend_used,
        "dtype": str(network.embedding.weight.dtype).removeprefix("torch."),
        "deterministic": job.settings.deterministic,
    }


def _metric_row(score: Score, split: str) -> dict[str, Any]:
    kind = METRICS[score.name]
    return {
        "name": score.name,
        "split": split,
        "value": score.value,
        "unit": kind.unit,
        "higher_is_better": kind.higher_is_better,
        "low": kind.low if math.isfinite(kind.low) else None,
        "high": kind.high if math.isfinite(kind.high) else None,
        "ci95": None if score.ci95 is None else list(score.ci95),
        "n": score.n,
        "signature": score.signature,
    }


def _describe_selection(job: Job, data: Data, progress: Progress) -> dict[str, Any]:
    metric = data.info.metrics[0]
    chosen = progress.best
    if job.settings.evaluate.checkpoint is Checkpoint.last or chosen is None:
        last = progress.curve[-1]
        chosen = {"epoch": last["epoch"], "step": last["step"], "value": last["validation"][metric]}
    return {
        "checkpoint": job.settings.evaluate.checkpoint.value,
        "metric": metric,
        "epoch": chosen["epoch"],
        "step": chosen["step"],
        "value": chosen["value"],
        "resumed": progress.resumed > 0,
    }

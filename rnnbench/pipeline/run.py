"""One run: from a job to its outcome."""

from __future__ import annotations

import hashlib
import json
import math
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from pytorch_lightning.plugins.precision import Precision

from rnnbench.catalog import registry
from rnnbench.catalog.files import write_atomically
from rnnbench.contracts import METRICS, Checkpoint, IncompatibleError, Job, Outcome, Score, UsageError
from rnnbench.networks import Network, Stack, read_vectors
from rnnbench.pipeline.arrays import Data, Ragged
from rnnbench.pipeline.blame import blaming_plugins
from rnnbench.pipeline.build import LETTER_CELL, build_network, check_compatible
from rnnbench.pipeline.checkpoint import Progress
from rnnbench.pipeline.data_module import DataModule
from rnnbench.pipeline.encoding import encode
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

    Raises a `RnnbenchError` for whatever a person can fix.
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
    report({"event": "data", "rows": {split: len(encoded) for split, encoded in data.splits.items()}})

    network, coverage = _build(job, data, report)
    progress, precision = fit(network, data, job, report)

    fitted = time.monotonic()
    if settings.evaluate.checkpoint is Checkpoint.best and progress.best_weights is not None:
        network.load_state_dict(progress.best_weights)
    data_module = DataModule(data, settings, Progress())
    rows, scores = _test(job, data_module, network, precision)
    samples = {"test": _write_rows(job, "test", rows)}
    evaluated = time.monotonic()
    report({"event": "test", "metrics": {score.name: score.value for score in scores}})

    throughput = {}
    if settings.evaluate.throughput:
        throughput = measure_throughput(network, data_module, precision)
    memory = peak_bytes()
    write_predictor(job, data, network)
    checkpoint_path(job).unlink(missing_ok=True)
    return Outcome(
        data=_describe_data(data),
        model=_describe_model(job, network, data_module, coverage),
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
    targets = job.parts.get("target_tokenizer")
    return encode(
        dataset.info,
        tables,
        tokenizer,
        job.settings.training.max_length,
        None if targets is None else registry.build("tokenizer", targets.name, targets.params),
        letters=LETTER_CELL in job.parts,
    )


def _build(job: Job, data: Data, report: Report) -> tuple[Network, float | None]:
    """Return the network, and the share of the vocabulary that pre-trained vectors cover, None where there are none."""
    model = job.settings.model
    vectors, coverage = None, None
    if model.embedding is not None:
        if not data.vocabulary.size:
            raise IncompatibleError(
                f"model.embedding={model.embedding} holds vectors of words, but dataset={job.dataset.name} gives "
                f"{data.info.modality}; leave it out."
            )
        vectors = read_vectors(model.embedding, data.tokenizer.pieces(range(data.vocabulary.size)))
        learned = data.vocabulary.size - len(data.tokenizer.specials)
        coverage = len(vectors) / learned
        report({"event": "embedding", "found": len(vectors), "of": learned, "coverage": coverage})
    dimension = len(next(iter(vectors.values()))) if vectors else model.embedding_size
    seed_everything(job.settings.seed)
    inputs = data.splits["train"].inputs
    counts = None
    if data.vocabulary.size and isinstance(inputs, Ragged):
        counts = np.bincount(inputs.values, minlength=data.vocabulary.size)
    network = build_network(job, data.info, data.vocabulary, data.target_tokenizer, dimension, vectors, counts)
    return network, coverage


def _test(
    job: Job, data_module: DataModule, network: Network, precision: Precision
) -> tuple[list[dict[str, Any]], Sequence[Score]]:
    rows = predict_rows(network, data_module.evaluation_batches("test"), precision)
    scores = score_rows(network, rows, data_module.described("test"), job.head.name)
    manner = data_module.manner("test")
    return rows, [replace(score, signature=score.signature + manner) for score in scores]


def _write_rows(job: Job, split: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    path = job.directory / f"predictions.{split}.jsonl"
    lines = (json.dumps({"row": index, **row}, ensure_ascii=False, allow_nan=False) for index, row in enumerate(rows))
    content = "".join(f"{line}\n" for line in lines).encode()
    write_atomically(path, content)
    return {"path": path.name, "sha256": hashlib.sha256(content).hexdigest(), "n": len(rows)}


def _describe_data(data: Data) -> dict[str, Any]:
    tokenizers = [data.tokenizer.state()]
    if data.target_tokenizer is not data.tokenizer:
        tokenizers.append(data.target_tokenizer.state())
    return {
        "revision": data.info.revision,
        "licence": data.info.licence,
        "splits": {
            split: {"rows": len(encoded), "sha256": data.sha256[split]} for split, encoded in data.splits.items()
        },
        "tokenizer": {
            "sha256": json_hash(tokenizers[0] if len(tokenizers) == 1 else tokenizers),
            "vocabulary": data.vocabulary.size or (data.vocabulary.target.size if data.vocabulary.target else 0),
        },
        "labels": list(data.vocabulary.labels),
        "majority": _majority(data),
        "floor": data.info.floor,
    }


def _majority(data: Data) -> float | None:
    """Return the share of test examples whose class is the most frequent one of train; None for other tasks."""
    if data.info.task != "classification":
        return None
    shown, test = ([str(row["target"]) for row in data.splits[split].references] for split in ("train", "test"))
    majority = Counter(shown).most_common(1)[0][0]
    return sum(label == majority for label in test) / len(test)


def _describe_model(job: Job, network: Network, data_module: DataModule, coverage: float | None) -> dict[str, Any]:
    def trained(module: torch.nn.Module | None) -> int:
        return sum(p.numel() for p in module.parameters() if p.requires_grad) if module is not None else 0

    weight = next(network.parameters())
    # A head that writes carries the state of its own stack.
    stacks = [module for module in network.modules() if isinstance(module, Stack)]
    return {
        "parameters": trained(network),
        "embedding_parameters": trained(network.inputs.embedding),
        "embedding_coverage": coverage,
        "state_bytes": sum(stack.state_bytes(weight) for stack in stacks),
        "flops_per_token": flops_per_token(network, data_module.training_plan(epoch=0)[0]()),
        "backend_requested": job.settings.backend,
        "backend_used": "+".join(sorted({stack.backend_used for stack in stacks})),
        "backend_why": "; ".join(dict.fromkeys(stack.backend_why for stack in stacks)),
        "dtype": str(weight.dtype).removeprefix("torch."),
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

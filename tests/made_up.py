"""Records made up for the tests of what is done with records."""

from __future__ import annotations

import math
from typing import Any

from rnnbench.records.record import Record, from_json
from rnnbench.records.throughput import Row


def _document(cell: str, seed: int, accuracy: float, **changes: Any) -> dict[str, Any]:
    config = {"seed": seed, "suite": "demo", "model": {"hidden_size": changes.pop("hidden_size", 8)}}
    plugins = {
        kind: {"name": name, "params": {}, "distribution": "rnnbench 1", "version": "1", "source_sha256": "0"}
        for kind, name in {"dataset": "bites", "tokenizer": "word", "cell": cell, "head": "classify"}.items()
    }
    rate = changes.pop("rate", 100.0)
    throughput = {"tokens_per_second": rate, "p25": rate, "p75": rate, "samples": 20, "batch_size": 32}
    data = changes.pop("data", "d0")
    testbed = {
        "fingerprint": changes.pop("machine", "box"), "cpu": "CPU", "cores": 2, "threads": 2, "memory_gib": 8,
        "gpu": None, "os": "Linux", "python": "CPython 3.11",
    }  # fmt: skip
    document = {
        "schema": 1,
        "id": f"{cell}-{seed}-{accuracy}-{config['model']['hidden_size']}",
        "key": f"{cell}-{seed}-{config['model']['hidden_size']}",
        "suite": "demo",
        "status": "ok",
        "reason": "",
        "what": {"plugins": plugins, "task": "classification", "overrides": [f"cell={cell}"], "config": config},
        "seeds": {"run": seed},
        "provenance": {
            "command": ["rnnbench"], "started": "2026-01-01T00:00:00",
            "ended": changes.pop("ended", "2026-01-01T00:01:00"), "attempt": 1,
            "python": "3.11", "libraries": {"torch": "2"},
        },
        "testbed": testbed,
        "data": {
            "revision": "", "licence": "CC0-1.0", "splits": {"test": {"rows": 4, "sha256": data}},
            "tokenizer": {"sha256": "t", "vocabulary": 9}, "labels": ["a", "b"], "majority": 0.5,
        },
        "model": {
            "parameters": 1000, "embedding_parameters": 100, "state_bytes": 32, "backend_requested": "auto",
            "backend_used": "torch", "backend_why": "not fused: no compiler", "dtype": "float32", "deterministic": True,
        },
        "metrics": [
            {
                "name": "accuracy", "split": "test", "value": accuracy, "unit": "fraction", "higher_is_better": True,
                "ci95": [accuracy - 0.05, accuracy + 0.05], "n": 4,
            }
        ],
        "curve": [
            {
                "epoch": epoch, "step": epoch, "train_loss": loss, "learning_rate": 0.1, "seconds": 1.0,
                "validation": scores,
            }
            for epoch, loss, scores in ((0, 0.7, {"accuracy": 0.5}), (1, None, {"accuracy": 0.9}))
        ],
        "timing": {
            "data": 1.0, "fit": 2.0, "evaluate": 0.5, "throughput": {"train": throughput, "inference": throughput},
        },
        "selection": {"checkpoint": "best", "metric": "accuracy", "epoch": 1, "step": 2, "value": 0.9},
    }  # fmt: skip
    if changes.get("status", "ok") != "ok":
        document.update(data=None, model=None, metrics=[], curve=[], timing=None, selection=None)
    return {**document, **changes}


def make_record(cell: str = "gru", seed: int = 1, accuracy: float = 0.9, **changes: Any) -> Record:
    """Return a record: its cell, seed and accuracy, and changes to the rest of its document."""
    return from_json(_document(cell, seed, accuracy, **changes))


def make_language_model(
    tokenizer: str, loss: float, bits: float, *, whole: bool = True, cell: str = "gru", **changes: Any
) -> Record:
    """Return a record of a language model: its nats a token, bits a byte, whether it keeps the whole text."""
    document = _document(cell, 1, 0.5, **changes)
    signature = "bits / bytes" if whole else "bits / bytes; too low to compare with other tokenizers"
    scores = {"loss": (loss, "nats"), "bits_per_character": (bits, "bits"), "bits_per_byte": (bits, "bits")}
    document["metrics"] = [
        {
            "name": name, "split": "test", "value": value, "unit": unit, "higher_is_better": False, "n": 1000,
            "ci95": [value - 0.0123, value + 0.0123], "signature": signature if unit == "bits" else "",
        }
        for name, (value, unit) in {**scores, "perplexity": (math.exp(loss), "1")}.items()
    ]  # fmt: skip
    document["what"]["task"] = "language_modelling"
    document["what"]["plugins"]["tokenizer"]["name"] = tokenizer
    document["data"]["tokenizer"]["sha256"] = tokenizer
    return from_json({**document, "id": f"{document['id']}-{tokenizer}", "key": f"{document['key']}-{tokenizer}"})


def make_speed(**changes: Any) -> Row:
    """Return a row of throughput."""
    row: dict[str, Any] = {
        "cell": "gru", "params": {}, "backend": "fused", "mode": "train", "B": 32, "T": 64, "H": 256, "threads": 1,
        "lengths": "full", "status": "ok", "parity": True, "difference": 1e-7, "median_us_per_step": 123.4,
        "p10": 120.0, "p90": 130.0, "cpu_us_per_step": 122.0, "tokens_per_second": 259319.3, "ratio_to_torch": 1.254,
        "cpu_ratio_to_torch": 1.3, "samples": 9, "first_call_seconds": 0.5, "gflops": 80.0, "product_gflops": 100.0,
        "share_of_peak": 0.8, "load": 0.1,
    }  # fmt: skip
    return Row(**{**row, **changes})

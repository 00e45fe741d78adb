"""The plan: what each combination of a sweep is, and whether it has to be run. Needs no torch and trains nothing."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import os
from enum import Enum
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from rnnbench.catalog.describe import describe
from rnnbench.catalog.files import cache_folder, write_atomically
from rnnbench.catalog.registry import build, find
from rnnbench.contracts import (
    KINDS,
    PARTS,
    TARGETS,
    Choice,
    DataError,
    EvaluateSettings,
    Job,
    ModelSettings,
    PluginError,
    RnnbenchError,
    Settings,
    TrainingSettings,
    UsageError,
)
from rnnbench.records.key import run_key, slug, source_sha256
from rnnbench.version import __version__

_NOT_PART_OF_THE_RESULT = ("output", "force", "fail_fast", "timeout")
"""Settings that change where and whether a run happens, not what comes out."""


def job_of(config: DictConfig, output: Path) -> Job:
    """Return the job that a composed configuration describes.

    Raises `UsageError` for a value that is missing or out of range, and what the data set raises for its parameters.
    """
    missing = sorted(OmegaConf.missing_keys(config))
    if missing:
        raise UsageError(
            "; ".join(f"{key} has no value: give {key}=… (dataset={config.dataset.name})" for key in missing) + "."
        )
    choices = {kind: _choice(config[kind]) for kind in KINDS}
    placed = {place: OmegaConf.select(config, place) for place in PARTS}
    parts = {place: _choice(node) for place, node in placed.items() if node is not None}
    settings = _settings(config)
    problems = settings.problems()
    if problems:
        raise UsageError("\n".join(problems))
    settings = dataclasses.replace(settings, device=_device(settings.device))
    key = run_key(_ingredients(choices, parts, settings))
    name = slug([choices[kind].name for kind in ("dataset", "tokenizer", "cell", "head")], settings.seed, key)
    return Job(**choices, settings=settings, key=key, directory=output / name, parts=parts)


def task_of(job: Job) -> str:
    """Return the task of the job's data set."""
    task: str = describe([find("dataset", job.dataset.name)])[0]["facts"]["task"]
    return task


def conflict(job: Job) -> str:
    """Return why the job's plugins cannot work together, or an empty string; judged by what they declare."""
    facts = {kind: describe([find(kind, getattr(job, kind).name)])[0]["facts"] for kind in ("dataset", "cell", "head")}
    task, head = facts["dataset"]["task"], facts["head"]
    if task not in head["accepts"]:
        return (
            f"head={job.head.name} serves {', '.join(head['accepts'])}, "
            f"and dataset={job.dataset.name} is {task}; leave head=auto"
        )
    places = {
        *head["parts"],
        *(["target_tokenizer"] if TARGETS[task] == "target" else []),
        *(["char.cell"] if facts["dataset"]["modality"] == "words" else []),
    }
    for place in job.parts:
        if place not in places:
            return f"{task} with head={job.head.name} has no place for {PARTS[place]}@{place}; leave it out"
    writer = job.parts.get("decoder.cell", job.cell)
    if "decoder.cell" in head["parts"] and not describe([find("cell", writer.name)])[0]["facts"]["causal"]:
        return (
            f"head={job.head.name} writes one token after the other, and cell={writer.name} reads the whole text at "
            "once; give cell@decoder.cell=gru, or another recurrent one"
        )
    for values, why in head["clashes"]:
        if values.items() <= job.head.params.items():
            return str(why)
    if head["needs_causal"] and not facts["cell"]["causal"]:
        return f"head={job.head.name} predicts what comes next, and cell={job.cell.name} has seen it; choose another"
    if job.settings.model.bidirectional and not facts["cell"]["causal"]:
        return (
            f"cell={job.cell.name} reads the whole text at once and has no direction; leave model.bidirectional=false"
        )
    if job.settings.model.bidirectional and facts["dataset"]["modality"] == "image":
        return "an image is not read in a direction; leave model.bidirectional=false"
    if job.settings.model.bidirectional and (head["needs_causal"] or facts["dataset"]["layout"] == "stream"):
        return f"head={job.head.name} predicts what comes next, which model.bidirectional=true has seen; leave it out"
    return ""


def _choice(node: DictConfig) -> Choice:
    values = _plain(node)
    return Choice(values.pop("name"), values)


def _plain(node: DictConfig) -> dict[str, Any]:
    container = OmegaConf.to_container(node, resolve=True, enum_to_str=True)
    if not isinstance(container, dict):
        raise UsageError(f"expected a group of parameters, got {container!r}.")
    return {str(key): value for key, value in container.items()}


def _settings(config: DictConfig) -> Settings:
    values = _plain(config)
    sections: dict[str, Any] = {
        "model": ModelSettings(**values["model"]),
        "training": TrainingSettings(**values["training"]),
        "evaluate": EvaluateSettings(**{**values["evaluate"], "checkpoint": config.evaluate.checkpoint}),
    }
    rest = {field.name: values[field.name] for field in dataclasses.fields(Settings) if field.name not in sections}
    return Settings(**sections, **rest)


def _device(name: str) -> str:
    """Resolve `auto` without importing torch: a CUDA build beside a CUDA driver is a GPU."""
    if name != "auto":
        return name
    has_driver = Path("/proc/driver/nvidia/version").exists() or "CUDA_PATH" in os.environ
    return "cuda" if has_driver and "+cpu" not in importlib.metadata.version("torch") else "cpu"


def _ingredients(choices: dict[str, Choice], parts: dict[str, Choice], settings: Settings) -> dict[str, Any]:
    """Return everything that decides a run's result, and nothing else: no path, no place, no time."""
    decisive = dataclasses.asdict(settings)
    for name in _NOT_PART_OF_THE_RESULT:
        del decisive[name]
    del decisive["training"]["checkpoint_seconds"]
    if settings.model.embedding:
        vectors = Path(settings.model.embedding).expanduser()
        if not vectors.is_file():
            raise DataError(
                f"model.embedding={settings.model.embedding} is no file; give vectors in text format, .vec or .vec.gz."
            )
        decisive["model"]["embedding"] = content_sha256(vectors)
    data, data_params = _data(choices["dataset"])
    return {
        "plugins": {kind: _identity(kind, choice, data_params) for kind, choice in choices.items()},
        **({"parts": {place: _identity(PARTS[place], choice, {}) for place, choice in parts.items()}} if parts else {}),
        "settings": json.loads(json.dumps(decisive, default=_enum_value)),
        "data": data,
        "rnnbench": __version__,
        "torch": importlib.metadata.version("torch"),
    }


def _identity(kind: str, choice: Choice, data_params: dict[str, Any]) -> dict[str, Any]:
    """Return what tells one plugin, and one state of its code and its bases' code, from another."""
    plugin = find(kind, choice.name)
    return {
        "name": choice.name,
        "params": data_params if kind == "dataset" else choice.params,
        "version": plugin.version,
        "sources": sorted(describe([plugin])[0]["sources"].values()),
    }


def _enum_value(value: Enum) -> Any:
    return value.value


def _data(choice: Choice) -> tuple[list[list[str]], dict[str, Any]]:
    """Return name and hash of every source file, and the parameters without those that only say where they are."""
    try:
        sources = [Path(path) for path in build("dataset", choice.name, choice.params).sources()]
    except RnnbenchError:
        raise
    except Exception as error:
        raise PluginError(f"dataset {choice.name} raised {type(error).__name__}: {error}") from error
    root = Path(os.path.commonpath([path.parent for path in sources])) if sources else Path()
    hashes = sorted([path.relative_to(root).as_posix(), content_sha256(path)] for path in sources)
    located = {
        name: Path(value).expanduser().absolute()
        for name, value in choice.params.items()
        if sources and isinstance(value, str) and value and Path(value).exists()
    }
    # Of several files it matters which is which: a translation has a direction.
    roles = {name: path.relative_to(root).as_posix() for name, path in located.items() if path in sources}
    params = {name: value for name, value in choice.params.items() if name not in located}
    return hashes, {**params, **(roles if len(roles) > 1 else {})}


def content_sha256(file: Path) -> str:
    """Return a file's hash, remembered by path, size and time, so that planning a finished run reads nothing."""
    try:
        status = file.stat()
    except OSError as error:
        raise DataError(f"{file}: {error.strerror}; expected a data file.") from None
    stamp = run_key({"path": str(file.absolute()), "size": status.st_size, "mtime": status.st_mtime_ns})
    memory = cache_folder("hashes") / stamp
    if memory.is_file():
        return memory.read_text()
    digest = source_sha256(file)
    write_atomically(memory, digest.encode())
    return digest

"""What a finished run leaves for prediction, and how it is read: from its folder alone, without its data."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rnnbench.catalog import registry
from rnnbench.catalog.files import write_atomically
from rnnbench.contracts import DataError, Job, TaskInfo, Tokenizer, UsageError, Vocabulary
from rnnbench.networks import Network
from rnnbench.pipeline.arrays import Data
from rnnbench.pipeline.blame import blaming_plugins
from rnnbench.pipeline.build import build_network
from rnnbench.pipeline.predictor import Predictor
from rnnbench.pipeline.splits import json_hash

FILES = ("job.json", "tokenizers.json", "network.json", "weights.pt")
"""What a run leaves for prediction; the last is written last, and its presence says that the run is finished."""


def write_predictor(job: Job, data: Data, network: Network) -> None:
    """Write the files that `load` reads into the job's folder."""
    embedding = network.inputs.embedding
    states = {"tokenizer": data.tokenizer.state()}
    if data.target_tokenizer is not data.tokenizer:
        states["target_tokenizer"] = data.target_tokenizer.state()
    saved = io.BytesIO()
    torch.save({name: tensor.cpu() for name, tensor in network.state_dict().items()}, saved)
    weights = saved.getvalue()
    facts = {
        "info": dataclasses.asdict(data.info),
        "vocabulary": dataclasses.asdict(data.vocabulary),
        "dimension": 0 if embedding is None else embedding.embedding_dim,
        "tokenizers_sha256": json_hash(states),
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
    }
    contents = (_json(job.as_json()), _json(states), _json(facts), weights)
    for name, content in zip(FILES, contents, strict=True):
        write_atomically(job.directory / name, content)


def load(run: str | Path) -> Predictor:
    """Return the predictor of a finished run's folder.

    Raises `UsageError` if it is not one, `DataError` if one of its files is corrupt or belongs to another run.
    """
    folder = Path(run)
    for name in FILES:
        if not (folder / name).is_file():
            raise UsageError(f"{folder} is no finished run: it has no {name}. Name a run's folder whose status is ok.")
    try:
        documents = [json.loads((folder / name).read_text(encoding="utf-8")) for name in FILES[:-1]]
        content = (folder / FILES[-1]).read_bytes()
        job = Job.from_json(documents[0])
        info, vocabulary = TaskInfo(**_tuples(documents[2]["info"])), _vocabulary(documents[2]["vocabulary"])
    except Exception as error:
        raise DataError(f"the run {folder} cannot be read ({error}); run it again with force=true.") from error
    # Runs of an earlier version have no hash.
    if documents[2].get("tokenizers_sha256") not in (None, json_hash(documents[1])):
        raise DataError(
            f"{folder / FILES[1]} has the vocabulary of another run, not the one that this run's network was trained "
            "with; bring its own back, or run it again with force=true."
        )
    weights = _weights(folder / FILES[-1], content)
    changed = f"the run {folder} does not fit its plugins, which have changed since; run it again with force=true."
    try:
        with blaming_plugins(job):
            tokenizers = _tokenizers(job, documents[1])
            network = build_network(job, info, vocabulary, tokenizers[-1], documents[2]["dimension"])
    except (TypeError, RuntimeError) as error:
        # Other parameters.
        raise DataError(changed) from error
    difference = _difference(network.state_dict(), weights)
    noted = documents[2].get("weights_sha256")
    own = noted == hashlib.sha256(content).hexdigest()
    if own and difference:
        raise DataError(changed)
    # Runs of an earlier version have no hash.
    if difference or not (own or noted is None):
        raise DataError(
            f"{folder / FILES[-1]} has {difference or 'other weights than those that this run ended with'}; bring the "
            "run's own back or, if a plugin has changed since, run it again with force=true."
        )
    network.load_state_dict(weights)
    return Predictor(job, info, vocabulary, tokenizers, network)


def _weights(file: Path, content: bytes) -> dict[str, Tensor]:
    """Return a network's weights from their file's content; raises `DataError` if it is damaged."""
    try:
        weights: dict[str, Tensor] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        if not all(isinstance(tensor, Tensor) for tensor in weights.values()):
            raise TypeError("a weight that is no tensor")
    except Exception as error:
        raise DataError(
            f"{file} is damaged: it has {len(content):,} bytes, and no weights can be read from them; bring the run's "
            "own back, or run it again with force=true."
        ) from error
    return weights


def _difference(network: dict[str, Tensor], found: dict[str, Tensor]) -> str:
    """Return a clause with the first name under which a network has another shape, or an empty string."""
    for name in (*network, *found):
        here, wanted = (str(tuple(weights[name].shape)) if name in weights else "" for weights in (found, network))
        if here != wanted:
            return (
                f"weights of other shapes than this run's network: {name} is {here or 'missing'}, and should be "
                f"{wanted or 'left out'}"
            )
    return ""


def _tokenizers(job: Job, states: dict[str, Any]) -> list[Tokenizer]:
    choices = {"tokenizer": job.tokenizer, "target_tokenizer": job.parts.get("target_tokenizer")}
    found = []
    for name, choice in choices.items():
        if choice is not None:
            tokenizer: Tokenizer = registry.build("tokenizer", choice.name, choice.params)
            tokenizer.restore(states[name])
            found.append(tokenizer)
    return found


def _json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False).encode()


def _vocabulary(fields: dict[str, Any]) -> Vocabulary:
    target = fields.pop("target")
    return Vocabulary(**_tuples(fields), target=None if target is None else _vocabulary(target))


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}

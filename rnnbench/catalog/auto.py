"""`auto`: what a data set chooses for a run that does not choose itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import Field, fields, is_dataclass
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from rnnbench.catalog.describe import describe
from rnnbench.catalog.registry import build, find
from rnnbench.contracts import PARTS, TARGETS, RnnbenchError, Settings, TaskInfo

AUTO = ("tokenizer", "head")
"""Kinds whose choice `auto` is left to the data set."""

_PLACES = {"tokenizer": "tokenizer", "target_tokenizer": "tokenizer@target_tokenizer"}
"""Fields of `TaskInfo` that name a natural tokenizer, and the word that chooses one."""

_NONE = {f"{kind}@{place}=null": f"~{kind}@{place}" for place, kind in PARTS.items()}
"""Hydra's word for a further plugin that is not wanted, for ours."""


def resolved(words: Sequence[str]) -> list[str]:
    """Return the words of one run as Hydra takes them, with the tokenizers that its data set's parameters ask for.

    `tokenizer=auto` and `head=auto` are dropped: to leave a choice to the data set is to say nothing. What the data
    set's class declares is found by composition. But the languages of what is written are parameters, and where one
    puts no spaces between words another tokenizer is natural. An experiment's choice stands. Hydra is to be initialised
    before.
    """
    words = [_for_hydra(word) for word in words if word not in {f"{kind}=auto" for kind in AUTO}]
    overrides = [OverridesParser.create().parse_override(word) for word in words]
    keys = {override.key_or_group + (f"@{override.package}" if override.package else "") for override in overrides}
    names = [str(override.value()) for override in overrides if override.key_or_group == "dataset"]
    if not names or "experiment" in keys:
        return words
    usual, natural = _declared(names[-1], words)
    return [
        *words,
        *(
            f"{word}={natural[place]}"
            for place, word in _PLACES.items()
            if natural[place] != usual[place] and not any(key == word or key.startswith(f"{place}.") for key in keys)
        ),
    ]


def _for_hydra(word: str) -> str:
    """Return a word in Hydra's grammar: with ++ where it may name what is not there yet."""
    # Tables that take whatever keys one gives them, such as an optimizer's options.
    tables = (key for key, entry in setting_fields(Settings) if entry.default_factory is dict)
    opens = any(word.startswith((f"{table}.", f"{table}=")) for table in tables)
    return f"++{word}" if opens else _NONE.get(word, word)


def setting_fields(settings: Any, prefix: str = "") -> Iterator[tuple[str, Field[Any]]]:
    """Yield the key of every setting, as on the command line, and its field."""
    for entry in fields(settings):
        factory: Any = entry.default_factory
        if is_dataclass(factory):
            yield from setting_fields(factory, f"{prefix}{entry.name}.")
        else:
            yield f"{prefix}{entry.name}", entry


def _declared(name: str, words: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the natural tokenizers that the data set's class declares, and those of its parameters."""
    from hydra import compose

    try:
        usual = describe([find("dataset", name)])[0]["facts"]
        if TARGETS[usual["task"]] != "target":
            return usual, usual
        node = compose("config", overrides=list(words)).dataset
        if OmegaConf.missing_keys(node):
            return usual, usual
        info: TaskInfo = build("dataset", node.name, _parameters(node)).info
    except RnnbenchError:
        # A mistake in the words, which is told when the job is made of them.
        usual = dict.fromkeys(_PLACES, "")
        return usual, usual
    return usual, {place: getattr(info, place) for place in _PLACES}


def _parameters(node: DictConfig) -> dict[str, Any]:
    values: Any = OmegaConf.to_container(node, resolve=True, enum_to_str=True)
    return {str(key): value for key, value in values.items() if key != "name"}

"""Check the words of a command line before Hydra sees them: every problem at once, with near matches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from rnnbench.catalog.auto import AUTO, setting_fields
from rnnbench.catalog.describe import inspect_plugins
from rnnbench.catalog.registry import find, misplaced, plugins
from rnnbench.contracts import KINDS, PARTS, RnnbenchError, Settings, UsageError, near_matches


def check_words(words: Sequence[str], *, sweep: bool) -> None:
    """Raise `UsageError` with one line for every word that cannot be meant as it stands.

    Words that belong to Hydra (hydra.*, +, ++, ~) are left to it, and glob(...) to the sweep. Hydra is to be
    initialised before.
    """
    problems: list[str] = []
    overrides = []
    for word in words:
        try:
            overrides.append(_parse(word))
        except UsageError as error:
            problems.append(str(error))
    own = [override for override in overrides if not _is_hydras(override)]
    _describe_chosen(own)
    problems += [problem for override in own for problem in _group_problems(override)]
    problems += [problem for override in own for problem in _value_problems(override, own)]
    if not sweep:
        problems += [
            f"{override.input_line}: several values make a sweep; add -m to run one after the other."
            for override in own
            if override.is_sweep_override()
        ]
    if problems:
        raise UsageError("\n".join(dict.fromkeys(problems)))


def _describe_chosen(overrides: list[Override]) -> None:
    """Describe all plugins that are chosen by name in one go: each child process pays for its imports once."""
    chosen = [
        owners[0]
        for override in overrides
        if override.key_or_group in KINDS
        for value in _values(override)
        if len(owners := plugins(override.key_or_group).get(str(value), [])) == 1
    ]
    inspect_plugins(chosen)


def _parse(word: str) -> Override:
    if "=" not in word and not word.startswith("~"):
        raise UsageError(f"{word}: expected key=value, e.g. cell=lstm or model.hidden_size=256.")
    try:
        return OverridesParser.create().parse_override(word)
    except HydraException as error:
        raise UsageError(
            f"{word}: cannot be read ({str(error).partition(chr(10))[0]}); quote values with spaces."
        ) from None


def _is_hydras(override: Override) -> bool:
    key = override.key_or_group
    return key.startswith(("hydra.", "hydra/")) or override.is_add() or override.is_delete()


def _groups() -> list[str]:
    return [*KINDS, "experiment"]


def _options(group: str) -> list[str]:
    names = GlobalHydra.instance().config_loader().get_group_options(group)
    return [name for name in names if name != "__init__"]


def _values(override: Override) -> Iterator[Any]:
    """Yield the values that an override stands for, one unless it sweeps."""
    if not override.is_sweep_override():
        yield override.value()
    elif override.is_discrete_sweep() and not isinstance(override.value(), Glob):
        yield from override.sweep_iterator()


def _group_problems(override: Override) -> Iterator[str]:
    group = override.key_or_group
    if group not in _groups():
        return
    options = _options(group)
    for value in _values(override):
        if (value == "auto" and group in AUTO) or (value is None and override.package in PARTS):
            continue
        if str(value) not in options:
            yield (
                f"{group}={value}: there is no {group} of that name.{near_matches(str(value), options)}"
                f"{misplaced(group, str(value)) if group in KINDS else ''} The {group}s are: {', '.join(options)}."
            )
        elif group in KINDS and len(plugins(group).get(str(value), ())) > 1:
            try:
                find(group, str(value))
            except RnnbenchError as error:
                yield str(error)


def _value_problems(override: Override, all_overrides: list[Override]) -> Iterator[str]:
    key = override.key_or_group
    if key in _groups():
        return
    root, _, rest = key.partition(".")
    if root in KINDS and rest:
        for words in _compositions(root, all_overrides):
            yield from _node_problems(override, words)
        return
    if key in PARTS:
        yield f"{override.input_line}: a plugin is chosen by its kind; write {PARTS[key]}@{override.input_line}."
        return
    if any(key.startswith(f"{place}.") for place in PARTS):
        return
    known = [name for name, _ in setting_fields(Settings)]
    if not any(key == name or key.startswith(f"{name}.") for name in known):
        near = near_matches(key, [*known, *KINDS])
        yield f"{override.input_line}: there is no setting {key}.{near} See rnnbench run --cfg."
        return
    node = OmegaConf.structured(Settings)
    yield from _type_problems(override, node)


def _compositions(kind: str, overrides: list[Override]) -> list[list[str]]:
    """Return the group choices that decide which plugin of this kind a key belongs to."""
    experiments = [[f"experiment={name}"] for name in _chosen("experiment", overrides)] or [[]]
    for group in (kind, "dataset"):
        names = _chosen(group, overrides)
        if names:
            return [[*experiment, f"{group}={name}"] for experiment in experiments for name in names]
    return experiments


def _chosen(group: str, overrides: list[Override]) -> list[str]:
    """Return the options of a group that are chosen by name for its own place, but for those that do not exist."""
    options = set(_options(group))
    own = [override for override in overrides if override.key_or_group == group and not override.package]
    values = [str(value) for override in own for value in _values(override)]
    return [value for value in values if value in options]


def _node_problems(override: Override, words: list[str]) -> Iterator[str]:
    from hydra import compose

    key = override.key_or_group
    kind, _, parameter = key.partition(".")
    try:
        node = compose("config", overrides=words)[kind]
    except HydraException as error:
        cause = error.__cause__
        yield str(cause if isinstance(cause, RnnbenchError) else error)
        return
    known = [str(name) for name in node if name != "name"]
    if parameter.partition(".")[0] not in known:
        has = f"its parameters are: {', '.join(known)}" if known else "it has no parameters"
        near = near_matches(parameter, known)
        yield f"{override.input_line}: {kind} {node.name} has no parameter {parameter}.{near} ({has})"
        return
    yield from _type_problems(override, OmegaConf.create({kind: node}))


def _type_problems(override: Override, node: DictConfig) -> Iterator[str]:
    key = override.key_or_group
    for value in _values(override):
        try:
            OmegaConf.update(node, key, value, merge=False)
        except OmegaConfBaseException as error:
            yield f"{key}={value}: {str(error).partition(chr(10))[0]}."

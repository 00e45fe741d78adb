"""The Hydra side of the catalogue: every registered plugin is a config of its group, typed by its signature."""

from __future__ import annotations

import functools
from dataclasses import field, make_dataclass
from enum import Enum
from typing import Any, Optional

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigLoadError, ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import MISSING, OmegaConf

from rnnbench.catalog.describe import Description, describe
from rnnbench.catalog.registry import find, names
from rnnbench.contracts import KINDS, PARTS, Settings

_TYPES: dict[str, Any] = {
    "int": int,
    "float": float,
    "bool": bool,
    "str": str,
    "list[int]": list[int],
    "list[float]": list[float],
    "list[str]": list[str],
    "dict": dict[str, Any],
}


def _schema() -> Any:
    """Return the schema of a composed run: the settings, and a place for each plugin's own typed node."""
    plugins: list[Any] = [(kind, Any, field(default=MISSING)) for kind in KINDS]
    holders: dict[str, list[Any]] = {}
    for place in PARTS:
        holder, _, name = place.rpartition(".")
        holders.setdefault(holder, []).append((name, Any, field(default=None)))
    plugins += holders.pop("")
    for holder, names_held in holders.items():
        kind = make_dataclass(holder.capitalize(), names_held)
        plugins.append((holder, kind, field(default_factory=kind)))
    return OmegaConf.structured(make_dataclass("Run", plugins, bases=(Settings,)))


def node_of(kind: str, name: str, description: Description, defaults: list[Any] | None = None) -> Any:
    """Return a plugin's typed config node: `name`, then its parameters with their defaults.

    `defaults` is the node's own Hydra defaults list, which Hydra takes out again when it composes.
    """
    fields: list[Any] = [("name", str, field(default=name))]
    if defaults:
        fields.append(("defaults", list[Any], field(default_factory=lambda: list(defaults))))
    for parameter in description["parameters"]:
        fields.append((parameter["name"], _annotation(parameter), field(default_factory=_default(parameter))))
    return OmegaConf.structured(make_dataclass(f"{kind}_{name}", fields))


def _annotation(parameter: dict[str, Any]) -> Any:
    choices = tuple(parameter["choices"])
    kind = _choices(parameter["name"], choices) if parameter["type"] == "choice" else _TYPES[parameter["type"]]
    return Optional[kind] if parameter["optional"] else kind  # noqa: UP045  (a runtime value, not an annotation)


@functools.cache
def _choices(name: str, words: tuple[str, ...]) -> type[Enum]:
    """Return the Enum that stands for a Literal, which OmegaConf does not know."""
    return Enum(name, {word: word for word in words})  # type: ignore[return-value]


def _default(parameter: dict[str, Any]) -> Any:
    if parameter["required"]:
        return lambda: MISSING
    value = parameter["default"]
    if parameter["type"] == "choice" and value is not None:
        return lambda: _choices(parameter["name"], tuple(parameter["choices"]))[value]
    return lambda: value


class RegistrySource(ConfigSource):
    """Serves `rnnbench://`: the settings' schema, and one config per registered plugin.

    Groups are listed from names alone; only the plugin that is asked for is described. A data set's config also carries
    its natural tokenizers and its task, so that `auto` is resolved by composition.
    """

    @staticmethod
    def scheme() -> str:
        """Return the scheme of the search path that this source answers to."""
        return "rnnbench"

    def load_config(self, config_path: str) -> ConfigResult:
        """Return the config at "settings" or "<kind>/<name>"."""
        path = config_path.removesuffix(".yaml")
        if path == "settings":
            config = _schema()
        elif self.is_config(path):
            config = self._plugin_config(*path.split("/"))
        else:
            raise ConfigLoadError(f"rnnbench has no config {path}")
        return ConfigResult(provider=self.provider, path=self.full_path(), config=config, header={"package": None})

    def _plugin_config(self, kind: str, name: str) -> Any:
        description = describe([find(kind, name)])[0]
        if kind != "dataset":
            return node_of(kind, name, description)
        facts = description["facts"]
        bridge = [
            {"/task@_global_": facts["task"]},
            "_self_",
            {"override /tokenizer@_global_.tokenizer": facts["tokenizer"]},
        ]
        if facts["target_tokenizer"]:
            bridge.append({"override /tokenizer@_global_.target_tokenizer": facts["target_tokenizer"]})
        return node_of(kind, name, description, defaults=bridge)

    def available(self) -> bool:
        """Return True: the registry is always there."""
        return True

    def is_group(self, config_path: str) -> bool:
        """Return whether the path is the root or a plugin kind."""
        return config_path.strip("/") in ("", *KINDS)

    def is_config(self, config_path: str) -> bool:
        """Return whether the path names the schema or a registered plugin."""
        path = config_path.removesuffix(".yaml").strip("/")
        kind, _, name = path.partition("/")
        return path == "settings" or (kind in KINDS and name in names(kind))

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """Return what a group holds, sorted."""
        path = config_path.strip("/")
        if path == "":
            groups = [] if results_filter == ObjectType.CONFIG else list(KINDS)
            return sorted(groups if results_filter == ObjectType.GROUP else [*groups, "settings"])
        return names(path) if path in KINDS and results_filter != ObjectType.GROUP else []


class RegistrySearchPath(SearchPathPlugin):
    """Puts the registry behind rnnbench's own YAML files in Hydra's search path."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Append the registry's source."""
        search_path.append("rnnbench", f"{RegistrySource.scheme()}://registry")


def register() -> None:
    """Make Hydra know the registry; to be called before Hydra composes anything."""
    hydra_plugins = Plugins.instance()
    hydra_plugins.register(RegistrySource)
    hydra_plugins.register(RegistrySearchPath)

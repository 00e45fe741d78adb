"""The registry: which plugins exist and where each comes from, told without importing any of them."""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnnbench.contracts import KINDS, PluginError, UsageError, near_matches


@dataclass(frozen=True)
class Plugin:
    """A registered plugin.

    `target` is "module:Class" for an entry point, and "path/stem.py" for a file in a plugin folder; `origin` names
    the distribution with its version, or the folder.
    """

    kind: str
    name: str
    target: str
    origin: str
    version: str = ""

    @property
    def file(self) -> Path | None:
        """The source file, found without importing it; None if it cannot be found."""
        if self.target.endswith(".py"):
            return Path(self.target)
        return _locate(self.target.partition(":")[0])

    @property
    def docstring(self) -> str:
        """The plugin's class docstring, read from its source; empty if there is none."""
        node = self._class_node()
        return (ast.get_docstring(node) or "") if node else ""

    @property
    def summary(self) -> str:
        """The docstring's first line."""
        return self.docstring.partition("\n")[0]

    @property
    def problem(self) -> str:
        """What a look at the source shows to be wrong, or an empty string; nothing is imported."""
        if self.file is None:
            return f"module {self.target.partition(':')[0]} is not installed"
        try:
            found = self._class_node()
        except (OSError, SyntaxError, ValueError) as error:
            return f"{self.file}: {error}"
        if found is None and self.target.endswith(".py"):
            return self._classless()
        return ""

    def load(self) -> type:
        """Import the plugin and return its class; raises `PluginError` if it cannot be imported."""
        try:
            return self._load_file() if self.target.endswith(".py") else self._load_entry()
        except PluginError:
            raise
        except Exception as error:
            raise PluginError(
                f"{self.kind} {self.name} ({self.origin}) cannot be imported: {type(error).__name__}: {error}"
            ) from error

    def _load_entry(self) -> type:
        module, _, attribute = self.target.partition(":")
        found: Any = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
        if not isinstance(found, type):
            raise PluginError(f"{self.kind} {self.name} ({self.origin}): {self.target} is not a class")
        return found

    def _load_file(self) -> type:
        path = Path(self.target)
        # One module name a file, so that pickle and inspect find the class again.
        module_name = f"rnnbench_folder_{self.kind}_{path.stem}"
        module = sys.modules.get(module_name)
        if module is None or getattr(module, "__file__", None) != str(path):
            spec = importlib.util.spec_from_file_location(module_name, path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[module_name] = module
            try:
                spec.loader.exec_module(module)
            except BaseException:
                del sys.modules[module_name]
                raise
        for attribute, value in vars(module).items():
            if _same_name(attribute, path.stem) and isinstance(value, type):
                found: type = value
                return found
        raise PluginError(self._classless())

    def _classless(self) -> str:
        """Return what is said of a file without the plugin's class."""
        path = Path(self.target)
        body = ast.parse(path.read_text(encoding="utf-8")).body
        found = ", ".join(node.name for node in body if isinstance(node, ast.ClassDef)) or "none"
        wanted = "".join(part[:1].upper() + part[1:] for part in path.stem.split("_"))
        return (
            f"{path} defines no class named like the file: expected {wanted} (capitals do not matter), found {found}; "
            "rename the class or the file"
        )

    def _class_node(self) -> ast.ClassDef | None:
        file = self.file
        if file is None or not file.is_file():
            return None
        wanted = self.target.partition(":")[2] or Path(self.target).stem
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and _same_name(node.name, wanted):
                return node
        return None


def _same_name(identifier: str, stem: str) -> bool:
    return identifier.replace("_", "").lower() == stem.replace("_", "").lower()


def _locate(module: str) -> Path | None:
    """Return a module's file. Only packages that are imported already are asked; others are walked on disk."""
    parts = module.split(".")
    if parts[0] == "rnnbench":
        spec = importlib.util.find_spec(module)
        return Path(spec.origin) if spec and spec.origin else None
    spec = importlib.util.find_spec(parts[0])
    if spec is None:
        return None
    if len(parts) == 1:
        return Path(spec.origin) if spec.origin else None
    for base in spec.submodule_search_locations or ():
        path = Path(base, *parts[1:])
        for candidate in (path.with_suffix(".py"), path / "__init__.py"):
            if candidate.is_file():
                return candidate
    return None


def plugin_folders() -> list[Path]:
    """Return the folders named by RNNBENCH_PLUGINS; raises `UsageError` for one that is not there."""
    folders = [
        Path(word).expanduser().absolute() for word in os.environ.get("RNNBENCH_PLUGINS", "").split(os.pathsep) if word
    ]
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(
                f"RNNBENCH_PLUGINS names {folder}, which is not a folder; create it or correct the variable."
            )
        if not any((folder / f"{kind}s").is_dir() for kind in KINDS):
            raise UsageError(
                f"RNNBENCH_PLUGINS names {folder}, which has none of the folders {', '.join(f'{k}s/' for k in KINDS)}; "
                "put a cell into cells/, a dataset into datasets/, and so on."
            )
    return folders


def _entry_points(kind: str) -> Iterable[Plugin]:
    for entry in importlib.metadata.entry_points(group=f"rnnbench.{kind}"):
        distribution = entry.dist
        name, version = (distribution.name, distribution.version) if distribution else ("unknown distribution", "")
        yield Plugin(kind, entry.name, entry.value.replace(" ", ""), f"{name} {version}".strip(), version)


def _files(kind: str, folders: Iterable[Path]) -> Iterable[Plugin]:
    for folder in folders:
        for path in sorted((folder / f"{kind}s").glob("*.py")):
            if not path.stem.startswith("_"):
                yield Plugin(kind, path.stem, str(path), str(folder))


@functools.lru_cache(maxsize=8)
def _registered(folders: tuple[Path, ...]) -> dict[str, dict[str, list[Plugin]]]:
    table: dict[str, dict[str, list[Plugin]]] = {}
    for kind in KINDS:
        names = table.setdefault(kind, {})
        for plugin in (*_entry_points(kind), *_files(kind, folders)):
            owners = names.setdefault(plugin.name, [])
            # An editable install can be listed twice with the same content.
            if plugin not in owners:
                owners.append(plugin)
    return table


def plugins(kind: str) -> dict[str, list[Plugin]]:
    """Return every registered name of a kind, sorted, with all who claim it."""
    return dict(sorted(_registered(tuple(plugin_folders()))[kind].items()))


def names(kind: str) -> list[str]:
    """Return the registered names of a kind, sorted."""
    return list(plugins(kind))


def find(kind: str, name: str) -> Plugin:
    """Return the plugin of that name; raises `UsageError` if none or more than one claims it."""
    table = plugins(kind)
    if name not in table:
        raise UsageError(
            f"{kind}={name}: there is no {kind} of that name.{near_matches(name, table)}"
            f"{misplaced(kind, name)} The {kind}s are: {', '.join(table)}."
        )
    owners = table[name]
    if len(owners) > 1:
        claims = " and ".join(f"{owner.origin} ({owner.target})" for owner in owners)
        raise UsageError(f"{kind}={name} is claimed by {claims}; rename or remove one of them.")
    return owners[0]


def misplaced(kind: str, name: str) -> str:
    """Return a sentence on a plugin's file that stands beside its kind's folder, or an empty string."""
    files = (folder / f"{name}.py" for folder in plugin_folders())
    found = next((path for path in files if path.is_file()), None)
    return f" {found} has to stand in {found.parent / f'{kind}s'}." if found else ""


def build(kind: str, name: str, params: dict[str, Any], **injected: Any) -> Any:
    """Construct a plugin from its parameters, with those of the injected values that its constructor names.

    Raises `UsageError` for a parameter with a word that its declaration as a Literal does not have.
    """
    import inspect

    from rnnbench.catalog.signature import check_choices

    target = find(kind, name).load()
    check_choices(kind, target, params)
    accepted = inspect.signature(target).parameters
    given = {key: value for key, value in injected.items() if key in accepted}
    return target(**given, **params)

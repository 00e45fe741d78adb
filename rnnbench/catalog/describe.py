"""Describe plugins: import each in a child process and report what the catalogue needs to know, as JSON.

The child keeps torch, and whatever a plugin does on import, out of the command's own process. Descriptions are cached
on disk and hold as long as the sources that they came from do.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rnnbench.catalog.files import cache_folder, write_atomically
from rnnbench.catalog.registry import Plugin, find
from rnnbench.catalog.signature import parameters_of
from rnnbench.contracts import PluginError, TaskInfo
from rnnbench.version import __version__

Description = dict[str, Any]
"""`parameters` as of `parameters_of`, `facts` the class attributes that decide what can be combined, and `sources`, the
files that the class and its bases were read from, with their hashes."""

_known: dict[Plugin, Description] = {}
_MARK = "rnnbench-descriptions:"
_FORMAT = 4
"""Of a description; another one leaves the cached ones unread."""


def describe(plugins: Sequence[Plugin]) -> list[Description]:
    """Return the plugins' descriptions; raises `PluginError` with the sentence of the first that is broken."""
    results = inspect_plugins(plugins)
    for plugin, result in zip(plugins, results, strict=True):
        if "error" in result:
            raise PluginError(f"{plugin.kind} {plugin.name} ({plugin.origin}) is broken: {result['error']}")
    return results


def inspect_plugins(plugins: Sequence[Plugin]) -> list[Description]:
    """Return a description for each plugin, `{"error": sentence}` for a broken one."""
    missing = [plugin for plugin in plugins if plugin not in _known and not _recall(plugin)]
    found = dict(zip(missing, _ask_child(missing), strict=True)) if missing else {}
    for plugin, result in found.items():
        if "error" not in result:
            _known[plugin] = result
            write_atomically(_cache_file(plugin), json.dumps(result, sort_keys=True).encode())
    return [_known.get(plugin) or found[plugin] for plugin in plugins]


def _cache_file(plugin: Plugin) -> Path:
    # The file, too: two checkouts of one version have one cache.
    identity = f"{_FORMAT} {plugin.target} {plugin.file} {plugin.origin} {__version__} {sys.version_info[:2]}"
    return cache_folder("descriptions") / (
        f"{plugin.kind}-{plugin.name}-{hashlib.sha256(identity.encode()).hexdigest()[:16]}.json"
    )


def _recall(plugin: Plugin) -> bool:
    """Take up the cached description if every source it came from is unchanged."""
    try:
        result = json.loads(_cache_file(plugin).read_bytes())
        fresh = all(_sha256(Path(path)) == digest for path, digest in result["sources"].items())
    except (OSError, ValueError, KeyError):
        # A description is derived data: when it cannot be read it is simply made again.
        return False
    if fresh:
        _known[plugin] = result
    return fresh


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _ask_child(plugins: Sequence[Plugin]) -> list[Description]:
    request = json.dumps([[plugin.kind, plugin.name] for plugin in plugins])
    command = [sys.executable, "-m", "rnnbench.catalog.describe"]
    done = subprocess.run(command, input=request, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        if line.startswith(_MARK):
            answer: list[Description] = json.loads(line[len(_MARK) :])
            return answer
    if len(plugins) > 1:
        # One of them took the process down; ask one by one to know which.
        return [_ask_child([plugin])[0] for plugin in plugins]
    last = done.stderr.strip().splitlines()[-1:] or ["no message"]
    return [{"error": f"importing it ended the process with exit code {done.returncode}: {last[0]}"}]


def _describe_here(kind: str, name: str) -> Description:
    plugin = find(kind, name)
    try:
        target = plugin.load()
        return {"parameters": parameters_of(target), "facts": _facts(kind, target), "sources": _sources(target)}
    except PluginError as error:
        return {"error": _first_line(error.__cause__ or error)}
    except Exception as error:
        return {"error": _first_line(error)}


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0]


def _facts(kind: str, target: Any) -> dict[str, Any]:
    if kind == "dataset":
        info = getattr(target, "info", None)
        if not isinstance(info, TaskInfo):
            raise TypeError(f"{target.__qualname__}.info must be a TaskInfo, a class attribute")
        return {
            "task": info.task,
            "modality": info.modality,
            "tokenizer": info.tokenizer,
            "target_tokenizer": info.target_tokenizer,
            "layout": info.layout,
            "offline": bool(target.offline),
        }
    if kind == "cell":
        return {"causal": bool(target.causal), "steppable": bool(target.steppable)}
    if kind == "head":
        return {
            "accepts": sorted(target.accepts),
            "parts": sorted(getattr(target, "parts", ())),
            "needs_causal": bool(getattr(target, "needs_causal", False)),
            "clashes": [[dict(values), why] for values, why in getattr(target, "clashes", ())],
        }
    return {}


def _sources(target: type) -> dict[str, str]:
    """Return path and hash of the files that define the class and its bases, but for the libraries' own."""
    modules = [inspect.getmodule(base) for base in target.__mro__]
    files = {Path(file) for module in modules if (file := getattr(module, "__file__", None))}
    return {str(file): _sha256(file) for file in sorted(files) if not {"torch", "abc.py"} & set(file.parts)}


def _main(lines: Iterable[str]) -> None:
    asked = json.loads("".join(lines))
    print(_MARK + json.dumps([_describe_here(kind, name) for kind, name in asked]))


if __name__ == "__main__":
    _main(sys.stdin)

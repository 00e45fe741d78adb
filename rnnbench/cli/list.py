"""`rnnbench list`: the plugins there are."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable

from rnnbench.catalog.registry import Plugin, plugins
from rnnbench.contracts import KINDS, UsageError, near_matches


def main(words: Sequence[str]) -> int:
    """List plugins by kind, or describe one; with --check import each in a child process.

    The exit code is 1 if one is broken.
    """
    parser = argparse.ArgumentParser("rnnbench list", description="The registered plugins, with their origin.")
    parser.add_argument("kind", nargs="?", help=f"one of {', '.join(KINDS)}; all kinds without it")
    parser.add_argument("name", nargs="?", help="one of the kind: its description, parameters and source")
    parser.add_argument(
        "--check", action="store_true", help="import each plugin in a child process, to see if it works"
    )
    arguments = parser.parse_intermixed_args(words)
    if arguments.name:
        return _describe(_kind(arguments.kind), arguments.name)
    kinds = [_kind(arguments.kind)] if arguments.kind else list(KINDS)
    broken = 0
    for kind in kinds:
        rows = [(owner, _problem(owners, owner)) for owners in plugins(kind).values() for owner in owners]
        if arguments.check:
            rows = _checked(rows)
        lines = [
            (plugin.name, f"broken: {problem}" if problem else plugin.summary, plugin.origin)
            for plugin, problem in rows
        ]
        lines += [(name, summary, "preset") for name, summary in _presets(kind)]
        _print_kind(kind, lines)
        broken += sum(bool(problem) for _, problem in rows)
    return 1 if broken else 0


def _describe(kind: str, name: str) -> int:
    from rnnbench.cli.description import described

    owners, presets = plugins(kind).get(name, []), _preset_files(kind)
    if not owners and name not in presets:
        near = near_matches(name, [*plugins(kind), *presets])
        raise UsageError(f"list {kind}s {name}: there is no {kind} of that name.{near} See rnnbench list {kind}s.")
    if not owners:
        print(f"{kind} {name}  [preset]\n\n{presets[name].read_text(encoding='utf-8')}", end="")
        return 0
    rows = _checked([(owner, _problem(owners, owner)) for owner in owners])
    print("\n\n".join(described(plugin, problem) for plugin, problem in rows))
    return 1 if any(problem for _, problem in rows) else 0


def _print_kind(kind: str, lines: list[tuple[str, str, str]]) -> None:
    width = max((len(name) for name, _, _ in lines), default=0)
    print(f"{kind}s")
    for name, said, origin in lines:
        print(f"  {name:<{width}}  {said}  [{origin}]")


def _presets(kind: str) -> list[tuple[str, str]]:
    """Return name and first comment of the YAML presets that stand beside the plugins."""
    files = _preset_files(kind)
    return [(name, file.read_text().partition("\n")[0].lstrip("# ")) for name, file in files.items()]


def _preset_files(kind: str) -> dict[str, Traversable]:
    """Return the YAML presets by their names, in order."""
    folder = resources.files("rnnbench.conf").joinpath(kind)
    if not folder.is_dir():
        return {}
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return {file.name.removesuffix(".yaml"): file for file in files}


def _kind(word: str) -> str:
    for kind in KINDS:
        if word in (kind, f"{kind}s"):
            return kind
    near = near_matches(word, [f"{kind}s" for kind in KINDS])
    raise UsageError(f"list {word}: there is no such kind of plugin.{near} The kinds are: {', '.join(KINDS)}.")


def _problem(owners: list[Plugin], plugin: Plugin) -> str:
    if len(owners) > 1:
        others = " and ".join(other.origin for other in owners if other is not plugin)
        return f"the name is claimed by {others} too; rename or remove one of them"
    return plugin.problem


def _checked(rows: list[tuple[Plugin, str]]) -> list[tuple[Plugin, str]]:
    from rnnbench.catalog.describe import inspect_plugins

    sound = [plugin for plugin, problem in rows if not problem]
    found = {plugin: result.get("error", "") for plugin, result in zip(sound, inspect_plugins(sound), strict=True)}
    return [(plugin, problem or found[plugin]) for plugin, problem in rows]

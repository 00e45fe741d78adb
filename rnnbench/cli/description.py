"""What is said of one plugin: its own description, its parameters and where it comes from."""

from __future__ import annotations

import json
from typing import Any

from rnnbench.catalog.describe import describe
from rnnbench.catalog.registry import Plugin


def described(plugin: Plugin, problem: str) -> str:
    """Return the plugin's description, in which its problem stands for what a broken plugin cannot say."""
    if problem:
        own = [f"broken: {problem}"]
    else:
        own = [plugin.docstring, _parameters(plugin.kind, describe([plugin])[0]["parameters"])]
    parts = [f"{plugin.kind} {plugin.name}  [{plugin.origin}]", *own, f"source: {plugin.file}"]
    return "\n\n".join(part for part in parts if part)


def _parameters(kind: str, parameters: list[dict[str, Any]]) -> str:
    if not parameters:
        return "It has no parameters."
    rows = [(f"{kind}.{each['name']}={_default(each)}", _type(each)) for each in parameters]
    width = max(len(word) for word, _ in rows)
    return "\n".join(["parameters, with their defaults:", *(f"  {word:<{width}}  {what}" for word, what in rows)])


def _default(parameter: dict[str, Any]) -> str:
    """Return a default as the command line takes it; "…" for what has to be given."""
    default = parameter["default"]
    if parameter["required"]:
        return "…"
    return default if isinstance(default, str) and default else json.dumps(default, ensure_ascii=False)


def _type(parameter: dict[str, Any]) -> str:
    names = parameter["choices"] or [parameter["type"]]
    required = "; has to be given" if parameter["required"] else ""
    return " | ".join([*names, *(["null"] if parameter["optional"] else [])]) + required

"""`rnnbench new`: write a plugin to start from, with a test that passes at once."""

from __future__ import annotations

import argparse
import keyword
import string
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from rnnbench.catalog.files import make_folder
from rnnbench.catalog.registry import names
from rnnbench.contracts import KINDS, UsageError


def main(words: Sequence[str]) -> int:
    """Write a pip package, or with --file a single file for a plugin folder."""
    parser = argparse.ArgumentParser("rnnbench new", description="Write a plugin to start from.")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("name", help="what it will be called on the command line, e.g. mgu")
    parser.add_argument("--file", action="store_true", help="a single file in a plugin folder, not a pip package")
    parser.add_argument(
        "--into", type=Path, metavar="DIR", help="where to write (default: rnnbench-NAME; with --file, my_plugins)"
    )
    arguments = parser.parse_intermixed_args(words)
    name: str = arguments.name
    if not name.isidentifier() or keyword.iskeyword(name) or name != name.lower():
        raise UsageError(
            f"new {arguments.kind} {name}: expected a name of lower-case letters, digits and _, e.g. my_cell."
        )
    if name in names(arguments.kind):
        raise UsageError(f"new {arguments.kind} {name}: there is a {arguments.kind} of that name; choose another.")
    if arguments.file:
        return _write_file(arguments.kind, name, arguments.into or Path("my_plugins"))
    return _write_package(arguments.kind, name, arguments.into or Path(f"rnnbench-{name.replace('_', '-')}"))


def _write_package(kind: str, name: str, folder: Path) -> int:
    package = f"rnnbench_{name}"
    _write(folder / package / "__init__.py", f"{kind}.py", kind, name)
    _write(folder / "tests" / f"test_{name}.py", "test.py", kind, name)
    _write(folder / "pyproject.toml", "pyproject.toml", kind, name)
    _write(folder / "README.md", "README.md", kind, name)
    print(f"wrote {folder}; next: pip install pytest -e {folder} && pytest {folder} && rnnbench run {kind}={name}")
    return 0


def _write_file(kind: str, name: str, folder: Path) -> int:
    plugin = folder / f"{kind}s" / f"{name}.py"
    test = folder / "tests" / f"test_{name}.py"
    _write(plugin, f"{kind}.py", kind, name)
    _write(test, "test.py", kind, name)
    print(
        f"wrote {plugin} and {test}; next: export RNNBENCH_PLUGINS={folder}; pip install pytest; pytest {test}; "
        f"rnnbench run {kind}={name}"
    )
    return 0


def _write(path: Path, template: str, kind: str, name: str) -> None:
    if path.exists():
        raise UsageError(f"{path} exists already; remove it, or choose another place with --into.")
    text = resources.files("rnnbench.templates").joinpath(f"{template}.template").read_text(encoding="utf-8")
    values = {
        "kind": kind,
        "name": name,
        "dashed": name.replace("_", "-"),
        "title": name.replace("_", " ").capitalize(),
        "package": f"rnnbench_{name}",
        "class_name": "".join(part.capitalize() for part in name.split("_")),
    }
    make_folder(path.parent)
    path.write_text(string.Template(text).substitute(values), encoding="utf-8")

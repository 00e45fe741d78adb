"""Packages that carry data; their files are read without importing them."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path

from rnnbench.contracts import DataError


def folder(package: str, distribution: str, extra: str) -> Path:
    """Return an installed package's folder; raises `DataError` with the command that installs it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise missing(distribution, extra)
    return Path(spec.submodule_search_locations[0])


def revision(distribution: str, extra: str) -> str:
    """Return e.g. "faker 40.1.0"; raises `DataError` with the command that installs it."""
    try:
        return f"{distribution} {importlib.metadata.version(distribution)}"
    except importlib.metadata.PackageNotFoundError as error:
        raise missing(distribution, extra) from error


def missing(distribution: str, extra: str) -> DataError:
    """Return the error for a package that is not installed."""
    return DataError(f"this data set needs the package {distribution}: pip install 'rnnbench[{extra}]'.")

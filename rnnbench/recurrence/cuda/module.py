"""Generated modules: written into the cache folder under the digest of their text, and imported from there."""

from __future__ import annotations

import hashlib
import importlib.util
from types import ModuleType

from rnnbench.catalog.files import cache_folder, write_atomically


def load(text: str) -> ModuleType:
    """Return the module of that text; Triton reads a kernel's source from its file."""
    name = f"rnnbench_{hashlib.sha256(text.encode()).hexdigest()[:32]}"
    path = cache_folder("kernels") / f"{name}.py"
    if not path.exists():
        write_atomically(path, text.encode())
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

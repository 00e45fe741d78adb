"""Files on disk: where caches live, and writing that leaves either the old content or the new, never a part."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from pathlib import Path

import platformdirs

from rnnbench.contracts import DataError


def cache_folder(name: str) -> Path:
    """Return the folder of that name below RNNBENCH_CACHE, or below the user's cache folder; it is made if missing."""
    root = os.environ.get("RNNBENCH_CACHE")
    folder = (Path(root).expanduser() if root else platformdirs.user_cache_path("rnnbench")) / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot create the cache folder {folder} ({error.strerror}); set RNNBENCH_CACHE.") from error
    return folder


def make_folder(folder: Path) -> None:
    """Make a folder, and those it lies in, where they are missing; raises `DataError` if the disk refuses."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot make the folder {folder}: {error.strerror}.") from error


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the content of `path` in one step, durably; raises `DataError` if the disk is full or refuses."""
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A temporary file is private to its owner; the result has the rights any new file would have.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DataError(f"no space left on {path.parent} to write {path.name}; free some and run again.") from error
        raise DataError(f"cannot write {path}: {error.strerror}.") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_with_digest(path: Path, content: bytes) -> None:
    """Write the content after its SHA-256, for `read_with_digest`, as `write_atomically` does."""
    write_atomically(path, hashlib.sha256(content).digest() + content)


def read_with_digest(path: Path) -> bytes:
    """Return what `write_with_digest` wrote; raises `ValueError` if it is not whole."""
    written = path.read_bytes()
    size = hashlib.sha256().digest_size
    digest, content = written[:size], written[size:]
    if hashlib.sha256(content).digest() != digest:
        raise ValueError("its checksum does not fit")
    return content


def _umask() -> int:
    # The only way to read the mask is to set it.
    mask = os.umask(0)
    os.umask(mask)
    return mask

"""The system's C compiler: builds a text into a library once, and keeps it in the cache folder.

A library's name is a digest of all it depends on: the text, the compiler's version, the flags, and what the compiler
says of the processor it builds for. A cache folder that several machines share is safe therefore.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from rnnbench.catalog.files import cache_folder, write_atomically

# Not -ffast-math: linked with it, a library of gcc's makes the whole process flush subnormal numbers to zero.
FLAGS = ("-std=gnu11", "-O2", "-fPIC", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast", "-w")


class CompilerError(Exception):
    """A text could not be built; the message says why."""


class NoCompilerError(CompilerError):
    """Nothing can be built here: there is no compiler that runs, or no folder to build in."""


def build(text: str, *, anew: bool = False) -> Path:
    """Return the library built from a C text, from the cache unless it is to be built anew; raises `CompilerError`.

    Two processes can build the same one at once.
    """
    words = _command()
    digest = hashlib.sha256("\0".join((text, *words, _described(words))).encode()).hexdigest()[:32]
    folder = cache_folder("kernels")
    library = folder / f"{digest}.so"
    if anew or not library.exists():
        source = folder / f"{digest}.c"
        write_atomically(source, text.encode())
        try:
            with tempfile.TemporaryDirectory(dir=folder) as private:
                built = Path(private) / library.name
                _run([*words, "-shared", "-o", str(built), str(source)])
                built.replace(library)
        except OSError as error:
            raise NoCompilerError(f"nothing can be built in {folder} ({error.strerror}); set RNNBENCH_CACHE") from error
    return library


def has_bfloat16() -> bool:
    """Return whether the compiler says that the processor multiplies pairs of bfloat16; False without a compiler."""
    try:
        return _multiplies_bfloat16(_command())
    except CompilerError:
        return False


@cache
def _multiplies_bfloat16(words: tuple[str, ...]) -> bool:
    return not {"__AVX512BF16__", "__ARM_FEATURE_BF16_VECTOR_ARITHMETIC"}.isdisjoint(_described(words).split())


def _command() -> tuple[str, ...]:
    """Return the compiler's command and flags."""
    return _found(os.environ.get("CC"), os.environ.get("PATH"))


@cache
def _found(asked: str | None, path: str | None) -> tuple[str, ...]:
    names = [asked] if asked else ["cc", "gcc", "clang"]
    for name in names:
        first, *rest = _split(name)
        program = shutil.which(first, path=path)
        if program:
            native = "-mcpu=native" if platform.machine() in ("arm64", "aarch64") else "-march=native"
            return (program, *rest, native, *FLAGS)
    raise NoCompilerError(
        f"CC={asked}: there is no such C compiler; set CC to one, or unset it"
        if asked
        else f"there is no C compiler ({', '.join(names)}); install one, or set CC"
    )


def _split(command: str) -> list[str]:
    try:
        return shlex.split(command) or [command]
    except ValueError as error:
        raise NoCompilerError(f"CC={command} cannot be read ({error}); set CC to a command, or unset it") from error


@cache
def _described(words: tuple[str, ...]) -> str:
    """Return the compiler's version and the macros that it defines for this processor."""
    return _run([words[0], "--version"]) + _run([*words, "-dM", "-E", "-x", "c", os.devnull])


def _run(words: list[str]) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoCompilerError(f"the C compiler {words[0]} cannot be run ({error})") from error
    if done.returncode:
        said = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr.strip()[:200])
        raise CompilerError(f"the C compiler failed: {words[0]} on {words[-1]}: {said.removeprefix(f'{words[-1]}:')}")
    return done.stdout

"""The checks, each in an environment of its own. `nox` runs them all; `nox -s NAME` runs one."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import nox

HERE = Path(__file__).parent
# Exact versions; no bytecode in advance: it would take half of the time, and most of it is never run; and builds as pip
# does them since 23.1, since seqeval's fails under an earlier one such as Debian 12's.
EXACT = ("-c", str(HERE / "constraints.txt"), "--no-compile", "--use-pep517")
# One thread a process, and OpenMP threads that sleep: spinning ones make a busy machine many times slower.
QUIET = {"OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "0"}

# The machine of the README's tables.
README_TESTBED = "amd-epyc-family-25-model-17-2c-ba1b1d18"
README_BOARD = ("--suite", "quickstart", "--testbed", README_TESTBED, "--into", "README.md")
BOARDS = (
    ["board", "--from", "results/records", "--write", "results/leaderboards"],
    ["board", "--from", "results/records", *README_BOARD, "--picture", "results/leaderboards/quickstart.svg"],
    ["throughput", "--from", "results/throughput", "--write", "results/leaderboards/throughput.md"],
    [
        *("throughput", "--from", f"results/throughput/{README_TESTBED}.jsonl"),
        *("--plot", "results/leaderboards/throughput.svg"),
    ],
)

nox.options.default_venv_backend = "venv"
nox.options.sessions = ["lint", "types", "wheel", "plugin", "board", "tests"]
nox.options.error_on_missing_interpreters = True


def _wheel(session: nox.Session) -> Path:
    """Build the wheel and return its path."""
    folder = Path(session.create_tmp()).resolve() / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    session.run("python", "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(HERE), silent=True)
    # setuptools leaves its build tree behind, which would put removed files into the next wheel.
    shutil.rmtree(HERE / "build", ignore_errors=True)
    return next(folder.glob("*.whl"))


def _unpacked(session: nox.Session) -> Path:
    """Return a folder that holds the package as it will be installed, plugins and configurations in their places."""
    wheel = _wheel(session)
    tree = wheel.parent / "tree"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tree)
    return tree


def _elsewhere(session: nox.Session) -> Path:
    """Return an empty folder that is no checkout."""
    folder = Path(session.create_tmp()) / "elsewhere"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff, and the floors of the house: each may import only from those below."""
    session.install(*EXACT, "ruff", "import-linter")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    tree = _unpacked(session)
    session.chdir(tree)
    session.run("lint-imports", "--config", str(HERE / "pyproject.toml"), "--no-cache", env={"PYTHONPATH": str(tree)})


@nox.session
def types(session: nox.Session) -> None:
    """Mypy, strict, over the package as it is installed."""
    session.install(*EXACT, ".[all]", "mypy")
    session.run("python", "-m", "pip", "uninstall", "-qy", "rnnbench", silent=True)
    tree = _unpacked(session)
    session.run(
        "mypy",
        "--config-file",
        str(HERE / "pyproject.toml"),
        "-p",
        "rnnbench",
        "-p",
        "hydra_plugins.rnnbench_sweeper",
        env={"MYPYPATH": str(tree)},
    )


@nox.session
def tests(session: nox.Session) -> None:
    """The test suite, against an editable install."""
    session.install(*EXACT, "-e", ".[test]")
    session.run("pytest", "-n", "2", *session.posargs, env=QUIET)


@nox.session
def wheel(session: nox.Session) -> None:
    """The wheel alone, in a clean environment and from a folder that is no checkout."""
    session.install(*EXACT, f"{_wheel(session)}[data]")
    session.chdir(_elsewhere(session))
    session.run("rnnbench", "--help", silent=True)
    session.run("rnnbench", "list", "--check")
    session.run("rnnbench", "run", "-m", "dataset=bites", "cell=bow,gru", "training.max_epochs=2", "dataset.pairs=300")
    session.run("rnnbench", "board")


@nox.session
def plugin(session: nox.Session) -> None:
    """A third-party package and a dropped-in file, beside the installed wheel: listed, in --help, and in a sweep."""
    session.install(*EXACT, str(_wheel(session)), str(HERE / "tests" / "plugin_pkg"))
    session.chdir(_elsewhere(session))
    session.env["RNNBENCH_PLUGINS"] = str(HERE / "tests" / "plugin_folder")
    for words in (["--help"], ["list", "cells"]):
        said = session.run("rnnbench", *words, silent=True)
        if not isinstance(said, str) or "cfn" not in said or "leaky" not in said:
            session.error(f"rnnbench {' '.join(words)} does not name both plugins:\n{said}")
    session.run("rnnbench", "list", "cells", "--check")
    session.run("rnnbench", "run", "-m", "dataset=bites", "cell=cfn,leaky,gru", "training.max_epochs=2")


@nox.session
def quickstart(session: nox.Session) -> None:
    """The README's first command, in an empty environment."""
    session.install(*EXACT, "-e", ".[all]")
    session.run("rnnbench", "quickstart", *session.posargs)


@nox.session
def board(session: nox.Session) -> None:
    """The committed leaderboards, and the README's, are what the committed records give."""
    # Neither torch nor any plugin's library: records are enough to make boards.
    session.install(*EXACT, "filelock", "hydra-core", "matplotlib", "numpy", "platformdirs", "rich", "setuptools")
    session.install("--no-deps", "-e", ".")
    committed = Path(session.create_tmp()).resolve() / "committed"
    shutil.rmtree(committed, ignore_errors=True)
    committed.mkdir()
    # What is committed, not what a run of one's own has added since.
    session.run("git", "archive", "-o", str(committed / "tree.zip"), "HEAD", "results", "README.md", external=True)
    with zipfile.ZipFile(committed / "tree.zip") as archive:
        archive.extractall(committed)
    documents = [committed / "README.md", *(committed / "results" / "leaderboards").iterdir()]
    before = {path: path.read_bytes() for path in documents}
    session.chdir(committed)
    for words in BOARDS:
        session.run("rnnbench", *words, silent=True)
    changed = [path.name for path in documents if path.read_bytes() != before[path]]
    if changed:
        commands = "".join(f"\n  rnnbench {' '.join(words)}" for words in BOARDS)
        session.error(f"{', '.join(changed)} are not what the records give; make them again with{commands}")


@nox.session
def bench(session: nox.Session) -> None:
    """Measurements, never gates: a step of a cell, a training step beside a plain loop, and start-up."""
    session.install(*EXACT, "-e", ".[all]")
    session.run("rnnbench", "throughput", *(session.posargs or ("cell=rnn,gru,lstm,coupled_lstm", "suite=small")))
    session.run("python", "-m", "rnnbench.pipeline.overhead", env=QUIET)
    session.run("python", "-m", "rnnbench.harness.startup", env=QUIET)

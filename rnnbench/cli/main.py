"""The `rnnbench` command: finds the verb, imports only what that verb needs, turns errors into sentences."""

from __future__ import annotations

import importlib
import os
import sys

from rnnbench.contracts.errors import RnnbenchError, near_matches

VERBS: dict[str, str] = {
    "quickstart": "a first sweep, from nothing to a leaderboard",
    "run": "train and test one combination, or sweep several with -m",
    "list": "the plugins there are, one in full (list KIND NAME), and what is wrong with them (--check)",
    "board": "leaderboards from records",
    "show": "one run: its metrics, settings and learning curve, and what it gets wrong (--errors)",
    "predict": "apply a finished run to new inputs",
    "generate": "let a language model write",
    "translate": "texts become other texts: translations, pronunciations, replies",
    "caption": "what a captioning run sees on images",
    "throughput": "what a step of a cell costs, backends and torch.nn measured in alternation",
    "collect": "add finished runs to the record store in results/",
    "new": "write a plugin to start from: a pip package or a single file",
}


def main() -> None:
    """Run the command and exit with its code: 0 done, 1 something failed, 2 wrong usage, 130 interrupted."""
    try:
        code = command(sys.argv[1:])
        # What is still to be written at exit could not say here that its reader is gone.
        sys.stdout.flush()
        sys.exit(code)
    except RnnbenchError as error:
        for line in str(error).splitlines():
            print(f"rnnbench: {line}", file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of a pipe (head, less) has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        # Hydra makes folders of its own.
        if error.filename is None:
            raise
        print(f"rnnbench: {error.filename}: {error.strerror}; choose another place.", file=sys.stderr)
        sys.exit(1)
    except MemoryError:
        print("rnnbench: this needs more memory than there is; give less at once.", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\nrnnbench: interrupted; the same command goes on where this one stopped.", file=sys.stderr)
        sys.exit(130)


def command(words: list[str]) -> int:
    """Run one command line and return its exit code; raises `RnnbenchError` for a mistake in it."""
    if not words or words[0] in ("-h", "--help", "help"):
        from rnnbench.cli.help import overview

        print(overview())
        return 0
    if words[0] == "--version":
        from rnnbench.version import __version__

        print(f"rnnbench {__version__}")
        return 0
    if words[0] not in VERBS:
        # A command line of overrides alone means `run`, as in Hydra's own commands.
        if words[0].startswith("-") or "=" in words[0]:
            words = ["run", *words]
        else:
            print(
                f"rnnbench: there is no verb {words[0]!r}.{near_matches(words[0], VERBS)} "
                f"The verbs are: {', '.join(VERBS)}.",
                file=sys.stderr,
            )
            return 2
    verb = importlib.import_module(f"rnnbench.cli.{words[0]}")
    code: int = verb.main(words[1:])
    return code

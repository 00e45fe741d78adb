"""The option --plugins, the same for every verb that has it."""

from __future__ import annotations

import argparse
import os


def add_plugins(parser: argparse.ArgumentParser) -> None:
    """Add the option to a verb's parser."""
    parser.add_argument("--plugins", metavar="DIR", help="a folder of plugin files, like RNNBENCH_PLUGINS")


def use_plugins(folder: str | None) -> None:
    """Let this process and those it starts find the folder's plugins, beside those of RNNBENCH_PLUGINS."""
    if folder:
        known = os.environ.get("RNNBENCH_PLUGINS")
        os.environ["RNNBENCH_PLUGINS"] = os.pathsep.join(filter(None, (known, folder)))

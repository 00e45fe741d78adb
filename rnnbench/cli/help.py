"""What `rnnbench --help` says; it names every plugin and imports none."""

from __future__ import annotations

import textwrap

from rnnbench.catalog.registry import names
from rnnbench.cli.main import VERBS
from rnnbench.contracts import KINDS


def overview() -> str:
    """Return the command's help: verbs, plugins, examples."""
    lines = [
        "rnnbench trains recurrent networks on sequences and puts them on a leaderboard.",
        "",
        "usage: rnnbench VERB ...",
        *(f"  {verb:<11} {what}" for verb, what in VERBS.items()),
        "  (rnnbench VERB --help tells more; without a verb, overrides mean run)",
        "",
        "plugins (rnnbench list KIND tells more):",
        *(_wrapped(f"{kind}=", names(kind)) for kind in KINDS),
        "",
        "examples:",
        "  rnnbench quickstart",
        "  rnnbench run dataset=names cell=lstm",
        "  rnnbench run -m dataset=names,bites cell=bow,cnn,rnn,lstm,gru seed=1,2,3",
        "  rnnbench board",
    ]
    return "\n".join(lines)


def _wrapped(head: str, words: list[str]) -> str:
    return textwrap.fill(", ".join(words), 100, initial_indent=f"  {head:<11}", subsequent_indent=" " * 13)

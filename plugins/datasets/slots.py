"""Commands to a smart home and what they name: rooms, devices, times …"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from ._commands import Commands, unambiguous
from ._tagged import SPANS, Declaration, Sentence, Tagged
from ._templates import tagged


class Slots(Commands, Tagged):
    """Sentences drawn from the templates of the package home-assistant-intents; spans are the slots' values.

    Template data, with few values for most slots: it shows a working pipeline and Finnish (whose place names stay
    uninflected), but does not rank cells. `per_template` is the number of draws from each template, with `seed`. Words
    are what spaces part; one with an ending or a sign right after a value (21%) is of the span. Of each intent's
    templates a tenth, and at least one, is for validation, and as many for test; intents with fewer than three are left
    out, and so is a sentence that templates of two splits give, or with other spans.
    """

    info = Declaration(
        replace(
            SPANS,
            languages=("en", "fi"),
            licence="Apache-2.0",
            homepage="https://github.com/home-assistant/intents",
        )
    )

    @cached_property
    def _splits(self) -> Mapping[str, Sequence[Sentence]]:
        drawn = ((split, Sentence(*tagged(pieces))) for _, split, pieces in self._draws())
        return unambiguous((split, " ".join(words), Sentence(words, tags)) for split, (words, tags) in drawn if words)

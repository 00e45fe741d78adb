"""Commands to a smart home and what they intend."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

from rnnbench.contracts import TaskInfo

from ._commands import Commands, unambiguous
from ._splits import Example, table
from ._templates import text_of

if TYPE_CHECKING:
    import pyarrow


class Intents(Commands):
    """Sentences drawn from the templates of the package home-assistant-intents; the label is the intent.

    Template data, in which single words give most intents away: it shows a working pipeline and Finnish (whose place
    names stay uninflected), but does not rank cells. `per_template` is the number of draws from each template, with
    `seed`. Of each intent's templates a tenth, and at least one, is for validation, and as many for test; intents
    with fewer than three are left out, and so is a sentence that templates of two intents or two splits give.
    """

    info = TaskInfo(
        "classification",
        "word",
        ("accuracy", "macro_f1"),
        languages=("en", "fi"),
        licence="Apache-2.0",
        homepage="https://github.com/home-assistant/intents",
    )

    def __init__(self, language: Literal["en", "fi"] = "en", per_template: int = 30, seed: int = 0) -> None:
        super().__init__(language, per_template, seed)
        self.info = self._facts()

    def load(self, split: str) -> pyarrow.Table:
        """Return sentences and intents."""
        return table(self._splits[split])

    @cached_property
    def _splits(self) -> dict[str, list[Example]]:
        drawn = ((split, text_of(pieces), intent) for intent, split, pieces in self._draws())
        return unambiguous((split, text, (text, intent)) for split, text, intent in drawn if text)

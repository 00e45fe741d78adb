"""Commands to a smart home and what they intend."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Literal

from rnnbench.contracts import SPLITS, TaskInfo

from . import _packages
from ._splits import Example, table
from ._templates import below, draw

if TYPE_CHECKING:
    import pyarrow

_PACKAGE = "home-assistant-intents"

_VALUES: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "area": ("kitchen", "living room", "bedroom", "bathroom", "garage", "hallway", "office", "garden"),
        "floor": ("ground floor", "first floor", "basement", "attic", "upstairs", "downstairs"),
        "name": ("ceiling lamp", "heater", "front door", "coffee maker", "radio", "fan", "blinds", "sauna"),
        "message": ("dinner is ready", "we are leaving now", "good night everyone"),
        "search_query": ("some jazz", "the evening news", "Sibelius", "an old comedy"),
        "timer_name": ("pasta", "laundry", "sauna", "homework"),
        "timer_command": ("turn off the lights", "open the curtains", "stop the music"),
        "shopping_list_item": ("milk", "rye bread", "two lemons", "coffee"),
        "todo_list_item": ("call grandma", "water the plants", "pay the rent"),
        "zone": ("home", "work", "school"),
    },
    "fi": {
        "area": ("keittiö", "olohuone", "makuuhuone", "kylpyhuone", "autotalli", "eteinen", "työhuone", "puutarha"),
        "floor": ("alakerta", "yläkerta", "kellari", "ullakko", "ensimmäinen kerros", "toinen kerros"),
        "name": ("kattolamppu", "lämmitin", "ulko-ovi", "kahvinkeitin", "radio", "tuuletin", "kaihtimet", "sauna"),
        "message": ("ruoka on valmista", "me lähdemme nyt", "hyvää yötä kaikille"),
        "timer_name": ("pasta", "pyykki", "sauna", "läksyt"),
        "timer_command": ("sammuta valot", "avaa verhot", "lopeta musiikki"),
        "shopping_list_item": ("maitoa", "ruisleipää", "kaksi sitruunaa", "kahvia"),
        "todo_list_item": ("soita mummolle", "kastele kukat", "maksa vuokra"),
        "zone": ("koti", "työ", "koulu"),
    },
}
"""Values of the slots that are a home's own; the package has none."""


class Intents:
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
    offline = True

    def __init__(self, language: Literal["en", "fi"] = "en", per_template: int = 30, seed: int = 0) -> None:
        self._language, self._per_template, self._seed = language, per_template, seed
        self.info = replace(self.info, languages=(language,), revision=_packages.revision(_PACKAGE, "data"))

    def sources(self) -> Sequence[Path]:
        """Return the language's templates."""
        return [_packages.folder("home_assistant_intents", _PACKAGE, "data") / "data" / f"{self._language}.json"]

    def load(self, split: str) -> pyarrow.Table:
        """Return sentences and intents."""
        return table(self._splits[split])

    @cached_property
    def _language_data(self) -> dict[str, Any]:
        (file,) = self.sources()
        content: dict[str, Any] = json.loads(file.read_bytes())
        return content

    @cached_property
    def _splits(self) -> dict[str, list[Example]]:
        origins: dict[str, set[tuple[str, str]]] = {}
        for intent, split, template in self._templates():
            for sentence in self._sentences(template):
                origins.setdefault(sentence, set()).add((split, intent))
        splits: dict[str, list[Example]] = {split: [] for split in SPLITS}
        for sentence, found in origins.items():
            if len(found) == 1:
                ((split, intent),) = found
                splits[split].append((sentence, intent))
        return splits

    def _templates(self) -> Iterator[tuple[str, str, str]]:
        """Yield each template with its intent and split."""
        for intent, content in sorted(self._language_data["intents"].items()):
            templates = sorted({t for block in content["data"] for t in block["sentences"]}, key=_order)
            share = max(1, len(templates) // 10)
            if len(templates) >= 3:
                for index, template in enumerate(templates):
                    split = "test" if index < share else "validation" if index < 2 * share else "train"
                    yield intent, split, template

    def _sentences(self, template: str) -> Iterator[str]:
        random = Random(f"{self._seed}:{template}")
        rules = self._language_data["expansion_rules"]
        for _ in range(self._per_template):
            if sentence := draw(template, random, rules.__getitem__, self._slot):
                yield sentence

    def _slot(self, name: str, random: Random) -> str:
        """Return a value for a slot; one that has none in the package nor here is written as its name."""
        known = self._language_data["lists"].get(name, {})
        if span := known.get("range"):
            step = span.get("step", 1)
            return str(span["from"] + step * below(random, (span["to"] - span["from"]) // step + 1))
        values = known.get("values") or _VALUES[self._language].get(name, (name.replace("_", " "),))
        value = values[below(random, len(values))]
        template = value["in"] if isinstance(value, dict) else value
        return draw(template, random, self._language_data["expansion_rules"].__getitem__, self._slot)


def _order(template: str) -> bytes:
    """Return what templates are sorted by: a fair order that does not depend on their text."""
    return hashlib.blake2b(template.encode(), digest_size=8).digest()

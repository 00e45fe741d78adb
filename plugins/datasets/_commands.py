"""Commands to a smart home: the templates of the package home-assistant-intents, and sentences drawn from them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any, Literal, TypeVar

from rnnbench.contracts import SPLITS, TaskInfo

from . import _packages
from ._splits import apportion
from ._templates import Piece, below, draw, text_of

PACKAGE = "home-assistant-intents"

Example = TypeVar("Example")

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


class Commands:
    """Draws from the templates of a language, each with its intent and split.

    Of each intent's templates a tenth, and at least one, is for validation, and as many for test; intents with fewer
    than three are left out.
    """

    info: TaskInfo
    offline = True

    def __init__(self, language: Literal["en", "fi"] = "en", per_template: int = 30, seed: int = 0) -> None:
        self._language, self._per_template, self._seed = language, per_template, seed
        self._revision = _packages.revision(PACKAGE, "data")

    def sources(self) -> Sequence[Path]:
        """Return the language's templates."""
        return [_packages.folder("home_assistant_intents", PACKAGE, "data") / "data" / f"{self._language}.json"]

    def _facts(self) -> TaskInfo:
        return replace(type(self).info, languages=(self._language,), revision=self._revision)

    def _draws(self) -> Iterator[tuple[str, str, list[Piece]]]:
        """Yield the sentences drawn, each with its intent and split."""
        for intent, split, template in self._templates():
            random = Random(f"{self._seed}:{template}")
            for _ in range(self._per_template):
                yield intent, split, draw(template, random, self._rules.__getitem__, self._slot)

    def _templates(self) -> Iterator[tuple[str, str, str]]:
        """Yield each template with its intent and split."""
        for intent, content in sorted(self._content["intents"].items()):
            templates = apportion({template for block in content["data"] for template in block["sentences"]})
            if len(templates) >= 3:
                for template, split in templates.items():
                    yield intent, split, template

    def _slot(self, name: str, random: Random) -> str:
        """Return a value for a slot; one that has none in the package nor here is written as its name."""
        known = self._content["lists"].get(name, {})
        if span := known.get("range"):
            step = span.get("step", 1)
            return str(span["from"] + step * below(random, (span["to"] - span["from"]) // step + 1))
        values = known.get("values") or _VALUES[self._language].get(name, (name.replace("_", " "),))
        value = values[below(random, len(values))]
        template = value["in"] if isinstance(value, dict) else value
        return text_of(draw(template, random, self._rules.__getitem__, self._slot))

    @cached_property
    def _content(self) -> dict[str, Any]:
        (file,) = self.sources()
        content: dict[str, Any] = json.loads(file.read_bytes())
        return content

    @property
    def _rules(self) -> dict[str, str]:
        rules: dict[str, str] = self._content["expansion_rules"]
        return rules


def unambiguous(drawn: Iterable[tuple[str, str, Example]]) -> dict[str, list[Example]]:
    """Sort examples, each with its split and its text, into splits, every one once.

    A text that is drawn for two splits, or in two examples, is left out.
    """
    origins: dict[str, set[tuple[str, Example]]] = {}
    for split, text, example in drawn:
        origins.setdefault(text, set()).add((split, example))
    splits: dict[str, list[Example]] = {split: [] for split in SPLITS}
    for found in origins.values():
        if len(found) == 1:
            ((split, example),) = found
            splits[split].append(example)
    return splits

"""Sentence templates: `[optional]`, `(one|other)`, `(any;order)`, `<rule>` and `{list:slot}`, drawn from at random."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from random import Random

_TOKEN = re.compile(r"<[^>]*>|\{[^}]*\}|[][()|;]|[^][()|;<{]+")
_CLOSING = {"(": ")", "[": "]"}


@dataclass(frozen=True)
class Group:
    """Alternatives; the parts of each may come in any order, and each part is a sequence of texts and groups."""

    options: tuple[tuple[tuple[str | Group, ...], ...], ...]
    optional: bool = False


@lru_cache(maxsize=4096)
def parse(template: str) -> Group:
    """Return the template's structure."""
    return _group(iter(_TOKEN.findall(template)), "")


def _group(tokens: Iterator[str], closing: str) -> Group:
    options: list[list[list[str | Group]]] = [[[]]]
    for token in tokens:
        if token == closing:
            break
        if token in _CLOSING:
            options[-1][-1].append(_group(tokens, _CLOSING[token]))
        elif token == "|":
            options.append([[]])
        elif token == ";":
            options[-1].append([])
        else:
            options[-1][-1].append(token)
    return Group(tuple(tuple(tuple(part) for part in option) for option in options), optional=closing == "]")


def draw(template: str, random: Random, rule: Callable[[str], str], slot: Callable[[str, Random], str]) -> str:
    """Return one sentence of the template; `rule` gives a rule's template, `slot` a value for a list's name."""

    def expand(item: str | Group) -> str:
        if isinstance(item, Group):
            return choose(item)
        if item.startswith("<"):
            return choose(parse(rule(item[1:-1])))
        return slot(item[1:-1].partition(":")[0], random) if item.startswith("{") else item

    def choose(group: Group) -> str:
        if group.optional and random.random() < 0.5:
            return ""
        parts = sorted(group.options[below(random, len(group.options))], key=lambda _: random.random())
        return " ".join("".join(map(expand, part)) for part in parts)

    return " ".join(choose(parse(template)).split())


def below(random: Random, limit: int) -> int:
    """Return a number from 0 up to the limit.

    Of all methods, Python promises only for random() that a seed gives the same numbers in every version.
    """
    return int(random.random() * limit)

"""Sentence templates: `[optional]`, `(one|other)`, `(any;order)`, `<rule>` and `{list:slot}`, drawn from at random."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import NamedTuple

from rnnbench.statistics.schemes import OUTSIDE, joined

_TOKEN = re.compile(r"<[^>]*>|\{[^}]*\}|[][()|;]|[^][()|;<{]+")
_CLOSING = {"(": ")", "[": "]"}


class Piece(NamedTuple):
    """A part of a sentence, and the slot that it is the value of, if it is one's."""

    text: str
    slot: str = ""


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


def draw(template: str, random: Random, rule: Callable[[str], str], slot: Callable[[str, Random], str]) -> list[Piece]:
    """Return the pieces of one sentence; `rule` gives a rule's template, `slot` a value for a list's name."""

    def expand(item: str | Group) -> list[Piece]:
        if isinstance(item, Group):
            return choose(item)
        if item.startswith("<"):
            return choose(parse(rule(item[1:-1])))
        if item.startswith("{"):
            values, _, name = item[1:-1].partition(":")
            return [Piece(slot(values, random), name or values)]
        return [Piece(item)]

    def choose(group: Group) -> list[Piece]:
        if group.optional and random.random() < 0.5:
            return []
        parts = sorted(group.options[below(random, len(group.options))], key=lambda _: random.random())
        spaced = [[Piece(" "), *(piece for item in part for piece in expand(item))] for part in parts]
        return [piece for part in spaced for piece in part][1:]

    return choose(parse(template))


def text_of(pieces: Iterable[Piece]) -> str:
    """Return the sentence, with single spaces between words."""
    return " ".join("".join(piece.text for piece in pieces).split())


def tagged(pieces: Sequence[Piece]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of the sentence and their tags in IOB2: a span for each slot.

    A word that is made of more than one piece is of the first slot that it holds a part of.
    """
    text = "".join(piece.text for piece in pieces)
    owners = [number if piece.slot else None for number, piece in enumerate(pieces) for _ in piece.text]
    words, tags = [], []
    before: int | None = None
    for word in re.finditer(r"\S+", text):
        owner = next((owner for owner in owners[word.start() : word.end()] if owner is not None), None)
        words.append(word[0])
        tags.append(OUTSIDE if owner is None else joined("I" if owner == before else "B", pieces[owner].slot))
        before = owner
    return tuple(words), tuple(tags)


def below(random: Random, limit: int) -> int:
    """Return a number from 0 up to the limit.

    Of all methods, Python promises only for random() that a seed gives the same numbers in every version.
    """
    return int(random.random() * limit)

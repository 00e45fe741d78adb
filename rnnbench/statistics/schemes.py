"""Tag schemes: how the tags of a sentence's words mark spans of them.

A tag is O, outside of every span, or a prefix and the span's type, as in B-PER; in

* IOB1, I marks a word of a span, and B one that begins a span right after another of its type,
* IOB2, B begins every span and I goes on (Ratnaparkhi 1998; Tjong Kim Sang and Veenstra 1999),
* BIOES, also called IOBES and BILOU, E ends a span of several words and S is a span of one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

OUTSIDE = "O"

PREFIXES: dict[str, str] = {"IOB1": "BI", "IOB2": "BI", "BIOES": "BIES"}
"""The prefixes of each scheme's tags within spans."""

_TAG = re.compile(r"([BIES])(?:-(.+))?")
_BILOU = {"L": "E", "U": "S"}


def normal(tag: str) -> str:
    """Return the tag with the prefixes L and U of BILOU written E and S."""
    return _BILOU[tag[0]] + tag[1:] if re.fullmatch(r"[LU](-.+)?", tag) else tag


def parts(tag: str) -> tuple[str, str]:
    """Return prefix and type, ("O", "") outside; the type is empty where tags have none, as in B I O.

    Raises `ValueError` for what is no tag of a span scheme.
    """
    if tag == OUTSIDE:
        return OUTSIDE, ""
    match = _TAG.fullmatch(tag)
    if match is None:
        raise ValueError(f"{tag!r} is not O, nor B, I, E or S and a type")
    return match[1], match[2] or ""


def joined(prefix: str, kind: str) -> str:
    """Return the tag of a prefix and a type."""
    return f"{prefix}-{kind}" if kind else prefix


@lru_cache(maxsize=4096)
def may_follow(before: str | None, tag: str | None, scheme: str) -> bool:
    """Return whether a tag may stand after another; None is the edge of a sentence."""
    (left, left_kind), (right, right_kind) = (parts(other or OUTSIDE) for other in (before, tag))
    if not {left, right} <= {*PREFIXES[scheme], OUTSIDE}:
        return False
    same = left_kind == right_kind
    if scheme == "IOB1":
        return right != "B" or (left != OUTSIDE and same)
    if scheme == "IOB2":
        return right != "I" or (left != OUTSIDE and same)
    # BIOES: inside of a span, and only there, the next word is of the same span.
    return (left in "BI") == (right in "IE") and (left not in "BI" or same)


def first_illegal(tags: Sequence[str], scheme: str) -> int | None:
    """Return the first place whose tag may not stand there, the sentence's length if it ends too early, or None."""
    steps = pairwise([None, *tags, None])
    return next((place for place, (before, tag) in enumerate(steps) if not may_follow(before, tag, scheme)), None)


def to_iob2(tags: Sequence[str], scheme: str) -> list[str]:
    """Return a sentence's tags in IOB2; those of the other schemes have to be legal.

    From BIOES it is a change of prefixes, E to I and S to B, which leaves an illegal prediction as wrong as it was.
    """
    if scheme == "IOB2":
        return list(tags)
    pairs = [parts(tag) for tag in tags]
    if scheme == "BIOES":
        return [joined({"E": "I", "S": "B"}.get(prefix, prefix), kind) for prefix, kind in pairs]
    return [
        joined("B" if prefix == "I" and (before == OUTSIDE or kind != before_kind) else prefix, kind)
        for (before, before_kind), (prefix, kind) in pairwise([(OUTSIDE, ""), *pairs])
    ]

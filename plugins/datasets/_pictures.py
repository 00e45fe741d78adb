"""Pictures that are drawn, split so that none leaks into another split under a second name."""

from __future__ import annotations

from collections.abc import Iterable

from rnnbench.contracts import SPLITS, split_of

from ._answers import Captioned


def split_pictures(drawn: Iterable[tuple[str, str, bytes]]) -> dict[str, list[Captioned]]:
    """Return three splits of pictures with all their captions, from what is shown, a caption and a picture each.

    What shares a picture with something else is in the same split: the Latin and the Greek capital A, in all fonts.
    """
    shown: dict[bytes, set[str]] = {}
    captions: dict[bytes, dict[str, None]] = {}
    for thing, caption, picture in drawn:
        shown.setdefault(picture, set()).add(thing)
        captions.setdefault(picture, {})[caption] = None
    first = connected(shown.values())
    splits: dict[str, list[Captioned]] = {split: [] for split in SPLITS}
    for picture, things in shown.items():
        splits[split_of(first[min(things)])].append((picture, list(captions[picture])))
    return splits


def connected(groups: Iterable[set[str]]) -> dict[str, str]:
    """Return for each member the first one that it is connected to by groups with members in common."""
    first: dict[str, str] = {}

    def find(member: str) -> str:
        while first.setdefault(member, member) != member:
            member = first[member]
        return member

    for group in groups:
        roots = sorted(find(member) for member in group)
        first.update(dict.fromkeys(roots, roots[0]))
    return {member: find(member) for member in first}

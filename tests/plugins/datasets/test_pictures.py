from __future__ import annotations

from rnnbench.contracts import SPLITS
from rnnbench.plugins.datasets._pictures import connected, split_pictures


def test_members_are_connected_by_any_group_they_share() -> None:
    first = connected([{"b", "c"}, {"d"}, {"e", "f"}, {"c", "a"}, {"f", "g"}])
    assert first == {"a": "a", "b": "a", "c": "a", "d": "d", "e": "e", "f": "e", "g": "e"}


def test_equal_pictures_are_one_example_with_all_captions() -> None:
    drawn = [("A", "latin a", b"1"), ("B", "latin b", b"2"), ("Α", "greek alpha", b"1"), ("A", "latin a", b"1")]
    rows = [row for split in SPLITS for row in split_pictures(drawn)[split]]
    assert sorted(rows) == [(b"1", ["latin a", "greek alpha"]), (b"2", ["latin b"])]


def test_what_looks_the_same_once_is_in_one_split() -> None:
    # Each thing is drawn in two fonts; in the second one, neighbours look the same.
    things = [f"thing {number}" for number in range(400)]
    drawn = [(thing, thing, f"one {thing}".encode()) for thing in things]
    drawn += [(thing, thing, f"two {number // 2}".encode()) for number, thing in enumerate(things)]
    splits = split_pictures(drawn)
    found = {caption: split for split in SPLITS for _, captions in splits[split] for caption in captions}
    assert all(found[one] == found[other] for one, other in zip(things[::2], things[1::2], strict=True))
    assert set(found.values()) == set(SPLITS)
    assert sum(len(captions) for split in SPLITS for _, captions in splits[split]) == 800

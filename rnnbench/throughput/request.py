"""What is to be measured: the words of a command line, all checked before anything is loaded."""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from rnnbench.catalog.describe import Description, describe
from rnnbench.catalog.registry import Plugin, find
from rnnbench.catalog.source import node_of
from rnnbench.contracts import UsageError, near_matches
from rnnbench.throughput.case import CANDIDATES, LENGTHS, MODES, Case, Shape
from rnnbench.throughput.suites import SUITES, shapes_of

S = TypeVar("S")
T = TypeVar("T")

DEFAULTS: dict[str, str] = {
    "cell": "rnn,gru,lstm",
    "backend": "all",
    "mode": "train,inference",
    "suite": "small",
    "shape": "",
    "lengths": "full",
    "threads": "1",
    "seconds": "2",
}
"""Every key with its value where it is not given; `cell.KEY` sets a cell's own parameter beside."""


@dataclass(frozen=True)
class Request:
    """Cases, each to be run by all candidates in alternation."""

    cases: tuple[Case, ...]
    backends: tuple[str, ...]
    """The candidates, or none for all that there are."""
    seconds: float
    """Time for each candidate in each case."""

    @property
    def order(self) -> list[int]:
        """The places of the cases as they are to be measured.

        Those that differ in nothing but the cell come one after the other: a machine is another one minutes later.
        """
        first: dict[Any, int] = {}
        kinds = [(case.shape, case.mode, case.threads, case.lengths) for case in self.cases]
        return sorted(range(len(kinds)), key=lambda place: first.setdefault(kinds[place], place))


def read_request(words: Sequence[str]) -> Request:
    """Return the request; raises `UsageError` with one line for every word that cannot be meant as it stands."""
    given, problems = _pairs(words)
    values = {key: _listed(given.get(key, default)) for key, default in DEFAULTS.items()}
    shapes = _each(values["shape"], _shape, problems)
    threads = _each(values["threads"], _whole("threads"), problems)
    seconds = _each(values["seconds"], _seconds, problems)
    for key, choices in (("mode", MODES), ("lengths", LENGTHS), ("suite", SUITES)):
        problems += _strangers(key, values[key], choices)
    if values["backend"] != ["all"]:
        problems += _strangers("backend", values["backend"], CANDIDATES)
    if "shape" in given and "suite" in given:
        problems.append("shape and suite both say what sizes to measure; give one of them.")
    if "decode" in values["mode"] and "uniform" in values["lengths"]:
        problems.append("mode=decode takes one step of every sequence and knows no lengths; give lengths=full.")
    if len(values["suite"]) > 1 or len(values["seconds"]) > 1:
        problems.append("suite and seconds take one value each.")
    params = _params(values["cell"], given, problems)
    if problems:
        raise UsageError("\n".join(problems))
    cases = [
        Case(cell, shape, mode, count, lengths, params[cell])
        for cell, mode in itertools.product(values["cell"], values["mode"])
        for shape in shapes or shapes_of(values["suite"][0], mode, cell)
        for lengths, count in itertools.product(values["lengths"], threads)
    ]
    if not cases:
        raise UsageError(f"suite={values['suite'][0]} has no problem of these cells in mode={given.get('mode', '')}.")
    backends = () if values["backend"] == ["all"] else tuple(values["backend"])
    return Request(tuple(cases), backends, seconds[0])


def _pairs(words: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return the words as keys and values, and what is wrong with those that are not."""
    given: dict[str, str] = {}
    problems: list[str] = []
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not value:
            problems.append(f"{word}: expected key=value, e.g. cell=lstm or shape=32x64x256.")
        elif key not in DEFAULTS and not key.startswith("cell."):
            known = [*DEFAULTS, "cell.KEY"]
            problems.append(f"{word}: there is no key {key}.{near_matches(key, known)} The keys: {', '.join(known)}.")
        elif key in given:
            problems.append(f"{word}: {key} was given before; put several values behind one key, with commas.")
        else:
            given[key] = value
    return given, problems


def _listed(value: str) -> list[str]:
    """Return the different values between commas."""
    return list(dict.fromkeys(part for part in value.split(",") if part))


def _strangers(key: str, values: Iterable[str], choices: Iterable[str]) -> list[str]:
    """Return a sentence for each value that is no choice."""
    return [
        f"{key}={value}: expected {', '.join(choices)}.{near_matches(value, choices)}"
        for value in values
        if value not in choices
    ]


def _each(values: Iterable[S], read: Callable[[S], T], problems: list[str]) -> list[T]:
    """Return what is read from each value; what cannot be read is told in `problems`."""
    found = []
    for value in values:
        try:
            found.append(read(value))
        except UsageError as error:
            problems.append(str(error))
    return found


def _shape(word: str) -> Shape:
    sizes = re.fullmatch(r"(\d+)x(\d+)x(\d+)", word)
    if sizes is None or "0" in sizes.groups():
        raise UsageError(f"shape={word}: expected sequences x steps x hidden size, e.g. 32x64x256.")
    return Shape(*map(int, sizes.groups()))


def _whole(key: str) -> Callable[[str], int]:
    def read(word: str) -> int:
        if not word.isdecimal() or int(word) < 1:
            raise UsageError(f"{key}={word}: expected a whole number of at least 1.")
        return int(word)

    return read


def _seconds(word: str) -> float:
    try:
        seconds = float(word)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise UsageError(f"seconds={word}: expected a number above 0.")
    return seconds


def _params(cells: Iterable[str], given: dict[str, str], problems: list[str]) -> dict[str, dict[str, Any]]:
    """Return each cell's parameters from the words `cell.KEY=VALUE`, typed by its signature."""
    words = [f"{key.removeprefix('cell.')}={value}" for key, value in given.items() if key.startswith("cell.")]
    plugins = _each(cells, functools.partial(find, "cell"), problems)
    # All in one go: each child process that describes plugins pays for its imports.
    typed = _each(
        zip(plugins, describe(plugins), strict=True), lambda each: (each[0].name, _typed(*each, words)), problems
    )
    return dict(typed)


def _typed(plugin: Plugin, description: Description, words: list[str]) -> dict[str, Any]:
    node = node_of("cell", plugin.name, description)
    known = [str(name) for name in node if name != "name"]
    for word in words:
        key = word.partition("=")[0]
        if key not in known:
            has = f"its parameters are: {', '.join(known)}" if known else "it has no parameters"
            near = near_matches(key, known)
            raise UsageError(f"cell.{word}: cell {plugin.name} has no parameter {key}.{near} ({has})")
        try:
            node.merge_with_dotlist([word])
        except OmegaConfBaseException as error:
            raise UsageError(f"cell.{word}: {str(error).partition(chr(10))[0]}.") from None
    missing = sorted(OmegaConf.missing_keys(node))
    if missing:
        raise UsageError(f"cell={plugin.name} needs cell.{missing[0]}=….")
    values = OmegaConf.to_container(node, enum_to_str=True)
    assert isinstance(values, dict)
    given = {word.partition("=")[0] for word in words}
    return {str(name): value for name, value in values.items() if name in given}

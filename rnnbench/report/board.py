"""Boards: a pure function of records. One board compares what can be compared, and nothing else.

Suites, contents of a data set (by hash) and testbeds are never mixed: each gives a board of its own. Where the same
combination and seed was run again, with newer code or libraries or on a copy of the data, the newest record counts.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from rnnbench.contracts import Settings, compares
from rnnbench.records.key import run_key
from rnnbench.records.record import Metric, Record
from rnnbench.statistics.intervals import mean_interval
from rnnbench.statistics.summary import quartiles

_NOT_COMPARED = frozenset(
    {"seed", "suite", "output", "force", "fail_fast", "timeout", "training.checkpoint_seconds", "evaluate.throughput"}
)
"""Settings that say where and how often a run is made, not what it is."""

_OF_A_TOKEN = frozenset({"loss", "perplexity"})
_OF_THE_TEXT = "bits_per_byte"
"""What ranks models of language whose tokens are not the same."""


@dataclass(frozen=True)
class Column:
    """A metric; fractions are shown times 100."""

    name: str
    unit: str
    higher_is_better: bool


@dataclass(frozen=True)
class Value:
    """A row's score: the mean over seeds with a 95 % interval, over examples (bootstrap) where there is one seed."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Speed:
    """Valid tokens per second, median over seeds, and the ratio to the reference cell's with all else equal."""

    tokens_per_second: float
    ratio: float | None


def named(cell: str, settings: Mapping[str, Any]) -> str:
    """Return the name of a row: its cell, with what sets the row apart."""
    return " ".join([cell, *(f"{key}={value}" for key, value in settings.items())])


@dataclass(frozen=True)
class Row:
    """One combination. Rows whose printed scores are equal share a rank; without a score that compares it is None."""

    rank: int | None
    cell: str
    settings: dict[str, Any]
    """What sets the row apart from others of the board."""
    seeds: tuple[int, ...]
    metrics: dict[str, Value]
    parameters: int
    state_bytes: int
    backend: str
    speed: dict[str, Speed]
    incomparable: tuple[str, ...] = ()
    """Metrics too low beside other tokenizers', for this row's loses text, or too high beside those of plain text."""

    @property
    def name(self) -> str:
        """The cell, with what sets the row apart."""
        return named(self.cell, self.settings)


@dataclass(frozen=True)
class Unfinished:
    """A run without a result."""

    name: str
    seed: int
    status: str
    reason: str


@dataclass(frozen=True)
class Board:
    """Rows that can be compared, best first, and what they have in common."""

    suite: str
    dataset: str
    task: str
    data_sha256: str
    testbed: str
    machine: str
    majority: float | None
    """Accuracy of always answering the most frequent class of the training split."""
    floor: float | None
    """What the best model without a memory reaches in the first metric."""
    reference: str
    columns: tuple[Column, ...]
    shared: dict[str, Any]
    rows: tuple[Row, ...]
    unfinished: tuple[Unfinished, ...]
    across_tokenizers: bool = False
    """Whether the rows' tokenizers differ and the first metric is there to compare them."""

    @property
    def title(self) -> str:
        """Suite and data set."""
        return f"{self.suite}: {self.dataset}"


def boards(records: Iterable[Record], reference: str = "rnn") -> list[Board]:
    """Return the boards of the records, by suite, data set, data and testbed; `reference` names the cell of ratio 1."""
    everything = sorted(records, key=lambda record: (record.provenance.ended, record.id))
    # A key knows what a file holds and not where it lies; a combination outlives the code that a key is made of.
    runs = _newest(everything, lambda record: (record.suite, record.testbed.fingerprint, record.key))
    newest = _newest(
        runs, lambda record: (record.suite, record.testbed.fingerprint, _combination(record), _seed(record))
    )
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for record in newest:
        groups.setdefault((record.suite, _dataset(record), record.testbed.fingerprint), []).append(record)
    found = []
    for group in sorted(groups):
        contents: dict[str, list[Record]] = {}
        for record in groups[group]:
            if record.status == "ok":
                contents.setdefault(_data_sha256(record), []).append(record)
        ends = [record for record in groups[group] if record.status != "ok"]
        # A run that failed may not have come to its data: it is told on each board of that name.
        found += [_board(finished, ends, reference) for _, finished in sorted(contents.items())]
        if not contents:
            found.append(_board([], ends, reference))
    return found


def _newest(records: Sequence[Record], kind: Callable[[Record], Hashable]) -> list[Record]:
    """Return the last record of each kind, in the order of the records."""
    last = {kind(record): place for place, record in enumerate(records)}
    return [records[place] for place in sorted(last.values())]


def _seed(record: Record) -> int:
    return record.seeds["run"]


def _dataset(record: Record) -> str:
    dataset = record.what.plugins["dataset"]
    return dataset.name


def _data_sha256(record: Record) -> str:
    return run_key({name: split.sha256 for name, split in record.data.splits.items()}) if record.data else ""


def _features(record: Record) -> dict[str, Any]:
    """Return everything that makes a combination what it is, flat; the data set's parameters are in the data's hash."""
    flat: dict[str, Any] = {}
    for kind, plugin in record.what.plugins.items():
        if kind == "dataset":
            continue
        flat[kind] = plugin.name
        flat.update({f"{kind}.{name}": value for name, value in plugin.params.items()})
    flat.update(_since_then() | _flat(record.what.config))
    return {key: value for key, value in flat.items() if key not in _NOT_COMPARED}


@functools.cache
def _since_then() -> dict[str, Any]:
    """Return the defaults of all settings: a record from before there was one was made as if it had its default."""
    defaults = _flat(dataclasses.asdict(Settings()))
    values = {key: value.value if isinstance(value, Enum) else value for key, value in defaults.items()}
    return {key: value for key, value in values.items() if not isinstance(value, dict)}


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict) and value:
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _row_key(record: Record) -> str:
    """Return what records of one row have in common, on one data set's content."""
    return json.dumps(_features(record), sort_keys=True)


def _combination(record: Record) -> str:
    dataset = record.what.plugins["dataset"]
    return json.dumps([dataset.name, dataset.params, _features(record)], sort_keys=True)


def _board(finished: Sequence[Record], ends: Sequence[Record], reference: str) -> Board:
    finished = _newest(finished, lambda record: (_row_key(record), _seed(record)))
    everyone = [*finished, *ends]
    features = [_features(record) for record in everyone]
    apart = _apart(features)
    combinations: dict[str, list[Record]] = {}
    for record in finished:
        combinations.setdefault(_row_key(record), []).append(record)
    columns = _columns(finished)
    across = _across_tokenizers(finished, columns)
    if across:
        columns = tuple(sorted(columns, key=lambda column: column.name != _OF_THE_TEXT))
    speeds = {
        _peers(found[0]): found for found in combinations.values() if found[0].what.plugins["cell"].name == reference
    }
    rows = [_row(found, columns, apart, speeds.get(_peers(found[0]))) for found in combinations.values()]
    first = everyone[0]
    return Board(
        suite=first.suite,
        dataset=_dataset(first),
        task=first.what.task,
        data_sha256=_data_sha256(first),
        testbed=first.testbed.fingerprint,
        machine=f"{first.testbed.cpu}, {first.testbed.cores} cores",
        majority=first.data.majority if first.data else None,
        # A floor in nats a token is another for each tokenizer.
        floor=first.data.floor if first.data and not across else None,
        reference=reference,
        columns=columns,
        shared={key: value for key, value in features[0].items() if key not in apart and not key.startswith("cell")},
        rows=_ranked(rows, columns, across),
        unfinished=tuple(
            Unfinished(_name(record, apart), _seed(record), record.status, record.reason)
            for record in sorted(ends, key=lambda record: (_name(record, apart), _seed(record)))
        ),
        across_tokenizers=across,
    )


def _apart(features: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the features in which rows differ; a plugin's parameter is compared among the rows of that plugin only."""
    apart: set[str] = set()
    for key in sorted({key for row in features for key in row}):
        kind = key.partition(".")[0]
        plugins = (
            {row.get(kind) for row in features} if kind in ("tokenizer", "cell", "head") and "." in key else {None}
        )
        for plugin in plugins:
            values = {json.dumps(row.get(key)) for row in features if plugin is None or row.get(kind) == plugin}
            if len(values) > 1 and key != "cell":
                apart.add(key)
    return apart


def _name(record: Record, apart: set[str]) -> str:
    return named(record.what.plugins["cell"].name, _settings(record, apart))


def _settings(record: Record, apart: set[str]) -> dict[str, Any]:
    features = _features(record)
    return {key: features[key] for key in sorted(apart) if key in features}


def _columns(records: Sequence[Record]) -> tuple[Column, ...]:
    """Return the test metrics, in the order in which the runs give them."""
    columns: dict[str, Column] = {}
    for record in records:
        for metric in record.metrics:
            if metric.split == "test":
                columns.setdefault(metric.name, Column(metric.name, metric.unit, metric.higher_is_better))
    return tuple(columns.values())


def _across_tokenizers(records: Sequence[Record], columns: Sequence[Column]) -> bool:
    """Return whether tokenizers differ, and bits of the text are there to rank by instead of nats a token."""
    names = [column.name for column in columns]
    if _OF_THE_TEXT not in names or names[0] not in _OF_A_TOKEN | {_OF_THE_TEXT}:
        return False
    return len({_tokenizer(record) for record in records}) > 1


def _tokenizer(record: Record) -> tuple[str, str, str]:
    """Return what the texts became tokens with, as chosen and as fitted."""
    plugin = record.what.plugins["tokenizer"]
    fitted = record.data.tokenizer.sha256 if record.data else ""
    return plugin.name, json.dumps(plugin.params, sort_keys=True), fitted


def _peers(record: Record) -> str:
    """Return what a speed ratio holds equal: everything but the cell."""
    features = {key: value for key, value in _features(record).items() if key.partition(".")[0] != "cell"}
    return json.dumps(features, sort_keys=True)


def _row(
    found: Sequence[Record], columns: Sequence[Column], apart: set[str], reference: Sequence[Record] | None
) -> Row:
    newest = found[-1]
    assert newest.model is not None
    metrics = {column.name: _value(found, column.name) for column in columns}
    return Row(
        rank=None,
        cell=newest.what.plugins["cell"].name,
        settings=_settings(newest, apart),
        seeds=tuple(sorted(map(_seed, found))),
        metrics={name: value for name, value in metrics.items() if value is not None},
        parameters=newest.model.parameters,
        state_bytes=newest.model.state_bytes,
        backend=newest.model.backend_used,
        speed=_speeds(found, reference),
        incomparable=tuple(column.name for column in columns if not _compares(found, column.name)),
    )


def _compares(found: Sequence[Record], name: str) -> bool:
    return all(compares(metric.signature) for metric in _tests(found, name))


def _tests(found: Sequence[Record], name: str) -> list[Metric]:
    return [metric for record in found for metric in record.metrics if (metric.name, metric.split) == (name, "test")]


def _value(found: Sequence[Record], name: str) -> Value | None:
    metrics = _tests(found, name)
    values = [metric.value for metric in metrics if metric.value is not None]
    if not values or len(values) < len(metrics):
        return None
    if len(values) > 1:
        return Value(*mean_interval(values))
    low, high = _interval(metrics[0])
    return Value(values[0], low, high)


def _interval(metric: Metric) -> tuple[float | None, float | None]:
    return (metric.ci95[0], metric.ci95[1]) if metric.ci95 else (None, None)


def _speeds(found: Sequence[Record], reference: Sequence[Record] | None) -> dict[str, Speed]:
    speeds = {}
    for direction in ("train", "inference"):
        own, theirs = _median_rate(found, direction), _median_rate(reference or (), direction)
        if own is not None:
            speeds[direction] = Speed(own, own / theirs if theirs else None)
    return speeds


def _median_rate(records: Sequence[Record], direction: str) -> float | None:
    rates = [
        throughput.tokens_per_second
        for record in records
        if record.timing and (throughput := record.timing.throughput.get(direction)) and throughput.tokens_per_second
    ]
    return quartiles(rates).median if rates else None


def _ranked(rows: Sequence[Row], columns: Sequence[Column], across: bool) -> tuple[Row, ...]:
    """Return the rows best first by the first metric, equal printed scores with one rank.

    Last come those without a score, and, if tokenizers differ, those whose score does not compare.
    """
    if not columns:
        return tuple(sorted(rows, key=lambda row: row.name))
    first = columns[0]
    sign = -1 if first.higher_is_better else 1

    def score(row: Row) -> float | None:
        value = row.metrics.get(first.name)
        if value is None or (across and first.name in row.incomparable):
            return None
        return round(value.mean, 3 if first.unit == "fraction" else 4)

    scored = [(score(row), row) for row in rows]
    ordered = sorted(
        ((value, row) for value, row in scored if value is not None), key=lambda pair: (sign * pair[0], pair[1].name)
    )
    ranked: list[Row] = []
    rank = 0
    previous: float | None = None
    for place, (value, row) in enumerate(ordered, start=1):
        rank = rank if value == previous else place
        previous = value
        ranked.append(replace(row, rank=rank))
    return (*ranked, *sorted((row for value, row in scored if value is None), key=lambda row: row.name))

"""One run, readable in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rnnbench.records.record import Metric, Record
from rnnbench.report.paragraph import LABEL, wrap
from rnnbench.report.sparkline import sparkline
from rnnbench.report.width import UNLIMITED

_WIDTH = LABEL - 1


def render(record: Record, folder: Path, width: int = UNLIMITED) -> str:
    """Return what was run, what came of it, how training went, and where its files are, in lines of at most `width`."""
    lines = (piece for line in _lines(record, folder, width) for piece in wrap(line, width, LABEL))
    return "\n".join([*wrap(title(record), width), *lines])


def title(record: Record) -> str:
    """Return a run's plugins and seed, in one line."""
    plugins = "  ".join(f"{kind}={plugin.name}" for kind, plugin in record.what.plugins.items())
    return f"{plugins}  seed={record.seeds['run']}"


def _lines(record: Record, folder: Path, width: int) -> Iterator[str]:
    plugins = record.what.plugins
    yield f"status     {record.status}{f': {record.reason}' if record.reason else ''}"
    yield f"key        {record.key}  suite {record.suite}"
    for kind, plugin in plugins.items():
        if plugin.params:
            yield f"{kind:<{_WIDTH}} {', '.join(f'{name}={value}' for name, value in plugin.params.items())}"
    for metric in record.metrics:
        yield f"{metric.split:<{_WIDTH}} {_metric(metric)}"
    yield from _data(record)
    yield from _network(record)
    yield from _training(record, width)
    yield from _origin(record, folder)


def _metric(metric: Metric) -> str:
    def shown(value: float) -> str:
        # Errors can be small and perplexities large; shares need no more than two places.
        if metric.unit in ("fraction", "percent"):
            return f"{100 * value if metric.unit == 'fraction' else value:.2f}"
        return f"{value:.4g}"

    unit = {"fraction": " %", "percent": "", "1": ""}.get(metric.unit, f" {metric.unit}")
    value = "not finite" if metric.value is None else f"{shown(metric.value)}{unit}"
    low, high = metric.ci95 or (None, None)
    interval = f"  95 % from {shown(low)} to {shown(high)}" if low is not None and high is not None else ""
    better = "higher is better" if metric.higher_is_better else "lower is better"
    return f"{metric.name} {value}{interval}  n={metric.n}  {better}; {metric.signature}".rstrip("; ")


def _data(record: Record) -> Iterator[str]:
    data = record.data
    if data is None:
        return
    sizes = ", ".join(f"{name} {split.rows:,}" for name, split in data.splits.items())
    labels = f"; {len(data.labels)} classes" if data.labels else ""
    licence = f"; {data.licence}" if data.licence else ""
    yield f"data       {sizes}; vocabulary {data.tokenizer.vocabulary:,}{labels}{licence}"
    if data.floor is not None and record.metrics:
        yield f"floor      {record.metrics[0].name} {data.floor:.4g} is the best without a memory"


def _network(record: Record) -> Iterator[str]:
    model = record.model
    if model is None:
        return
    vectors = model.embedding_coverage
    covered = "" if vectors is None else f", vectors read for {100 * vectors:.1f} % of the vocabulary"
    yield (
        f"network    {model.parameters:,} parameters "
        f"({model.embedding_parameters:,} of them in the embedding{covered}), "
        f"{model.state_bytes:,} bytes of state a sequence, {model.dtype}"
        + (f", {model.flops_per_token:,.0f} FLOP a token" if model.flops_per_token else "")
    )
    why = f"; {model.backend_why}" if model.backend_why else ""
    yield f"backend    {model.backend_used} (asked for: {model.backend_requested}{why})"


def _training(record: Record, width: int) -> Iterator[str]:
    if record.selection:
        chosen = record.selection
        value = "" if chosen.value is None else f" {chosen.value:.4f}"
        yield f"selected   {chosen.checkpoint}: epoch {chosen.epoch}, validation {chosen.metric}{value}"
    yield from _curves(record, width)
    if record.timing:
        timing = record.timing
        seconds = ((name, getattr(timing, name)) for name in ("data", "fit", "evaluate"))
        yield f"seconds    {', '.join(f'{name} {value:.1f}' for name, value in seconds if value is not None)}"
        for direction, rate in timing.throughput.items():
            if rate.tokens_per_second is not None:
                quartiles = f"quartiles {rate.p25 or 0:,.0f} to {rate.p75 or 0:,.0f}, {rate.samples} samples"
                yield f"{direction:<{_WIDTH}} {rate.tokens_per_second:,.0f} valid tokens/s ({quartiles})"


def _curves(record: Record, width: int) -> Iterator[str]:
    if not record.curve:
        return
    scores = record.curve[0].validation
    curves = [("train", "loss", [epoch.train_loss for epoch in record.curve])]
    curves += [("validation", name, [epoch.validation.get(name) for epoch in record.curve]) for name in scores]
    longest = max(len(name) for _, name, _ in curves)
    for split, name, values in curves:
        yield from sparkline(f"{split:<{_WIDTH}} {name:<{longest}} ", values, width)


def _origin(record: Record, folder: Path) -> Iterator[str]:
    provenance, testbed = record.provenance, record.testbed
    commit = (
        f", commit {provenance.git_sha[:10]}{' with changes' if provenance.git_dirty else ''}"
        if provenance.git_sha
        else ""
    )
    libraries = ", ".join(
        f"{name} {provenance.libraries[name]}" for name in ("rnnbench", "torch") if name in provenance.libraries
    )
    yield f"made       {provenance.ended}, attempt {provenance.attempt}, {libraries}{commit}"
    yield f"testbed    {testbed.cpu}, {testbed.cores} cores, {testbed.os}, load {testbed.load}"
    yield f"command    {' '.join(record.what.overrides) or '(defaults)'}"
    yield f"files      {folder}: {', '.join(sorted(path.name for path in folder.iterdir() if path.name[0] != '.'))}"

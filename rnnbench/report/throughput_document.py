"""Saved throughput as one Markdown document: a section for each machine, in it one for each command."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from rnnbench.records.throughput import Measurement, latest
from rnnbench.report import throughput, throughput_means
from rnnbench.report.markdown import grid
from rnnbench.report.throughput_means import means


def document(measurements: Sequence[Measurement]) -> str:
    """Return the document; the same measurements give the same bytes."""
    machines: dict[str, list[Measurement]] = {}
    for measurement in measurements:
        machines.setdefault(measurement.testbed.fingerprint, []).append(measurement)
    notes = [f"* {line}" for line in (*throughput_means.NOTE, *throughput.NOTE)]
    return "\n".join(["# throughput", "", *notes, "", *map(_machine, machines.values())])


def _machine(measurements: Sequence[Measurement]) -> str:
    testbed = measurements[0].testbed
    title = f"## {testbed.cpu}, {testbed.cores} cores, {testbed.os}"
    return "\n".join([title, "", *map(_command, latest(measurements))])


def _command(measurement: Measurement) -> str:
    """Return the means of a command and, folded, its rows."""
    rows, made = measurement.rows, measurement.provenance
    lines = [throughput.cells(row) for row in rows if row.status == "ok"]
    over_shapes = [throughput_means.cells(mean) for mean in means(rows)]
    parts = [f"### {shlex.join(made.command)}", f"{made.ended[:10]}, {made.python}, torch {made.libraries['torch']}"]
    if over_shapes:
        parts.append(grid(throughput_means.HEADER, over_shapes, left=throughput_means.WORDS))
    parts += [
        f"<details><summary>{len(lines)} rows</summary>",
        grid(throughput.HEADER, lines, left=throughput.WORDS),
        "\n".join(f"* {line}" for line in throughput.endings(rows)),
        "</details>",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"

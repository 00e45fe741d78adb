"""Saved throughput as one Markdown document, a section for each machine."""

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
    return "\n".join(["# throughput", "", *(_section(each) for each in machines.values())])


def _section(measurements: Sequence[Measurement]) -> str:
    """Return one machine's commands, its means and, folded, all its rows."""
    testbed = measurements[-1].testbed
    rows = latest(measurements)
    commands = dict.fromkeys(shlex.join(each.provenance.command) for each in measurements)
    libraries = measurements[-1].provenance.libraries
    lines = [throughput.cells(row) for row in rows if row.status == "ok"]
    return "\n".join(
        [
            f"## {testbed.cpu}, {testbed.cores} cores",
            "",
            f"{testbed.os}, {testbed.python}, torch {libraries.get('torch', 'unknown')}. Measured by",
            "",
            *(f"    {command}" for command in commands),
            "",
            "Geometric means over shapes B x T x H, of ratios of medians in one run:",
            "",
            grid(throughput_means.HEADER, map(throughput_means.cells, means(rows)), left=throughput_means.WORDS),
            "",
            f"<details><summary>{len(lines)} rows</summary>",
            "",
            grid(throughput.HEADER, lines, left=throughput.WORDS),
            "",
            *(f"* {line}" for line in throughput.NOTE),
            "",
            *(f"* {line}" for line in throughput.endings(rows)),
            "",
            "</details>",
            "",
        ]
    )

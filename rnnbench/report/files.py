"""Boards as files: Markdown to read, CSV and JSON to compute with."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Sequence
from pathlib import Path

from rnnbench.catalog.files import make_folder, write_atomically
from rnnbench.contracts import UsageError
from rnnbench.records.key import file_name
from rnnbench.report.board import Board
from rnnbench.report.markdown import render, table
from rnnbench.report.table import caption


def write_boards(boards: Sequence[Board], folder: Path) -> list[Path]:
    """Write `<suite>.md`, `<suite>.csv` and `<suite>.json` for every suite and return their paths."""
    make_folder(folder)
    written: list[Path] = []
    for suite in sorted({board.suite for board in boards}):
        chosen = [board for board in boards if board.suite == suite]
        contents = {
            "md": f"# {suite}\n\n{render(chosen)}",
            "csv": _csv(chosen),
            "json": json.dumps([dataclasses.asdict(board) for board in chosen], indent=1, sort_keys=True) + "\n",
        }
        for ending, content in contents.items():
            path = folder / f"{file_name(suite)}.{ending}"
            write_atomically(path, content.encode())
            written.append(path)
    return written


def write_into(boards: Sequence[Board], document: Path) -> None:
    """Put the boards' tables between the lines `<!-- board -->` and `<!-- /board -->` of a Markdown document.

    Raises `UsageError` for a document without these lines.
    """
    text = document.read_text(encoding="utf-8") if document.is_file() else ""
    before, begin, rest = text.partition("<!-- board -->\n")
    _, end, after = rest.partition("<!-- /board -->")
    if not begin or not end:
        raise UsageError(
            f"{document} has no lines <!-- board --> and <!-- /board -->; add them where the tables belong."
        )
    tables = "\n".join(f"**{board.dataset}** ({caption(board)})\n\n{table(board)}\n" for board in boards)
    write_atomically(document, f"{before}{begin}{tables}{end}{after}".encode())


def _csv(boards: Sequence[Board]) -> str:
    """Return one line for every row and metric, in the metrics' native units."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        [
            "suite",
            "dataset",
            "data",
            "testbed",
            "rank",
            "name",
            "cell",
            "metric",
            "value",
            "low",
            "high",
            "seeds",
            "parameters",
            "state_bytes",
            "train_tokens_per_second",
            "inference_tokens_per_second",
            "backend",
        ]
    )
    for board in boards:
        for row in board.rows:
            rates = [
                row.speed[direction].tokens_per_second if direction in row.speed else ""
                for direction in ("train", "inference")
            ]
            for name, value in row.metrics.items():
                writer.writerow(
                    [
                        board.suite,
                        board.dataset,
                        board.data_sha256,
                        board.testbed,
                        row.rank,
                        row.name,
                        row.cell,
                        name,
                        value.mean,
                        value.low,
                        value.high,
                        len(row.seeds),
                        row.parameters,
                        row.state_bytes,
                        *rates,
                        row.backend,
                    ]
                )
    return text.getvalue()

"""`rnnbench throughput` from its words to rows, a table, a picture, a store, and the C of a cell."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from rnnbench.cli.main import command
from rnnbench.contracts import UnavailableError, UsageError
from rnnbench.records.throughput import Row, load
from rnnbench.throughput import candidates, measure
from rnnbench.throughput.case import Case

TINY = ("shape=2x3x8", "seconds=0.001")
PAGE = Path(__file__).parents[2] / "docs" / "a_fast_cell.md"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The command sets variables of its process; afterwards they are as before."""
    before = dict(os.environ)
    monkeypatch.chdir(tmp_path)
    yield
    os.environ.clear()
    os.environ.update(before)


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


def test_json_has_a_row_for_each_cell_and_backend(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["cell=gru,rnn", "backend=torch,reference", "mode=train", "threads=1", *TINY, "--json"]
    assert command(["throughput", *words]) == 0
    found = rows(capsys)
    assert [(row["cell"], row["backend"]) for row in found] == [
        (cell, backend) for cell in ("gru", "rnn") for backend in ("torch", "reference")
    ]
    wanted = "cell backend mode B T H threads median_us_per_step p10 p90 tokens_per_second ratio_to_torch parity"
    for row in found:
        assert set(wanted.split()) <= row.keys()
        Row(**row)  # type: ignore[arg-type]
        assert (row["B"], row["T"], row["H"], row["threads"], row["mode"]) == (2, 3, 8, 1, "train")
        assert row["parity"] is True


def test_the_table_is_for_people_and_json_is_json_alone(capsys: pytest.CaptureFixture[str]) -> None:
    command(["throughput", "cell=slstm", "backend=reference,torch", "mode=inference", *TINY])
    said = capsys.readouterr().out
    assert re.search(r"slstm +inference +2x3x8 +1 +reference", said)
    assert "slstm torch: unavailable: SLSTM declares no equivalent in torch" in said


def test_wrong_numbers_end_the_command_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    loop = candidates.BUILDERS["reference"]
    monkeypatch.setitem(candidates.BUILDERS, "torch", lambda material: lambda: [2 * each for each in loop(material)()])
    assert command(["throughput", "cell=gru", "backend=torch", "mode=inference", *TINY, "--json"]) == 1
    (row,) = rows(capsys)
    assert row["parity"] is False
    assert row["median_us_per_step"] is row["tokens_per_second"] is None


def test_rows_are_saved_with_where_and_how(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        command(["throughput", "cell=gru", "backend=reference", "mode=inference", *TINY, "--json", "--save"])
    (file,) = (tmp_path / "results" / "throughput").glob("*.jsonl")
    first, second = load(file)
    assert [row.backend for row in first.rows] == ["reference"]
    assert first.id != second.id
    assert first.testbed.fingerprint == file.stem
    assert "torch" in first.provenance.libraries


def test_what_was_saved_is_shown_and_written_without_torch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["cell=gru", "backend=fused,reference", "mode=inference", "shape=2x3x8,2x4x8", "seconds=0.001"]
    command(["throughput", *words, "--save"])
    measured = capsys.readouterr().out
    assert "geometric mean over shapes" in measured
    script = (
        "import sys; from rnnbench.cli.main import command\n"
        "command(['throughput', '--from', 'results/throughput', '--write', 'throughput.md'])\n"
        "sys.exit('torch' in sys.modules)"
    )
    # Of Python's own environment: readline, where pytest has it, tells C of 80 columns.
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert done.stdout == measured
    assert "| gru | inference | 1 | fused | reference | 2 |" in (tmp_path / "throughput.md").read_text()
    command(["throughput", "--from", "results/throughput", "--json"])
    assert [(row["T"], row["backend"]) for row in rows(capsys)] == [
        (steps, backend) for steps in (3, 4) for backend in ("fused", "reference")
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "nowhere"], "--from nowhere: there is no saved throughput"),
        (["--from", "nowhere", "cell=gru"], "cell=gru: with --from nothing is measured"),
        (["--write", "x.md"], "name it with --from"),
    ],
)
def test_saved_rows_that_cannot_be_shown(words: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        command(["throughput", *words])


@pytest.mark.parametrize(
    ("option", "others"),
    [
        (["--from", "results/throughput"], (["--save"], ["--plugins", "own"], ["--show-source"], ["--show-triton"])),
        (["--show-source"], (["--save"], ["--json"], ["--plot", "cost.svg"], ["--show-triton"])),
        (["--show-triton"], (["--save"], ["--json"], ["--plot", "cost.svg"])),
    ],
)
def test_an_option_that_would_do_nothing_is_named(option: list[str], others: Sequence[list[str]]) -> None:
    for other in others:
        with pytest.raises(UsageError, match=f"^{other[0]}: it does nothing beside {option[0]}; leave one"):
            command(["throughput", *option, *other])


def test_an_interrupted_command_keeps_what_it_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = measure.measure

    def interrupted(case: Case, *arguments: Any) -> list[Row]:
        if case.shape.steps == 4:
            raise KeyboardInterrupt
        return real(case, *arguments)

    monkeypatch.setattr(measure, "measure", interrupted)
    words = ["cell=gru", "backend=reference", "mode=inference", "shape=2x3x8,2x4x8", "seconds=0.001"]
    with pytest.raises(KeyboardInterrupt):
        command(["throughput", *words, "--save"])
    (file,) = (tmp_path / "results" / "throughput").glob("*.jsonl")
    assert [row.T for row in load(file)[0].rows] == [3]


def test_a_picture_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    words = ["cell=gru", "backend=reference", "mode=inference", *TINY, "--plot", "cost.svg"]
    assert command(["throughput", *words]) == 0
    assert "gru reference" in (tmp_path / "cost.svg").read_text()


def test_a_picture_of_no_known_kind_is_refused_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnnbench.cli.throughput._measure", lambda *arguments: pytest.fail("it ran"))
    with pytest.raises(UsageError, match=r"cost\.pic: a picture's name ends in"):
        command(["throughput", "cell=gru", *TINY, "--plot", "cost.pic"])


def test_a_mistake_is_told_before_torch_is_imported() -> None:
    script = (
        "import sys; from rnnbench.cli.main import command; from rnnbench.contracts import UsageError\n"
        "try: command(['throughput', 'cell=lsmt'])\n"
        "except UsageError as error: assert 'Did you mean lstm' in str(error)\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_threads_are_set_before_torch_is_imported() -> None:
    script = (
        "import os, sys; from rnnbench.cli import throughput\n"
        "def look(request, arguments):\n"
        "    assert 'torch' not in sys.modules\n"
        "    print(os.environ['OMP_NUM_THREADS'], os.environ['GOMP_SPINCOUNT'])\n"
        "    return 0\n"
        "throughput._measure = look\n"
        "throughput.main(['cell=gru', 'threads=1,3'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "3 0\n"


def test_the_source_of_a_cell_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["throughput", "cell=gru,rnn", *TINY, "--show-source"]) == 0
    assert capsys.readouterr().out.count("INLINE void forward_step") == 2
    assert command(["throughput", "cell=gru,rnn", *TINY, "--show-triton"]) == 0
    assert capsys.readouterr().out.count("def sequence_forward(") == 2


def test_a_cell_that_cannot_be_fused_has_no_source() -> None:
    with pytest.raises(UnavailableError, match="no fused layer_norm_lstm: it is not written as update"):
        command(["throughput", "cell=layer_norm_lstm", *TINY, "--show-source"])
    with pytest.raises(UnavailableError, match="no fused layer_norm_lstm: it is not written as update"):
        command(["throughput", "cell=layer_norm_lstm", *TINY, "--show-triton"])


def test_the_page_on_a_cell_from_its_paper_is_true(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    file = tmp_path / "my_plugins" / "cells" / "my_cell.py"
    assert f"`{file.relative_to(tmp_path)}`" in text
    file.parent.mkdir(parents=True)
    file.write_text(text.partition("```python\n")[2].partition("```")[0])
    plugins = ["--plugins", "my_plugins"]
    assert command(["throughput", "cell=my_cell", *plugins, *TINY, "--json"]) == 0
    fused = [row for row in rows(capsys) if row["backend"] == "fused"]
    assert [(row["mode"], row["status"]) for row in fused] == [("train", "ok"), ("inference", "ok")]
    command(["throughput", "cell=my_cell", "--show-source", *TINY])
    assert "INLINE void forward_step" in capsys.readouterr().out

"""The real command line, from a sweep to a prediction."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from rnnbench.cli.main import main
from tests.conftest import PLUGIN_FOLDER

SMALL = [
    "dataset=bites",
    "dataset.pairs=200",
    "model.hidden_size=16",
    "model.embedding_size=8",
    "training.max_epochs=2",
    "evaluate.throughput=false",
]


@dataclass
class Done:
    """What a command line left behind."""

    returncode: int
    stdout: str
    stderr: str


def rnnbench(*words: str, cwd: Path, stdin: str = "") -> Done:
    """Run a command line in this process, so that all tests share one worker."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("sys.argv", ["rnnbench", *words])
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        patch.setenv("RNNBENCH_PLUGINS", "")
        with pytest.raises(SystemExit) as ended:
            main()
    return Done(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(folder.glob("runs/*/record.json"))]


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Path:
    """A folder in which a sweep of two cells has run."""
    folder = tmp_path_factory.mktemp("swept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNBENCH_CACHE", str(shared_cache))
        done = rnnbench("run", "-m", *SMALL, "cell=bow,gru", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_a_sweep_leaves_one_ok_record_per_run_with_its_metrics(swept: Path) -> None:
    found = records(swept)
    assert [record["status"] for record in found] == ["ok", "ok"]
    assert {record["what"]["plugins"]["cell"]["name"] for record in found} == {"bow", "gru"}
    assert len({record["key"] for record in found}) == 2
    for record in found:
        test = {metric["name"] for metric in record["metrics"] if metric["split"] == "test"}
        assert {"accuracy", "macro_f1"} <= test


def test_a_bag_of_words_is_at_chance_on_word_order(swept: Path) -> None:
    bow = next(record for record in records(swept) if record["what"]["plugins"]["cell"]["name"] == "bow")
    accuracy = next(row["value"] for row in bow["metrics"] if (row["name"], row["split"]) == ("accuracy", "test"))
    assert accuracy == pytest.approx(0.5, abs=0.02)


def test_finished_runs_are_skipped_and_their_records_untouched(swept: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in swept.glob("runs/*/record.json")}
    done = rnnbench("run", "-m", *SMALL, "cell=bow,gru", "tokenizer=auto,word", cwd=swept)
    assert done.returncode == 0
    assert done.stderr.count("finished before") == 4
    assert {path: path.stat().st_mtime_ns for path in swept.glob("runs/*/record.json")} == before


def test_the_board_names_both_cells(swept: Path) -> None:
    done = rnnbench("board", cwd=swept)
    assert done.returncode == 0
    assert "bow" in done.stdout
    assert "gru" in done.stdout


def test_show_reads_a_run_by_the_beginning_of_its_key(swept: Path) -> None:
    key = records(swept)[0]["key"]
    done = rnnbench("show", key[:6], cwd=swept)
    assert done.returncode == 0
    assert "accuracy" in done.stdout


def test_show_tells_what_a_run_gets_wrong(swept: Path) -> None:
    bow = next(swept.glob("runs/*-bow-*"))
    done = rnnbench("show", str(bow), "--errors", "--worst", "3", cwd=swept)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (bow / "predictions.test.jsonl").read_text().splitlines()]
    wrong = sorted((row for row in rows if row["prediction"] != row["target"]), key=lambda row: -row["probability"])
    assert f"wrong      {len(wrong)} of {len(rows)} examples" in done.stdout
    worst = done.stdout.splitlines()[-3:]
    assert [line.split()[0] for line in worst] == [str(row["row"]) for row in wrong[:3]]
    # A long text is cut to the width of the terminal.
    assert all(row["text"][:25] in line for line, row in zip(worst, wrong[:3], strict=True))


@pytest.mark.parametrize("worst", ["1", "1000"])
def test_the_reader_of_errors_may_leave_early(worst: str, swept: Path) -> None:
    bow = next(swept.glob("runs/*-bow-*"))
    reading, writing = os.pipe()
    os.close(reading)
    # Standard output is buffered, as it is wherever nobody asks for anything else.
    done = subprocess.run(
        [sys.executable, "-m", "rnnbench", "show", str(bow), "--errors", "--worst", worst],
        stdout=writing,
        stderr=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("words", [["--worst", "3"], ["--errors", "--worst", "0"]])
def test_a_number_of_errors_needs_errors(words: list[str], swept: Path) -> None:
    done = rnnbench("show", str(next(swept.glob("runs/*-bow-*"))), *words, cwd=swept)
    assert done.returncode == 2
    assert "at least 1, and --errors" in done.stderr


def test_predict_answers_words_files_and_standard_input_alike(swept: Path) -> None:
    run = str(next(swept.glob("runs/bites-word-gru-*")))
    sentence = "the dog bites the man"
    (swept / "texts").write_text(sentence + "\n")
    said = rnnbench("predict", run, sentence, cwd=swept).stdout
    assert said.rstrip("\n").endswith(sentence)
    assert rnnbench("predict", run, "--file", "texts", cwd=swept).stdout == said
    assert rnnbench("predict", run, cwd=swept, stdin=sentence + "\n").stdout == said
    row = json.loads(rnnbench("predict", run, "--json", sentence, cwd=swept).stdout)
    assert row["text"] == sentence
    assert said.startswith(row["prediction"])


def test_collect_adds_each_record_once(swept: Path) -> None:
    assert "added 2" in rnnbench("collect", cwd=swept).stdout
    assert "added 0" in rnnbench("collect", cwd=swept).stdout


def test_a_killed_worker_leaves_a_crashed_record_and_the_sweep_goes_on(tmp_path: Path) -> None:
    plugins = tmp_path / "plugins" / "cells"
    plugins.mkdir(parents=True)
    (plugins / "deadly.py").write_text(
        "import os, signal\nfrom rnnbench.plugins.cells.gru import GRU\n\n\n"
        'class Deadly(GRU):\n    """Ends its process."""\n\n'
        "    def __init__(self, input_size: int, hidden_size: int) -> None:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    words = ["run", "-m", "--plugins", str(tmp_path / "plugins"), *SMALL, "cell=deadly,bow"]
    done = rnnbench(*words, cwd=tmp_path)
    assert done.returncode == 1
    assert {record["status"] for record in records(tmp_path)} == {"crashed", "ok"}
    assert "SIGKILL" in done.stdout


def test_a_plugin_that_raises_is_a_failed_record_with_its_error(tmp_path: Path) -> None:
    plugins = tmp_path / "plugins" / "cells"
    plugins.mkdir(parents=True)
    (plugins / "wrong.py").write_text(
        "from rnnbench.plugins.cells.gru import GRU\n\n\n"
        'class Wrong(GRU):\n    """Raises."""\n\n'
        '    def update(self, x, h, state):\n        raise ValueError("no such gate")\n'
    )
    words = ["run", "--plugins", str(tmp_path / "plugins"), *SMALL, "cell=wrong", "backend=reference"]
    done = rnnbench(*words, cwd=tmp_path)
    assert done.returncode == 1
    (record,) = records(tmp_path)
    assert record["status"] == "failed"
    assert "no such gate" in record["reason"]
    assert "Traceback" not in done.stderr
    assert "Traceback" in next(tmp_path.glob("runs/*/log.txt")).read_text()


def test_an_impossible_combination_is_incompatible_with_its_reason(tmp_path: Path) -> None:
    done = rnnbench("run", *SMALL, "cell=bow", "model.bidirectional=true", cwd=tmp_path)
    assert done.returncode == 1
    (record,) = records(tmp_path)
    assert record["status"] == "incompatible"
    assert "no direction" in record["reason"]


def test_a_backend_that_cannot_run_is_unavailable_not_replaced(tmp_path: Path) -> None:
    done = rnnbench("run", *SMALL, "cell=cnn", "backend=torch", cwd=tmp_path)
    assert done.returncode == 1
    (record,) = records(tmp_path)
    assert record["status"] == "unavailable"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_command_that_is_ended_can_be_gone_on_with(how: signal.Signals, tmp_path: Path) -> None:
    words = ["run", *SMALL, "cell=gru", "training.max_epochs=20", "training.patience=null", "dataset.pairs=1000"]
    command = [sys.executable, "-m", "rnnbench", *words, "training.checkpoint_seconds=0"]
    # What a shell runs in the background ignores Ctrl-C, and so would all that it starts.
    heeds = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, preexec_fn=heeds) as process:
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob("runs/*/resume.ckpt")) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(how)
        said = process.communicate()[1]
    assert records(tmp_path) == []
    assert how is signal.SIGKILL or "goes on where this one stopped" in said
    done = rnnbench(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (record,) = records(tmp_path)
    assert record["provenance"]["attempt"] == 2
    assert record["selection"]["resumed"]


def test_a_head_runs_with_a_cell_of_its_own(tmp_path: Path) -> None:
    words = ["--plugins", str(PLUGIN_FOLDER), *SMALL, "cell=rnn", "head=restacked", "cell@decoder.cell=gru"]
    done = rnnbench("run", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (record,) = records(tmp_path)
    assert record["what"]["plugins"]["decoder.cell"]["name"] == "gru"


def test_a_damaged_record_stops_neither_the_other_runs_nor_force(tmp_path: Path) -> None:
    assert rnnbench("run", *SMALL, "cell=bow", cwd=tmp_path).returncode == 0
    (damaged,) = tmp_path.glob("runs/*/record.json")
    damaged.write_text(damaged.read_text()[:99])
    done = rnnbench("run", "-m", *SMALL, "cell=bow,gru", cwd=tmp_path)
    assert done.returncode == 1
    assert f"{damaged}: not strict JSON" in done.stdout + done.stderr
    assert "force=true runs it again" in done.stdout + done.stderr
    (found,) = [json.loads(path.read_text()) for path in tmp_path.glob("runs/*gru*/record.json")]
    assert found["status"] == "ok"
    assert rnnbench("run", *SMALL, "cell=bow", "force=true", cwd=tmp_path).returncode == 0
    assert [record["status"] for record in records(tmp_path)] == ["ok", "ok"]


def test_a_place_that_the_system_refuses_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    done = rnnbench("run", *SMALL, "cell=bow", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("rnnbench: ")
    assert "runs" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_joblib_launcher_runs_the_same_sweep(tmp_path: Path) -> None:
    words = ["run", "-m", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", *SMALL, "cell=bow,gru"]
    done = rnnbench(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [record["status"] for record in records(tmp_path)] == ["ok", "ok"]


def test_throughput_is_not_measured_side_by_side(tmp_path: Path) -> None:
    words = ["run", "-m", "hydra/launcher=joblib", *SMALL[:-1], "cell=bow,gru"]
    done = rnnbench(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert "add evaluate.throughput=false" in done.stderr
    assert records(tmp_path) == []


def test_jobs_side_by_side_do_not_share_cores(tmp_path: Path) -> None:
    words = ["run", "-m", "hydra/launcher=joblib", "hydra.launcher.n_jobs=1000", *SMALL, "cell=bow,gru"]
    done = rnnbench(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert "give hydra.launcher.n_jobs=" in done.stderr

"""The same records give the same documents, byte for byte, and each says what a reader needs."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import pytest
from rich.cells import cell_len

from rnnbench.report.board import boards
from rnnbench.report.board_plot import draw_boards
from rnnbench.report.files import write_boards, write_into
from rnnbench.report.markdown import render
from rnnbench.report.show import render as render_run
from rnnbench.report.terminal import print_boards
from tests.made_up import make_language_model, make_record


def test_markdown_holds_scores_in_percent_and_failures() -> None:
    made = boards([make_record("rnn", accuracy=0.75), make_record("gru", status="failed", reason="no | such gate")])
    said = render(made)
    assert "| 1 | rnn | 75.0 ± 5.0 | 1,000 |" in said
    assert "gru, seed 1: failed: no | such gate" in said


def test_files_are_the_same_bytes_whatever_the_records_order(tmp_path: Path) -> None:
    records = [make_record("rnn"), make_record("gru"), make_record("lstm", status="crashed", reason="x")]
    first = write_boards(boards(records), tmp_path / "a")
    second = write_boards(boards(records[::-1]), tmp_path / "b")
    assert [path.name for path in first] == ["demo.md", "demo.csv", "demo.json"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_csv_and_json_hold_native_values(tmp_path: Path) -> None:
    write_boards(boards([make_record(accuracy=0.75)]), tmp_path)
    (line,) = csv.DictReader((tmp_path / "demo.csv").read_text().splitlines())
    assert (line["metric"], float(line["value"])) == ("accuracy", 0.75)
    (board,) = json.loads((tmp_path / "demo.json").read_text())
    assert board["rows"][0]["metrics"]["accuracy"]["mean"] == 0.75


def test_the_picture_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    made = boards([make_record("rnn", accuracy=0.5), make_record("gru")])
    draw_boards(made, tmp_path / "a.svg")
    draw_boards(made, tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert "gru" in (tmp_path / "a.svg").read_text()


def test_a_picture_of_several_machines_names_them(tmp_path: Path) -> None:
    record = make_record()
    other = dataclasses.replace(record.testbed, cpu="Another CPU", fingerprint="other")
    draw_boards(boards([record]), tmp_path / "one.svg")
    draw_boards(boards([record, dataclasses.replace(record, testbed=other)]), tmp_path / "two.svg")
    one, two = ((tmp_path / f"{name}.svg").read_text() for name in ("one", "two"))
    assert record.testbed.cpu not in one
    assert record.testbed.cpu in two
    assert "Another CPU" in two


def test_what_ranks_models_of_different_tokens_and_what_does_not_compare_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = boards([make_language_model("char", 1.4, 2.0), make_language_model("word", 7.3, 0.5, whole=False)])
    document = tmp_path / "README.md"
    document.write_text("<!-- board -->\n<!-- /board -->")
    write_into(made, document)
    print_boards(made)
    for text in (render(made), document.read_text(), capsys.readouterr().out):
        said = " ".join(text.split())
        assert "ranked by bits_per_byte, since tokenizers differ" in said
        assert "0.500 ± 0.012 †" in said
        assert "2.000 ± 0.012 †" not in said
        assert "† too low to compare with other tokenizers, and without a rank" in said
    draw_boards(made, tmp_path / "board.svg")
    assert (tmp_path / "board.svg").read_text().count("(not comparable)") == 1


def test_scores_of_tokenized_text_are_marked_and_keep_their_rank() -> None:
    record = make_record(accuracy=0.75)
    high = dataclasses.replace(
        record.metrics[0],
        name="bleu",
        unit="percent",
        value=75.0,
        ci95=None,
        signature="too high to compare",
    )
    made = boards([dataclasses.replace(record, metrics=(high,))])
    assert [row.rank for row in made[0].rows] == [1]
    said = render(made)
    assert "75.0 †" in said
    assert "† does not compare with scores of plain text: the references look tokenized" in said


def test_json_says_what_does_not_compare(tmp_path: Path) -> None:
    lossy = make_language_model("word", 7.3, 0.5, whole=False)
    write_boards(boards([make_language_model("char", 1.4, 2.0), lossy]), tmp_path)
    (board,) = json.loads((tmp_path / "demo.json").read_text())
    assert board["across_tokenizers"]
    assert [row["incomparable"] for row in board["rows"]] == [[], ["bits_per_byte", "bits_per_character"]]
    write_boards(boards([make_record()]), tmp_path)
    (board,) = json.loads((tmp_path / "demo.json").read_text())
    assert not board["across_tokenizers"]
    assert [row["incomparable"] for row in board["rows"]] == [[]]


def test_the_terminal_shows_every_row_and_failure(capsys: pytest.CaptureFixture[str]) -> None:
    print_boards(boards([make_record("rnn"), make_record("gru", status="timeout", reason="took too long")]))
    said = capsys.readouterr().out
    assert "rnn" in said
    assert "took too long" in said


def test_one_run_is_shown_with_metrics_curve_and_backend(tmp_path: Path) -> None:
    said = render_run(make_record(), tmp_path)
    assert "accuracy 90.00 %  95 % from 85.00 to 95.00  n=4" in said
    assert "torch (asked for: auto; not fused: no compiler)" in said
    assert "0.7000 to not finite in 2 epochs" in said


def test_the_curves_of_a_language_model_say_which_split_they_are_of(tmp_path: Path) -> None:
    record = make_record()
    curve = [dataclasses.replace(epoch, validation={"loss": 2.5, "perplexity": 12.0}) for epoch in record.curve]
    lines = render_run(dataclasses.replace(record, curve=curve), tmp_path).splitlines()
    labels = [line.split()[:2] for line in lines if line.endswith("in 2 epochs")]
    assert labels == [["train", "loss"], ["validation", "loss"], ["validation", "perplexity"]]


def test_numbers_that_are_no_shares_are_shown_with_their_unit_and_direction(tmp_path: Path) -> None:
    record = make_record()
    small = dataclasses.replace(
        record.metrics[0], name="mse", value=0.000134, unit="nats", higher_is_better=False, ci95=(0.0001, 0.0002)
    )
    said = render_run(dataclasses.replace(record, metrics=[small]), tmp_path)
    assert "mse 0.000134 nats  95 % from 0.0001 to 0.0002" in said
    assert "lower is better" in said


def test_what_chance_and_vectors_give_is_shown(tmp_path: Path) -> None:
    record = make_record()
    assert record.data is not None
    assert record.model is not None
    assert "floor" not in render_run(record, tmp_path)
    record = dataclasses.replace(
        record,
        data=dataclasses.replace(record.data, floor=1 / 6),
        model=dataclasses.replace(record.model, embedding_coverage=0.875),
    )
    said = render_run(record, tmp_path)
    assert "floor      accuracy 0.1667 is the best without a memory" in said
    assert "vectors read for 87.5 % of the vocabulary" in said


def test_a_failed_run_is_shown_with_its_reason(tmp_path: Path) -> None:
    assert "failed: no such gate" in render_run(make_record(status="failed", reason="no such gate"), tmp_path)


@pytest.mark.parametrize("width", [40, 60, 100])
def test_a_run_is_shown_at_the_width_of_the_terminal_without_losing_a_word(width: int, tmp_path: Path) -> None:
    record = make_record()
    record = dataclasses.replace(record, curve=record.curve * 100)
    said, whole = render_run(record, tmp_path, width), render_run(record, tmp_path)
    assert all(cell_len(line) <= width for line in said.splitlines())
    assert max(map(cell_len, whole.splitlines())) > 200
    no_blocks = str.maketrans("", "", "▁▂▃▄▅▆▇█")
    left = " ".join(said.translate(no_blocks).split())
    for words in map(str.split, whole.translate(no_blocks).splitlines()):
        line = " ".join(words)
        assert line.endswith("epochs") or line.replace(" ", "") in left.replace(" ", "")
    assert "epochs, a block the mean of" in left


def test_what_goes_on_in_the_next_line_hangs_below_its_content(tmp_path: Path) -> None:
    lines = render_run(make_record(), tmp_path, 60).splitlines()
    place = next(place for place, line in enumerate(lines) if line.startswith("test "))
    assert lines[place + 1].startswith(" " * 11)
    assert lines[place + 1][11] != " "


def test_reporting_imports_neither_torch_nor_a_plugin() -> None:
    import subprocess
    import sys

    code = (
        "import sys, rnnbench.report.board, rnnbench.report.files, rnnbench.report.show, rnnbench.report.terminal, "
        "rnnbench.report.errors.render, rnnbench.report.attention_map, rnnbench.report.contact_sheet;"
        "sys.exit(any(name == 'torch' or name.startswith('rnnbench.plugins') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_tells_rows_apart_is_never_cut_off(capsys: pytest.CaptureFixture[str]) -> None:
    print_boards(boards([make_record("l" + 100 * "o" + "ng"), make_record("rnn")]))
    said = capsys.readouterr().out
    assert "…" not in said
    assert "ng " in said

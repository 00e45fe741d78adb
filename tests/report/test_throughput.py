"""Throughput as a table and as a picture: every speed is shown, and none where the numbers were wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rnnbench.contracts import UsageError
from rnnbench.records import provenance, testbed
from rnnbench.records.throughput import Measurement, make_measurement
from rnnbench.report import throughput_means
from rnnbench.report.terminal import print_throughput
from rnnbench.report.throughput import HEADER, WORDS, cells, endings
from rnnbench.report.throughput_document import document
from rnnbench.report.throughput_means import means
from rnnbench.report.throughput_plot import draw_throughput
from tests.made_up import make_speed


def test_a_row_stands_beneath_its_header() -> None:
    shown = dict(zip(HEADER, cells(make_speed()), strict=True))
    assert set(WORDS) < shown.keys()
    assert shown["B x T x H"] == "32x64x256"
    assert shown["µs / step"] == "123"
    assert shown["tokens/s"] == "259,319"
    assert shown["x torch"] == "1.25"
    assert shown["of product"] == "80 %"


def test_parameters_and_uneven_lengths_are_told() -> None:
    shown = cells(make_speed(params={"activation": "relu"}, lengths="uniform"))
    assert shown[0] == "gru activation=relu"
    assert "32x64x256 uniform" in shown


def test_what_was_not_measured_is_a_dash() -> None:
    shown = dict(zip(HEADER, cells(make_speed(ratio_to_torch=None, share_of_peak=None)), strict=True))
    assert shown["x torch"] == shown["of product"] == "-"


def test_why_there_is_no_speed_is_told_once() -> None:
    rows = [
        make_speed(),
        *(make_speed(backend="torch", status="unavailable", reason="no such cell", T=steps) for steps in (8, 16)),
        *(make_speed(status="wrong", reason="differs", T=steps) for steps in (8, 16)),
    ]
    assert endings(rows) == [
        "gru torch: unavailable: no such cell",
        "gru train 32x8x256 fused: wrong: differs",
        "gru train 32x16x256 fused: wrong: differs",
    ]


def test_a_wrong_row_is_printed_without_its_speed(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = make_speed(backend="torch", status="wrong", reason="differs", parity=False, median_us_per_step=None)
    print_throughput([make_speed(), wrong])
    said = capsys.readouterr().out
    assert "123" in said
    assert "torch: wrong: differs" in said
    assert max(map(len, said.splitlines())) <= 150


def test_nothing_but_reasons_is_printed_without_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    print_throughput([make_speed(status="failed", reason="it fell over")])
    said = capsys.readouterr().out
    assert "it fell over" in said
    assert "µs" not in said


@pytest.mark.parametrize(("size", "label"), [("B", "sequences"), ("T", "steps"), ("H", "hidden size")])
def test_the_picture_is_drawn_against_what_varies(size: str, label: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    rows = [make_speed(backend=backend, **{size: count}) for count in (8, 16, 48) for backend in ("fused", "torch")]
    draw_throughput(rows, tmp_path / "a.svg")
    draw_throughput(rows, tmp_path / "b.svg")
    drawn = (tmp_path / "a.svg").read_text()
    assert all(f">{word}<" in drawn for word in (label, "gru fused", "gru torch", "48"))
    assert ">train, " in drawn
    assert drawn == (tmp_path / "b.svg").read_text()


def test_each_size_has_a_panel_where_the_others_have_their_commonest_value(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    crossed = [*((batch, 24, 32) for batch in (2, 3)), *((7, 24, units) for units in (8, 16, 32)), (7, 48, 32)]
    rows = [make_speed(B=batch, T=steps, H=units) for batch, steps, units in crossed]
    draw_throughput(rows, tmp_path / "a.svg")
    drawn = (tmp_path / "a.svg").read_text()
    for title in ("train, T 24, H 32", "train, B 7, H 32", "train, B 7, T 24"):
        assert f">{title}<" in drawn


def test_a_picture_of_nothing_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(UsageError, match="no row has a speed"):
        draw_throughput([make_speed(status="wrong")], tmp_path / "a.svg")
    with pytest.raises(UsageError, match=r"ends in \.svg or \.png"):
        draw_throughput([make_speed()], tmp_path / "a.pic")
    assert not list(tmp_path.iterdir())


def test_means_are_geometric_over_the_shapes_that_both_have() -> None:
    rows = [
        *(make_speed(backend="fused", T=steps, median_us_per_step=10.0) for steps in (1, 2, 3)),
        *(make_speed(backend="torch", T=steps, median_us_per_step=cost) for steps, cost in ((1, 20.0), (2, 80.0))),
        make_speed(backend="torch", T=3, status="wrong", parity=False, median_us_per_step=None),
        make_speed(backend="fused", T=1, mode="inference", median_us_per_step=10.0),
        make_speed(backend="torch", T=1, mode="inference", median_us_per_step=10.0),
        *(make_speed(backend="fused_bfloat16", T=steps, median_us_per_step=5.0) for steps in (1, 2)),
    ]
    found = {(mean.candidate, mean.peer): mean for mean in means(rows)}
    assert found.keys() == {("fused", "torch"), ("fused_bfloat16", "torch"), ("fused_bfloat16", "fused")}
    assert found["fused", "torch"].ratios == {"32x1x256": 2.0, "32x2x256": 8.0}
    shown = dict(zip(throughput_means.HEADER, throughput_means.cells(found["fused", "torch"]), strict=True))
    assert shown["times as fast"] == "4.00"
    assert (shown["least"], shown["at"], shown["most"], shown["and at"]) == ("2.00", "32x1x256", "8.00", "32x2x256")


def test_a_document_has_of_each_command_the_last_measurement() -> None:
    def measured(command: str, cost: float, ended: str) -> Measurement:
        rows = [make_speed(T=steps, backend="torch", median_us_per_step=2 * cost) for steps in (1, 2)]
        rows += [make_speed(T=steps, median_us_per_step=cost) for steps in (1, 2)]
        made = replace(provenance.gather("2026-01-01T00:00:00", command=[command]), ended=ended)
        return make_measurement(rows, made, testbed.gather())

    old, new, other = measured("a", 111.0, "2026-01-02"), measured("a", 222.0, "2026-01-03"), measured("b", 333.0, "")
    text = document([new, old, other])
    assert "111" not in text
    assert text.count("\n## ") == 1
    assert [line for line in text.splitlines() if line.startswith("###")] == ["### b", "### a"]
    assert text.count("| gru | train | 1 | fused | torch | 2 | 2.00 |") == 2


def test_several_threads_are_compared_with_one() -> None:
    rows = [
        make_speed(T=steps, threads=threads, backend=backend, median_us_per_step=cost / threads)
        for steps in (1, 2)
        for threads in (1, 2)
        for backend, cost in (("fused", 10.0), ("torch", 30.0))
    ]
    rows.append(make_speed(T=3, threads=2, median_us_per_step=1.0))
    found = {(mean.threads, mean.candidate, mean.peer): mean.ratios for mean in means(rows)}
    assert found[2, "fused", "1 thread"] == found[2, "torch", "1 thread"] == {"32x1x256": 2.0, "32x2x256": 2.0}
    assert {peer for threads, _, peer in found if threads == 1} == {"torch"}

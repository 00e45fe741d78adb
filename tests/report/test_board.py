"""Boards compare what can be compared, rank honestly, and hide no failure."""

from __future__ import annotations

import dataclasses

import pytest

from rnnbench.records.record import Record
from rnnbench.report.board import boards
from tests.made_up import make_language_model, make_record


def test_rows_are_best_first_and_equal_printed_scores_share_a_rank() -> None:
    records = [
        make_record("rnn", accuracy=0.7),
        make_record("gru", accuracy=0.9001),
        make_record("lstm", accuracy=0.9004),
    ]
    (board,) = boards(records)
    assert [(row.rank, row.cell) for row in board.rows] == [(1, "gru"), (1, "lstm"), (3, "rnn")]


def test_seeds_are_averaged_with_a_t_interval() -> None:
    (board,) = boards([make_record(seed=seed, accuracy=value) for seed, value in ((1, 0.8), (2, 0.9), (3, 1.0))])
    value = board.rows[0].metrics["accuracy"]
    assert value.mean == pytest.approx(0.9)
    # t(2 degrees of freedom, 95 %) = 4.303; standard error 0.1 / sqrt(3)
    assert value.high == pytest.approx(0.9 + 4.3027 * 0.1 / 3**0.5, abs=1e-4)
    assert board.rows[0].seeds == (1, 2, 3)


def test_one_seed_shows_the_interval_over_examples() -> None:
    (board,) = boards([make_record(accuracy=0.9)])
    value = board.rows[0].metrics["accuracy"]
    assert (value.low, value.high) == (pytest.approx(0.85), pytest.approx(0.95))


@pytest.mark.parametrize("change", [{"suite": "other"}, {"data": "d1"}, {"machine": "another"}])
def test_suites_data_and_machines_are_not_mixed(change: dict[str, str]) -> None:
    assert len(boards([make_record("gru"), make_record("rnn", **change)])) == 2


def test_speed_is_a_ratio_to_the_reference_cell() -> None:
    (board,) = boards([make_record("rnn", rate=200.0), make_record("gru", rate=50.0)], reference="rnn")
    speed = {row.cell: row.speed["train"].ratio for row in board.rows}
    assert speed == {"rnn": 1.0, "gru": 0.25}


def test_speeds_are_compared_with_all_else_equal() -> None:
    records = [make_record("rnn", rate=200.0), make_record("gru", rate=50.0, hidden_size=16)]
    (board,) = boards(records)
    assert next(row for row in board.rows if row.cell == "gru").speed["train"].ratio is None


def test_what_sets_rows_apart_stands_in_their_names() -> None:
    (board,) = boards([make_record(), make_record(hidden_size=16)])
    assert {row.name for row in board.rows} == {"gru model.hidden_size=8", "gru model.hidden_size=16"}


def test_failures_are_told_and_never_scored() -> None:
    (board,) = boards([make_record("rnn"), make_record("gru", status="crashed", reason="killed")])
    assert [row.cell for row in board.rows] == ["rnn"]
    assert [(end.name, end.status, end.reason) for end in board.unfinished] == [("gru", "crashed", "killed")]


def test_the_newest_record_of_a_run_counts() -> None:
    old = make_record(accuracy=0.5, ended="2026-01-01T00:00:00", key="before")
    new = make_record(accuracy=0.9, ended="2026-02-01T00:00:00", key="after")
    (board,) = boards([new, old])
    assert board.rows[0].metrics["accuracy"].mean == 0.9


def _at(record: Record, path: str) -> Record:
    """Return the record as if its data had lain elsewhere."""
    dataset = dataclasses.replace(record.what.plugins["dataset"], params={"path": path})
    what = dataclasses.replace(record.what, plugins={**record.what.plugins, "dataset": dataset})
    return dataclasses.replace(record, id=f"{record.id}-{path}", what=what)


@pytest.mark.parametrize("keys", [("same", "same"), ("of a.txt", "of b.txt")])
def test_copies_of_one_corpus_are_no_seeds(keys: tuple[str, str]) -> None:
    records = [
        _at(make_record(seed=seed, accuracy=accuracy, key=f"{key} {seed}", ended=ended), path)
        for path, key, ended, accuracies in (
            ("b.txt", keys[1], "2026-02-01", (0.9, 0.8)),
            ("a.txt", keys[0], "2026-01-01", (0.1, 0.2)),
        )
        for seed, accuracy in enumerate(accuracies, start=1)
    ]
    (board,) = boards(records)
    (row,) = board.rows
    assert row.seeds == (1, 2)
    assert row.metrics["accuracy"].mean == pytest.approx(0.85)
    (board,) = boards([records[0], records[2]])
    assert board.rows[0].seeds == (1,)
    assert board.rows[0].metrics["accuracy"].high == pytest.approx(0.95)


def test_a_run_that_failed_and_then_ended_well_on_a_copy_is_told_once() -> None:
    failed = _at(make_record(status="crashed", reason="killed", ended="2026-01-01"), "a.txt")
    (board,) = boards([failed, _at(make_record(ended="2026-02-01"), "b.txt")])
    assert (len(board.rows), board.unfinished) == (1, ())


def test_a_score_that_is_not_finite_is_no_score() -> None:
    broken = make_record("gru")
    metric = {**broken.as_json()["metrics"][0], "value": None, "ci95": None}
    (board,) = boards([make_record("rnn"), make_record("gru", metrics=[metric])])
    assert [(row.rank, row.cell) for row in board.rows] == [(1, "rnn"), (None, "gru")]


def test_a_record_from_before_a_setting_existed_has_its_default() -> None:
    old, new, other = make_record("gru"), make_record("lstm"), make_record("rnn")
    for record, zoneout in ((new, 0.0), (other, 0.1)):
        record.what.config["model"]["zoneout"] = zoneout
    (board,) = boards([old, new])
    assert {row.name for row in board.rows} == {"gru", "lstm"}
    (board,) = boards([old, new, other])
    assert {row.name for row in board.rows} == {
        "gru model.zoneout=0.0",
        "lstm model.zoneout=0.0",
        "rnn model.zoneout=0.1",
    }


def test_models_of_different_tokens_are_ranked_by_bits_of_the_text() -> None:
    (board,) = boards([make_language_model("char", 1.4, 2.0), make_language_model("sentencepiece", 4.0, 1.9)])
    assert [(row.rank, row.settings["tokenizer"]) for row in board.rows] == [(1, "sentencepiece"), (2, "char")]
    assert [column.name for column in board.columns] == ["bits_per_byte", "loss", "bits_per_character", "perplexity"]
    assert board.across_tokenizers


def test_models_of_the_same_tokens_are_ranked_by_the_first_metric() -> None:
    records = [make_language_model("word", loss, 9 - loss, cell=cell) for cell, loss in (("gru", 4.0), ("rnn", 5.0))]
    (board,) = boards(records)
    assert [(row.rank, row.cell) for row in board.rows] == [(1, "gru"), (2, "rnn")]
    assert board.columns[0].name == "loss"
    assert not board.across_tokenizers


def test_tokenizers_that_were_fitted_differently_are_different() -> None:
    one, other = make_language_model("char", 1.4, 2.0), make_language_model("char", 4.0, 1.9, cell="rnn")
    assert other.data is not None
    fitted = dataclasses.replace(other.data.tokenizer, sha256="other")
    other = dataclasses.replace(other, data=dataclasses.replace(other.data, tokenizer=fitted))
    (board,) = boards([one, other])
    assert [row.cell for row in board.rows] == ["rnn", "gru"]


def test_bits_of_a_text_that_lost_letters_have_no_rank_beside_other_tokenizers() -> None:
    lossy = make_language_model("word", 7.3, 0.5, whole=False)
    (board,) = boards([lossy, make_language_model("char", 1.4, 2.0)])
    assert [(row.rank, row.settings["tokenizer"]) for row in board.rows] == [(1, "char"), (None, "word")]
    assert [row.incomparable for row in board.rows] == [(), ("bits_per_byte", "bits_per_character")]
    (board,) = boards([lossy, make_language_model("word", 7.4, 0.4, whole=False, cell="rnn")])
    assert [(row.rank, row.cell) for row in board.rows] == [(1, "gru"), (2, "rnn")]


def test_without_bits_of_the_text_the_first_metric_ranks() -> None:
    records = [make_language_model(name, loss, 2.0) for name, loss in (("char", 1.4), ("word", 7.3))]
    records = [
        dataclasses.replace(record, metrics=[metric for metric in record.metrics if "bits" not in metric.name])
        for record in records
    ]
    (board,) = boards(records)
    assert [column.name for column in board.columns] == ["loss", "perplexity"]
    assert [row.rank for row in board.rows] == [1, 2]
    assert not board.across_tokenizers

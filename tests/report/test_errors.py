"""What a run gets wrong, from records and rows made up so that every figure can be counted by hand."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from rnnbench.contracts import DataError, UsageError
from rnnbench.records.record import Metric, Record, Samples
from rnnbench.report.errors.buckets import buckets
from rnnbench.report.errors.columns import aligned, cut, plain, table, wrapped
from rnnbench.report.errors.render import render
from tests.made_up import make_record

Rows = list[dict[str, Any]]
Show = Callable[..., str]


@pytest.fixture
def finish(tmp_path: Path) -> Callable[..., Record]:
    """Return what leaves the rows of a finished run in its folder and returns its record."""

    def finished(task: str, rows: Rows, metrics: tuple[str, ...], labels: tuple[str, ...] = ()) -> Record:
        content = "".join(json.dumps({"row": place, **row}) + "\n" for place, row in enumerate(rows)).encode()
        (tmp_path / "predictions.test.jsonl").write_bytes(content)
        record = make_record()
        assert record.data is not None
        return dataclasses.replace(
            record,
            what=dataclasses.replace(record.what, task=task),
            data=dataclasses.replace(record.data, labels=list(labels)),
            metrics=[Metric(name, "test", 0.5, "fraction", True) for name in metrics],
            samples={
                "test": Samples("predictions.test.jsonl", hashlib.sha256(content).hexdigest(), len(rows)),
            },
        )

    return finished


@pytest.fixture
def show(finish: Callable[..., Record], tmp_path: Path) -> Show:
    """Return what shows the errors of a run."""

    def shown(task: str, rows: Rows, *metrics: str, worst: int = 10, width: int = 100, **other: Any) -> str:
        text = render(finish(task, rows, metrics, **other), tmp_path, worst, width)
        assert all(cell_len(line) <= width for line in text.splitlines())
        return text

    return shown


def section(text: str, heading: str) -> list[list[str]]:
    """Return the words of each line of the section whose heading begins so."""
    lines = text.splitlines()
    (start,) = (place for place, line in enumerate(lines) if line.startswith(heading))
    end = next((place for place in range(start, len(lines)) if not lines[place]), len(lines))
    return [line.split() for line in lines[start + 1 : end]]


def labelled(*pairs: str) -> Rows:
    """Return rows of a classifier, one a pair of target and prediction such as "ab"."""
    return [
        {"target": pair[0], "prediction": pair[1], "probability": 0.5 + place / 100, "text": "x" * (place + 1)}
        for place, pair in enumerate(pairs)
    ]


def test_a_classifier_is_shown_with_its_confusions_and_scores(show: Show) -> None:
    said = show("classification", labelled("aa", "aa", "ab", "ab", "bb", "ba", "cc"), "accuracy", labels=tuple("abc"))
    assert "wrong      3 of 7 examples (42.9 %)" in said
    assert section(said, "Confusion:") == [list("abc"), ["a", "2", "2", "."], list("b11."), list("c..1")]
    assert section(said, "Most frequent")[1:] == [["2", "50.0", "a", "b"], ["1", "50.0", "b", "a"]]
    assert section(said, "Scores by class")[1:] == [
        ["b", "2", "3", "33.3", "50.0", "40.0"],
        ["a", "4", "3", "66.7", "50.0", "57.1"],
        ["c", "1", "1", "100.0", "100.0", "100.0"],
    ]
    assert section(said, "Wrong")[1] == ["5", "0.550", "b", "a", "xxxxxx"]
    assert [line[0] for line in section(said, "Wrong")[1:]] == ["5", "3", "2"]


def test_so_many_worst_examples_are_shown_as_are_asked_for(show: Show) -> None:
    said = show("classification", labelled(*["ab"] * 5), "accuracy", worst=2)
    assert len(section(said, "Wrong")) == 3


def test_accuracy_by_length_counts_every_example_once(show: Show) -> None:
    rows = labelled(*["aa"] * 7, *["ab"] * 3)
    lines = section(show("classification", rows, "accuracy"), "Accuracy by length")[1:]
    assert sum(int(n) for _, n, _ in lines) == len(rows)
    assert sum(int(n) * float(accuracy) for _, n, accuracy in lines) / len(rows) == pytest.approx(70)
    assert lines[0] == ["1-2", "2", "100.0"]
    assert lines[-1] == ["9-10", "2", "0.0"]


def test_of_many_classes_the_most_confused_stand_first_and_nothing_is_lost(show: Show) -> None:
    names = [f"a class of number {n}" for n in range(40)]
    rows = [{"target": name, "prediction": name} for name in names]
    rows += [{"target": names[30], "prediction": names[7]}] * 5
    said = show("classification", rows, "accuracy", labels=tuple(names))
    _, first, second, *others = section(said, "Confusion:")
    assert {" ".join(line[1:6]) for line in (first, second)} == {names[7], names[30]}
    counts = [n for line in (first[6:], second[6:], *(line[6:] for line in others[:-1]), others[-1][1:]) for n in line]
    assert sum(int(n) for n in counts if n != ".") == len(rows)


def test_labels_that_only_a_head_knows_are_shown_too(show: Show) -> None:
    assert "neither" not in show("classification", labelled("ax"), "accuracy", labels=("a",))
    assert "1 more neither occur" in show("classification", labelled("aa"), "accuracy", labels=("a", "b"))


def test_without_probabilities_or_text_errors_are_shown_in_order(show: Show) -> None:
    rows = [{"target": "a", "prediction": "b"}, {"target": "b", "prediction": "b"}, {"target": "b", "prediction": "a"}]
    said = show("classification", rows, "accuracy")
    assert section(said, "Wrong") == [["row", "target", "prediction"], ["0", "a", "b"], ["2", "b", "a"]]
    assert "length" not in said


def sentence(words: str, target: str, prediction: str, **more: Any) -> dict[str, Any]:
    return {"words": words.split(), "target": target.split(), "prediction": prediction.split(), **more}


SPANS = [
    sentence("Ann met Bob Lee in Rome", "B-P O B-P I-P O B-L", "B-P O B-P O B-P B-L"),
    sentence("Rome is old", "B-L O O", "B-P O O"),
    sentence("no one", "O O", "O O"),
    sentence("in Oslo", "O B-L", "O O"),
]


def test_spans_are_scored_by_type(show: Show) -> None:
    said = show("tagging", SPANS, "f1", "precision")
    assert "spans      5 true, 5 predicted, 2 right" in said
    assert "sentences  1 of 4 all right (25.0 %)" in said
    assert section(said, "Scores by type")[1:] == [
        ["P", "2", "4", "25.0", "50.0", "33.3"],
        ["L", "3", "1", "100.0", "33.3", "50.0"],
    ]


def test_types_of_spans_are_confused_in_a_matrix(show: Show) -> None:
    assert section(show("tagging", SPANS, "f1"), "Confusion")[:4] == [
        ["L", "P", "none"],
        ["L", "1", "1", "1"],
        ["P", ".", "2", "."],
        ["none", ".", "1", "."],
    ]
    assert "Confusion" not in show("tagging", [sentence("a b", "O O", "O O")], "f1")


def test_every_wrong_span_is_one_mistake_with_its_words(show: Show) -> None:
    lines = [" ".join(line) for line in section(show("tagging", SPANS, "f1"), "Most frequent mistakes")[1:]]
    assert sorted(lines) == [
        "1 missed L - Oslo",
        "1 spurious - P in",
        "1 wrong bounds P P Bob Lee",
        "1 wrong type L P Rome",
    ]


def test_a_span_of_another_type_with_other_bounds_is_both(show: Show) -> None:
    said = show("tagging", [sentence("a b", "B-P I-P", "O B-L")], "f1")
    assert section(said, "Most frequent mistakes")[1] == ["1", "wrong", "type", "and", "bounds", "P", "L", "a", "b"]


def test_a_span_torn_apart_is_one_with_wrong_bounds_and_a_spurious_one(show: Show) -> None:
    said = show("tagging", [sentence("a b c", "B-P I-P I-P", "B-P O B-P")], "f1")
    assert [line[1] for line in section(said, "Most frequent mistakes")[1:]] == ["wrong", "spurious"]


def test_the_worst_sentences_stand_word_above_tag(show: Show) -> None:
    lines = show("tagging", SPANS, "f1").splitlines()
    start = lines.index("row 0: 2 wrong spans")
    assert lines[start + 1 : start + 4] == [
        "  words       Ann  met  Bob  Lee  in   Rome",
        "  target      B-P  O    B-P  I-P  O    B-L",
        "  prediction  B-P  O    B-P  O    B-P  B-L",
    ]
    assert not any(line.startswith("row 2:") for line in lines)


def test_plain_tags_are_shown_with_seen_and_unseen_words_and_what_is_confused(show: Show) -> None:
    rows = [
        sentence("the cat sat", "D N V", "D N N", unseen=[False, False, True]),
        sentence("a dog sat", "D N V", "D N N", unseen=[False, True, False]),
        sentence("ran", "V", "V", unseen=[False]),
    ]
    said = show("tagging", rows, "accuracy", labels=("D", "N", "V"))
    assert "wrong      2 of 7 words (28.6 %)" in said
    assert "sentences  1 of 3 all right (33.3 %)" in said
    assert section(said, "Confusion:")[1:] == [list("D2.."), list("N.2."), list("V.21")]
    assert section(said, "Most frequent confusions")[1] == ["2", "66.7", "V", "N", "sat"]
    assert section(said, "Accuracy of words")[1:] == [["seen", "5", "80.0"], ["unseen", "2", "50.0"]]
    assert section(said, "Accuracy by length")[1:] == [["1", "1", "1", "100.0"], ["3", "2", "6", "66.7"]]
    assert "row 1: 1 wrong tag\n" in said


def test_the_largest_errors_of_numbers_come_first(show: Show) -> None:
    rows: Rows = [{"target": 1.0, "prediction": p, "text": "x" * n} for p, n in ((1.5, 1), (-1.0, 2), (1.0, 3))]
    said = show("regression", rows, "mse")
    assert section(said, "Largest errors")[1:3] == [["1", "-2", "1", "-1", "xx"], ["0", "+0.5", "1", "1.5", "x"]]
    assert section(said, "Mean size")[1:] == [["1", "1", "0.5"], ["2", "1", "2"], ["3", "1", "0"]]
    assert "n 3, mean -0.5, mean size 0.8333" in said


def test_errors_of_numbers_need_no_text(show: Show) -> None:
    said = show("regression", [{"target": 0.0, "prediction": 3.0}], "mse")
    assert section(said, "Largest errors")[0] == ["row", "error", "target", "prediction"]


PHONES: Rows = [
    {"text": "red", "target": ["R EH D", "R IY D"], "prediction": "R IY D"},
    {"text": "cat", "target": ["K AE T"], "prediction": "K AH T"},
    {"text": "bat", "target": ["B AE T"], "prediction": "B AH"},
    {"text": "hm", "target": ["HH M"], "prediction": ""},
    {"text": "a", "target": ["AH"], "prediction": "AH AH AH"},
]


def test_pronunciations_are_shown_with_their_edits(show: Show) -> None:
    said = show("transduction", PHONES, "wer", "per")
    assert "exact      1 of 5 (20.0 %)" in said
    assert "empty      1 of 5 (20.0 %)" in said
    assert "long       1 of 5 (20.0 %)" in said
    assert section(said, "Most frequent wrong phones")[1] == ["2", "28.6", "AE", "AH"]
    assert ["1", "14.3", "T", "(none)"] in section(said, "Most frequent wrong phones")
    rows = [line for line in said.splitlines() if line.startswith("row ")]
    assert rows[0] == "row 4: 2 edits to the nearest answer, of 1 phones"
    assert [row.split(":")[0] for row in rows] == ["row 4", "row 3", "row 2", "row 1"]
    assert "  prediction  (empty)" in said


def test_texts_that_were_cut_off_are_counted(show: Show) -> None:
    assert "cut  " not in show("transduction", PHONES, "wer", "per")
    rows = [{**row, "finished": place > 1} for place, row in enumerate(PHONES)]
    assert "cut        2 of 5 (40.0 %) at head.max_length" in show("transduction", rows, "wer", "per")


def test_scores_by_length_pool_the_edits_of_phones(show: Show) -> None:
    lines = section(show("transduction", PHONES, "per"), "Scores by length")[1:]
    assert lines == [["1", "1", "0.0", "200.0"], ["2", "1", "0.0", "100.0"], ["3", "3", "33.3", "33.3"]]


def test_answers_that_must_match_are_measured_in_characters(show: Show) -> None:
    said = show("transduction", [{"text": "x", "target": ["abc"], "prediction": "abd"}], "exact_match", "chrf")
    assert section(said, "Most frequent wrong characters")[1] == ["1", "100.0", "c", "d"]


def test_translations_are_ordered_by_chrf_with_every_answer(show: Show) -> None:
    rows = [
        {"text": "uno", "target": ["the first one"], "prediction": "the first one here"},
        {"text": "dos", "target": ["the second", "number two"], "prediction": "xyz"},
        {"text": "tres", "target": ["third"], "prediction": " third "},
    ]
    said = show("transduction", rows, "bleu", "chrf")
    shown = [line for line in said.splitlines() if line.startswith("row ")]
    assert [line.split(":")[0] for line in shown] == ["row 1", "row 0"]
    assert shown[0] == "row 1: chrF 0.0"
    assert "  target      number two" in said
    assert "Most frequent" not in said


def test_captions_have_no_text_of_their_own(show: Show) -> None:
    said = show("captioning", [{"target": ["a dog"], "prediction": "a cat"}], "bleu")
    assert "  target      a dog\n  prediction  a cat" in said
    assert "  text" not in said


def test_what_a_language_model_predicts_worst_comes_first(show: Show) -> None:
    rows = [{"nll": nats * tokens, "tokens": tokens} for nats, tokens in ((1.0, 10), (3.0, 2), (2.0, 8))]
    said = show("language_modelling", rows, "loss", worst=2)
    assert "loss       1.6000 nats a token, 3 rows, 20 tokens" in said
    assert section(said, "Rows with the highest loss")[1:] == [
        ["1", "3.0000", "20.1", "2"],
        ["2", "2.0000", "7.4", "8"],
    ]
    assert sum(int(line[1]) for line in section(said, "Rows by nats")[1:]) == 3


@pytest.mark.parametrize("width", [40, 72, 200])
def test_no_line_is_wider_than_the_terminal(width: int, show: Show) -> None:
    # `show` itself looks at every line: wide characters, long words, marks that combine, and what terminals obey.
    text = "長い文章です" * 30 + " e\u0301" * 50 + "\x1b[31m\t" + "w" * 300
    for task, metric, row in (
        ("classification", "accuracy", {"target": "ラベル" * 20, "prediction": "b", "probability": 0.5, "text": text}),
        ("tagging", "f1", sentence(text, "B-P " * 53, "O " * 53)),
        ("tagging", "accuracy", sentence(text, "B-P " * 53, "O " * 53)),
        ("transduction", "bleu", {"target": [text], "prediction": text[:50], "text": text}),
        ("transduction", "per", {"target": [text], "prediction": text[:50], "text": text}),
    ):
        if task == "tagging":
            row = {
                **row,
                "target": row["target"][: len(row["words"])],
                "prediction": row["prediction"][: len(row["words"])],
            }
        said = show(task, [row], metric, width=width)
        assert "\x1b" not in said


@pytest.mark.parametrize("width", [50, 80])
def test_headings_and_sentences_are_wrapped_and_lose_no_word(width: int, show: Show) -> None:
    names = [f"class {n}" for n in range(20)]
    confused = [{"target": name, "prediction": names[0]} for name in names]
    unended = [{**row, "finished": False} for row in PHONES]
    for sentence, said in (
        ("Confusion: target down, prediction across, the ", show("classification", confused, "accuracy", width=width)),
        (" most confused of 20 classes", show("classification", confused, "accuracy", width=width)),
        ("Most frequent confusions, with their share of the target (%)", show("tagging", SPANS, "a", width=width)),
        ("and wrong bounds do not matter here.", show("tagging", SPANS, "f1", width=width)),
        ("5 of 5 (100.0 %) at head.max_length, before an end", show("transduction", unended, "per", width=width)),
        ("more than twice as long as the longest right answer", show("transduction", PHONES, "per", width=width)),
    ):
        assert sentence in re.sub(r"\s+", " ", said)


def test_what_follows_a_name_hangs_below_its_content(show: Show) -> None:
    lines = show("transduction", PHONES, "per", width=50).splitlines()
    place = next(place for place, line in enumerate(lines) if line.startswith("long"))
    assert lines[place : place + 2] == [
        "long       1 of 5 (20.0 %) more than twice as long",
        "           as the longest right answer",
    ]


def test_a_changed_file_of_predictions_is_refused(finish: Callable[..., Record], tmp_path: Path) -> None:
    record = finish("classification", labelled("ab"), ("accuracy",))
    with (tmp_path / "predictions.test.jsonl").open("a") as file:
        file.write("{}\n")
    with pytest.raises(DataError, match="has changed since the run ended"):
        render(record, tmp_path, 10, 100)


def test_a_missing_file_of_predictions_is_named(finish: Callable[..., Record], tmp_path: Path) -> None:
    record = finish("classification", labelled("ab"), ("accuracy",))
    (tmp_path / "predictions.test.jsonl").unlink()
    with pytest.raises(DataError, match=r"predictions\.test\.jsonl.*No such file.*force=true"):
        render(record, tmp_path, 10, 100)


def test_a_run_that_failed_has_no_errors_to_show(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"its status is failed \(no such gate\)"):
        render(make_record(status="failed", reason="no such gate"), tmp_path, 10, 100)


def test_rows_of_another_head_that_lack_something_are_named(finish: Callable[..., Record], tmp_path: Path) -> None:
    record = finish("classification", [*labelled("ab"), {"target": "a"}], ("accuracy",))
    with pytest.raises(DataError, match=r"predictions\.test\.jsonl:2 has no prediction"):
        render(record, tmp_path, 10, 100)


def test_columns_are_aligned_by_the_cells_of_wide_characters() -> None:
    lines = table("lrl", ["word", "n", "note"], [["日本", 1, "x"], ["abc", 10, "y"]], 80)
    assert lines == ["word   n  note", "日本   1  x", "abc   10  y"]


def test_the_widest_column_is_cut_and_an_empty_one_left_out() -> None:
    assert table("llr", ["text", "", "n"], [["a long text", "", 1]], 9) == ["text    n", "a lon…  1"]


def test_a_text_is_cut_between_whole_characters() -> None:
    assert (cut("日本語", 5), cut("日本語", 6), cut("abcdef", 4)) == ("日本…", "日本語", "abc…")


def test_a_long_text_is_wrapped_between_words_and_its_rest_cut() -> None:
    assert wrapped("aa bb cc dd ee ff", 5, 3) == ["aa bb", "cc dd", "ee ff"]
    assert wrapped("aa bb cc dd ee ff", 5, 2) == ["aa bb", "cc d…"]
    assert wrapped("日本語です", 4, 3) == ["日本", "語で", "す"]
    assert wrapped("", 5, 3) == [""]


def test_words_and_tags_are_broken_into_blocks_together() -> None:
    lines = aligned([["one", "two", "three"], ["A", "LONGER", "C"]], ["w", "t"], 14)
    assert lines == ["w  one  two", "t  A    LONGER", "w  three", "t  C"]


def test_what_a_terminal_would_obey_is_spelt_out() -> None:
    assert plain("a\n b\t\x1b[31m\x07") == "a b \\x1b[31m\\x07"


def test_groups_by_length_are_about_equal_and_never_part_equal_lengths() -> None:
    assert [(name, len(places)) for name, places in buckets(list(range(1, 11)))] == [
        ("1-2", 2), ("3-4", 2), ("5-6", 2), ("7-8", 2), ("9-10", 2),
    ]  # fmt: skip
    assert [(name, places.tolist()) for name, places in buckets([4, 4, 9, 4])] == [("4", [0, 1, 3]), ("9", [2])]

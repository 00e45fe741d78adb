"""A run's key holds everything that decides its result, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hydra import compose

from rnnbench.catalog.auto import resolved
from rnnbench.cli.run import initialise_hydra
from rnnbench.contracts import DataError, Job
from rnnbench.harness.plan import conflict, job_of
from tests.conftest import PLUGIN_FOLDER


def job(*words: str, output: Path = Path("runs")) -> Job:
    initialise_hydra(None)
    return job_of(compose("config", overrides=resolved(words)), output)


def csv_file(folder: Path, rows: str = "text,label\nhi,a\nho,b\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "data.csv"
    path.write_text(rows)
    return path


def test_auto_and_what_it_resolves_to_are_one_key() -> None:
    explicit = job("dataset=bites", "tokenizer=word", "head=classify")
    assert job("dataset=bites", "tokenizer=auto", "head=auto").key == explicit.key == job("dataset=bites").key


@pytest.mark.parametrize(
    ("words", "tokenizers"),
    [
        (["dataset.source=en", "dataset.target=fi"], ("word", "word")),
        (["dataset.source=en", "dataset.target=ja"], ("word", "char")),
        (["dataset.source=ja", "dataset.target=en", "tokenizer=auto"], ("char", "word")),
        (["dataset.source=ja", "dataset.target=en", "tokenizer=byte"], ("byte", "word")),
        (["dataset.source=ja", "dataset.target=en", "tokenizer.max_size=100"], ("word", "word")),
        (["dataset.source=en", "dataset.target=ja", "tokenizer@target_tokenizer=byte"], ("word", "byte")),
        (["dataset.source=en", "dataset.target=ja", "tokenizer@target_tokenizer=null"], ("word", None)),
        (["dataset.source=en", "dataset.target=ja", "~tokenizer@target_tokenizer"], ("word", None)),
    ],
)
def test_a_language_without_spaces_is_read_by_characters(
    words: list[str], tokenizers: tuple[str, str | None], tmp_path: Path
) -> None:
    for language in ("en", "fi", "ja"):
        (tmp_path / f"all.{language}").write_text("a\n" * 50)
    made = job("dataset=parallel", f"dataset.path={tmp_path}", *words)
    target = made.parts.get("target_tokenizer")
    assert (made.tokenizer.name, target and target.name) == tokenizers


@pytest.mark.parametrize(("language", "tokenizer"), [("en", "word"), ("ja", "char")])
def test_captions_are_cut_up_as_their_language_is(language: str, tokenizer: str, tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(50)]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / "captions.jsonl").write_text("".join(f'{{"image": "{name}", "captions": ["x"]}}\n' for name in names))
    made = job("dataset=captions", f"dataset.path={tmp_path}", f"dataset.language={language}")
    assert made.tokenizer.name == tokenizer


@pytest.mark.parametrize("word", ["output=elsewhere", "force=true", "timeout=5", "fail_fast=true"])
def test_where_and_whether_a_run_happens_is_not_in_its_key(word: str) -> None:
    assert job("dataset=bites", word).key == job("dataset=bites").key


@pytest.mark.parametrize(
    "word",
    [
        "seed=2",
        "cell=lstm",
        "model.layers=2",
        "training.batch_size=7",
        "dataset.pairs=150",
        "backend=reference",
        "suite=other",
        "evaluate.checkpoint=last",
        "precision=64-true",
    ],
)
def test_what_decides_the_result_is_in_its_key(word: str) -> None:
    assert job("dataset=bites", word).key != job("dataset=bites").key


def test_the_same_two_files_the_other_way_round_are_another_run(tmp_path: Path) -> None:
    for name in ("a.en", "b.fi"):
        (tmp_path / name).write_text(f"{name}\n" * 50)
    one, other = (f"{tmp_path}/{name}" for name in ("a.en", "b.fi"))
    forth = job("dataset=parallel", f"dataset.source={one}", f"dataset.target={other}")
    back = job("dataset=parallel", f"dataset.source={other}", f"dataset.target={one}")
    assert forth.key != back.key


def test_a_moved_file_keeps_its_key_and_a_changed_one_does_not(tmp_path: Path) -> None:
    here, there = csv_file(tmp_path / "here"), csv_file(tmp_path / "there")
    changed = csv_file(tmp_path / "changed", "text,label\nhi,b\nho,a\n")
    keys = [job("dataset=csv", f"dataset.path={path}").key for path in (here, there, changed)]
    assert keys[0] == keys[1] != keys[2]


def test_a_changed_file_is_noticed_in_place(tmp_path: Path) -> None:
    path = csv_file(tmp_path)
    before = job("dataset=csv", f"dataset.path={path}").key
    path.write_text("text,label\nhi,a\nho,b\nhu,a\n")
    assert job("dataset=csv", f"dataset.path={path}").key != before


def test_a_missing_file_is_told_while_planning(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.csv"):
        job("dataset=csv", f"dataset.path={tmp_path / 'nowhere.csv'}")


def test_the_folder_is_named_by_choices_seed_and_key(tmp_path: Path) -> None:
    planned = job("dataset=bites", "cell=rnn", "seed=3", output=tmp_path)
    assert planned.directory == tmp_path / f"bites-word-rnn-classify-s3-{planned.key[:8]}"


def test_a_job_survives_json() -> None:
    planned = job("dataset=bites", "cell=cnn")
    assert Job.from_json(planned.as_json()) == planned


def test_a_cell_without_direction_conflicts_with_bidirectional() -> None:
    assert "no direction" in conflict(job("dataset=bites", "cell=bow", "model.bidirectional=true"))
    assert conflict(job("dataset=bites", "cell=gru", "model.bidirectional=true")) == ""


def test_an_image_conflicts_with_bidirectional() -> None:
    assert "not read in a direction" in conflict(job("dataset=glyphs", "cell=gru", "model.bidirectional=true"))


def test_values_of_a_head_that_cannot_be_used_together_conflict(tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("a\tb\n" * 50)
    words = ["dataset=parallel", f"dataset.path={tmp_path}/pairs.tsv", "head.input_feeding=true"]
    assert conflict(job(*words)) == ""
    found = conflict(job(*words, "head.attention=none"))
    assert found == "head.input_feeding=true feeds back what was attended to; choose head.attention=dot"


def test_a_head_has_room_for_a_cell_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNBENCH_PLUGINS", str(PLUGIN_FOLDER))
    planned = job("dataset=bites", "head=restacked", "cell@decoder.cell=lstm", "decoder.cell.forget_bias=1")
    assert planned.parts["decoder.cell"].name == "lstm"
    assert planned.parts["decoder.cell"].params == {"forget_bias": 1.0}
    assert conflict(planned) == ""
    assert planned.key != job("dataset=bites", "head=restacked", "cell@decoder.cell=gru").key


def test_a_place_the_head_does_not_have_is_a_conflict() -> None:
    assert "has no place for cell@decoder.cell" in conflict(job("dataset=bites", "cell@decoder.cell=lstm"))

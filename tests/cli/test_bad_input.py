"""A mistake on the command line gets one clear sentence, all mistakes at once, and exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnbench.catalog.registry import names
from rnnbench.cli.main import command, main
from rnnbench.contracts import UsageError

MISTAKES = [
    ("cell=lsmt", r"cell=lsmt: there is no cell of that name\. Did you mean lstm"),
    ("model.hiden_size=3", r"there is no setting model\.hiden_size\. Did you mean model\.hidden_size"),
    ("model.hidden_size=big", r"model\.hidden_size=big: .*Integer"),
    ("evaluate.checkpoint=bets", r"evaluate\.checkpoint=bets: .*best"),
    ("dataset.pears=3", r"has no parameter pears"),
    ("tokenizer=wrod", r"Did you mean word"),
    ("lstm", r"lstm: expected key=value"),
    ("cell=lstm,gru", r"several values make a sweep; add -m"),
    ("cell.activation=sigmoid", r"cell gru has no parameter activation"),
    ("target_tokenizer=word", r"write tokenizer@target_tokenizer=word"),
    ("cell@decoder.cell=lsmt", r"Did you mean lstm"),
    ("seed=one", r"seed=one: .*Integer"),
]


@pytest.mark.parametrize(("word", "sentence"), MISTAKES)
def test_a_mistaken_word_is_told_in_a_sentence(word: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        command(["run", word])


def test_a_plugins_file_outside_the_folder_of_its_kind_is_told_where_to_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cells").mkdir()
    (tmp_path / "lost.py").write_text("class Lost: ...\n")
    monkeypatch.setenv("RNNBENCH_PLUGINS", str(tmp_path))
    with pytest.raises(UsageError, match=r"no cell of that name\. .*lost\.py has to stand in .*/cells\. The cells are"):
        command(["run", "cell=lost"])


@pytest.mark.parametrize("place", ["cell@decoder.cell", "cell@char.cell"])
def test_parameters_are_those_of_the_plugin_in_the_keys_own_place(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["run", "cell=rnn", "cell.activation=relu", f"{place}=gru", "--cfg"]) == 0
    assert "activation: relu" in capsys.readouterr().out
    with pytest.raises(UsageError, match="cell gru has no parameter activation"):
        command(["run", "cell=gru", "cell.activation=relu", f"{place}=rnn", "--cfg"])


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(UsageError) as error:
        command(["run", "cell=lsmt", "model.hiden_size=3", "dataset=nmaes"])
    assert len(str(error.value).splitlines()) == 3


@pytest.mark.parametrize("word", ["model.dropout=1.5", "training.batch_size=0", "precision=33", "device=tpu"])
def test_a_value_out_of_range_is_told_before_anything_runs(word: str, tmp_path: object) -> None:
    with pytest.raises(UsageError, match=word.partition("=")[0]):
        command(["run", word, f"output={tmp_path}"])


def test_a_required_parameter_is_asked_for(tmp_path: object) -> None:
    with pytest.raises(UsageError, match=r"dataset\.path has no value"):
        command(["run", "dataset=csv", f"output={tmp_path}"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["dataset=conll", "dataset.path=nowhere"],
            r"dataset\.path=.*nowhere does not exist\..* Give a file",
        ),
        (["dataset=bites", "model.embedding=no.vec"], r"model\.embedding=no\.vec is no file; give vectors in text for"),
    ],
)
@pytest.mark.parametrize("many", [[], ["-m", "seed=1,2"]])
def test_data_that_is_not_there_is_a_mistake_of_the_command(
    words: list[str], sentence: str, many: list[str], tmp_path: object
) -> None:
    with pytest.raises(UsageError, match=sentence):
        command(["run", *words, *many, f"output={tmp_path}"])


def test_a_parameter_is_checked_against_every_chosen_plugin() -> None:
    with pytest.raises(UsageError, match=r"cell lstm has no parameter activation"):
        command(["run", "-m", "cell=rnn,lstm", "cell.activation=relu"])


def test_a_literal_is_checked() -> None:
    with pytest.raises(UsageError, match=r"cell\.activation=sigmoid: .*tanh"):
        command(["run", "cell=rnn", "cell.activation=sigmoid"])


def test_words_without_a_verb_mean_run() -> None:
    with pytest.raises(UsageError, match="Did you mean lstm"):
        command(["-m", "cell=lsmt"])


def test_the_command_exits_with_2_and_prints_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["rnnbench", "run", "cell=lsmt"])
    with pytest.raises(SystemExit, match="2"):
        main()
    said = capsys.readouterr().err
    assert said.startswith("rnnbench: cell=lsmt")
    assert "Traceback" not in said


def test_an_unknown_verb_gets_a_near_match(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["bord"]) == 2
    assert "Did you mean board?" in capsys.readouterr().err


def test_help_names_every_plugin(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for kind in ("cell", "dataset", "tokenizer", "head") for name in names(kind))

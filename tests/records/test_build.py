"""A record says what was run, and nothing of where on a machine it was."""

from __future__ import annotations

from pathlib import Path

from rnnbench.contracts import Choice, Job, ModelSettings, Settings
from rnnbench.records.build import describe
from rnnbench.records.provenance import gather


def test_places_are_told_by_their_last_name(tmp_path: Path) -> None:
    place = str(tmp_path / "treebank")
    job = Job(
        dataset=Choice("csv", {"path": place, "text": "text"}),
        tokenizer=Choice("word"),
        cell=Choice("gru"),
        head=Choice("classify"),
        settings=Settings(model=ModelSettings(embedding=str(tmp_path / "some.vec")), output="runs"),
        key="k",
        directory=tmp_path,
    )
    what = describe(job, overrides=["dataset=csv", f"dataset.path={place}", "cell=gru"])
    assert what.plugins["dataset"].params == {"path": "treebank", "text": "text"}
    assert what.overrides == ["dataset=csv", "dataset.path=treebank", "cell=gru"]
    assert what.config["model"]["embedding"] == "some.vec"
    assert what.config["output"] == "runs"


def test_the_command_names_programs_and_data_without_their_folders(tmp_path: Path) -> None:
    command = [str(tmp_path / "rnnbench"), "run", "cell=gru", f"dataset.path={tmp_path}/data", "-m"]
    assert gather("2026-01-01", command=command).command == ["rnnbench", "run", "cell=gru", "dataset.path=data", "-m"]

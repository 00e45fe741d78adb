"""Presets of cells name a backend, wherever the cell stands."""

from __future__ import annotations

import pytest
from omegaconf import OmegaConf

from rnnbench.cli.main import command


def composed(capsys: pytest.CaptureFixture[str], *words: str) -> object:
    assert command(["run", *words, "--cfg"]) == 0
    return OmegaConf.create(capsys.readouterr().out)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("backend", ["fused", "torch"])
def test_a_preset_is_its_cell_with_a_backend(backend: str, cell: str, capsys: pytest.CaptureFixture[str]) -> None:
    preset, plain = (composed(capsys, f"cell={name}") for name in (f"{backend}_{cell}", cell))
    assert preset == OmegaConf.merge(plain, {"backend": backend})


def test_the_command_line_outdoes_a_preset(capsys: pytest.CaptureFixture[str]) -> None:
    config = composed(capsys, "cell=fused_rnn", "backend=reference", "cell.activation=relu")
    assert OmegaConf.select(config, "backend") == "reference"
    assert OmegaConf.select(config, "cell.activation") == "relu"


def test_a_preset_stands_in_a_further_place(capsys: pytest.CaptureFixture[str]) -> None:
    config = composed(capsys, "cell=lstm", "cell@decoder.cell=fused_gru")
    assert OmegaConf.select(config, "decoder.cell") == {"name": "gru"}
    assert (OmegaConf.select(config, "cell.name"), OmegaConf.select(config, "backend")) == ("lstm", "fused")


def test_presets_are_listed_with_what_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    command(["list", "cells"])
    assert "fused_gru        The GRU, in compiled C (backend=fused).  [preset]" in capsys.readouterr().out


@pytest.mark.parametrize(
    "word",
    [
        "training.schedule_options.T_max=5",
        "+training.schedule_options.T_max=5",
        "training.schedule_options={T_max: 5}",
    ],
)
def test_an_option_of_torch_is_given_as_any_setting_is(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    config = composed(capsys, "training.schedule=CosineAnnealingLR", word)
    assert OmegaConf.select(config, "training.schedule_options") == {"T_max": 5}

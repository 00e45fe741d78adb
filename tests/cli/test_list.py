"""`rnnbench list` tells of all plugins, of a kind's, or of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnbench.cli.main import command
from rnnbench.contracts import UsageError


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert command(["list", *words]) == code
    return capsys.readouterr().out


def test_one_plugin_is_described_with_its_parameters_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "datasets", "captions")
    assert found.startswith("dataset captions  [rnnbench")
    assert "* COCO: annotations/captions_*.json" in found
    assert "dataset.path=…" in found
    assert "str; has to be given" in found
    assert "dataset.size=64" in found
    assert "dataset.vectors=null" in found
    assert found.rstrip().endswith("plugins/datasets/captions.py")
    assert "Flickr8k" not in said(capsys, "dataset", "names")


def test_choices_are_listed_and_a_plugin_may_have_no_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    assert "head.attention=dot" in (found := said(capsys, "heads", "seq2seq"))
    assert "none | dot | additive" in found
    assert "It has no parameters." in said(capsys, "tokenizers", "byte")


def test_a_preset_is_shown_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "datasets", "topic")
    assert found.startswith("dataset topic  [preset]")
    assert "- ag_news" in found


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["datasets", "conl"], r"list datasets conl: there is no dataset of that name\. Did you mean conll"),
        (["heads", "zzz"], r"list heads zzz: there is no head of that name\. See rnnbench list heads\."),
    ],
)
def test_a_name_that_is_none_gets_near_matches(words: list[str], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        command(["list", *words])


def test_a_broken_plugin_is_described_by_its_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RNNBENCH_PLUGINS", str(tmp_path))
    (tmp_path / "cells").mkdir()
    (tmp_path / "cells" / "mine.py").write_text("import nothing_of_that_name\n\n\nclass Mine:\n    pass\n")
    found = said(capsys, "cells", "mine", code=1)
    assert "broken: ModuleNotFoundError" in found
    assert f"source: {tmp_path}/cells/mine.py" in found

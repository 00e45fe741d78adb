"""A made-up data set and tokenizer, and jobs made of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rnnbench.contracts import (
    Choice,
    EvaluateSettings,
    Job,
    ModelSettings,
    Settings,
    TrainingSettings,
)

MakeJob = Callable[..., Job]


@pytest.fixture(autouse=True)
def made_up_plugins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RNNBENCH_PLUGINS", str(Path(__file__).parent / "plugins"))
    monkeypatch.setenv("RNNBENCH_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def make_job(tmp_path: Path) -> MakeJob:
    """Return a maker of small jobs: keywords are settings of any section, or a plugin's parameters by its kind.

    `data` and `task` name the data set and the head.
    """

    def make(
        folder: str = "run",
        *,
        cell: str = "gru",
        data: str = "toy",
        task: str = "classify",
        tokenizer: str = "letters",
        dataset: dict[str, Any] | None = None,
        head: dict[str, Any] | None = None,
        parts: dict[str, Choice] | None = None,
        key: str = "0123456789abcdef",
        **changes: Any,
    ) -> Job:
        sections = {
            "model": {"hidden_size": 6, "embedding_size": 5},
            "training": {"batch_size": 8, "max_epochs": 3, "learning_rate": 0.01},
            "evaluate": {"batch_size": 16, "throughput": False},
            "settings": {},
        }
        kinds = {
            "model": ModelSettings,
            "training": TrainingSettings,
            "evaluate": EvaluateSettings,
            "settings": Settings,
        }
        for name, value in changes.items():
            owner = next(
                section
                for section, kind in kinds.items()
                if hasattr(kind, "__dataclass_fields__") and name in kind.__dataclass_fields__
            )
            sections[owner][name] = value
        return Job(
            dataset=Choice(data, dataset or {}),
            tokenizer=Choice(tokenizer),
            cell=Choice(cell),
            head=Choice(task, head or {}),
            settings=Settings(
                model=ModelSettings(**sections["model"]),
                training=TrainingSettings(**sections["training"]),
                evaluate=EvaluateSettings(**sections["evaluate"]),
                **sections["settings"],
            ),
            key=key,
            directory=tmp_path / folder,
            parts=parts or {},
        )

    return make

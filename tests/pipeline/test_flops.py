"""A token's arithmetic, against the count by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from rnnbench.contracts import Batch, Choice, Job, ModelSettings, Settings, TaskInfo, Vocabulary
from rnnbench.pipeline.build import build_network
from rnnbench.pipeline.flops import flops_per_token
from rnnbench.plugins.tokenizers.byte import Byte


@pytest.mark.parametrize(("cell", "gates"), [("rnn", 1), ("gru", 3), ("lstm", 4)])
def test_a_recurrent_token_costs_two_products_a_gate(cell: str, gates: int, tmp_path: Path) -> None:
    embedding, hidden, classes, steps = 6, 10, 2, 32
    info = TaskInfo("classification", "char", ("accuracy",), labels=("a", "b"))
    vocabulary = Vocabulary(9, 0, 1, 2, 3, ("a", "b"), (1, 1))
    settings = Settings(model=ModelSettings(hidden_size=hidden))
    job = Job(Choice("none"), Choice("none"), Choice(cell), Choice("classify"), settings, "k", tmp_path)
    network = build_network(job, info, vocabulary, Byte(), embedding)
    batch = Batch(torch.full((3, steps), 4), torch.full((3,), steps), torch.tensor([0, 1, 0]), range(3))
    by_hand = 2 * gates * hidden * (embedding + hidden) + 2 * hidden * classes / steps
    assert flops_per_token(network, batch) == pytest.approx(by_hand)

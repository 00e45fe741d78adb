"""Parts of a step in torch operations: numbers change neither the dtype nor, in float64, the last digit."""

from __future__ import annotations

import pytest
import torch

from rnnbench.recurrence.fused.evaluation import Evaluation
from rnnbench.recurrence.fused.graph import Graph


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_a_number_is_as_exact_as_what_it_is_combined_with(dtype: torch.dtype) -> None:
    graph = Graph()
    x = graph.input("x")
    (found,) = Evaluation([x], [graph.apply("mul", x, graph.number(0.1))])(torch.ones(3, dtype=dtype))
    assert torch.equal(found, torch.full((3,), 0.1, dtype=dtype))

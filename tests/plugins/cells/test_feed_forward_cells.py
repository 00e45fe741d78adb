"""The lecture's feed-forward baselines: a bag of words knows no order, filters know a few words of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from rnnbench.catalog.registry import build
from rnnbench.contracts import UsageError
from rnnbench.recurrence import Recurrence

D, H, T = 3, 7, 6


def outputs(name: str, x: Tensor, lengths: list[int], **params: Any) -> tuple[Any, Tensor]:
    """Return a float64 cell and its outputs; it carries no state."""
    torch.manual_seed(0)
    cell = build("cell", name, params, input_size=D, hidden_size=H).double()
    with torch.no_grad():
        y, state = Recurrence(cell)(x, torch.tensor(lengths))
    assert state == ()
    return cell, y


def drawn(rows: int = 1) -> Tensor:
    return torch.randn(rows, T, D, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("layers", [1, 2])
def test_bow_is_a_network_on_the_mean_of_the_valid_inputs(layers: int) -> None:
    x = drawn()
    cell, y = outputs("bow", x, [4], layers=layers)
    h = x[0, :4].numpy().mean(0)
    for linear in cell.network[::2]:
        h = np.maximum(linear.weight.detach().numpy() @ h + linear.bias.detach().numpy(), 0)
    np.testing.assert_allclose(y[0, :4], np.tile(h, (4, 1)), atol=1e-12)


def test_bow_gives_the_same_for_any_order() -> None:
    x = drawn()
    torch.testing.assert_close(outputs("bow", x, [T])[1], outputs("bow", x.flip(1), [T])[1])


def test_cnn_is_relu_of_filters_over_neighbours_with_zeros_beyond_the_ends() -> None:
    x = drawn()
    cell, y = outputs("cnn", x, [T], widths=(2, 3))
    columns = []
    for width, filters in zip((2, 3), cell.filters, strict=True):
        weight, bias = filters.weight.detach().numpy(), filters.bias.detach().numpy()
        before = (width - 1) // 2
        padded = np.pad(x[0].numpy(), ((before, width - 1 - before), (0, 0)))
        windows = np.stack([padded[t : t + width] for t in range(T)])
        columns.append(np.einsum("twd,fdw->tf", windows, weight) + bias)
    np.testing.assert_allclose(y[0], np.maximum(np.concatenate(columns, 1), 0), atol=1e-12)


def test_cnn_sees_no_further_than_its_filters() -> None:
    x = drawn()
    changed = x.clone()
    changed[:, 5] += 1
    one, two = outputs("cnn", x, [T])[1], outputs("cnn", changed, [T])[1]
    assert torch.equal(one[:, :3], two[:, :3])
    assert not torch.equal(one[:, 3:], two[:, 3:])


def test_cnn_has_hidden_size_filters_in_all() -> None:
    cell, y = outputs("cnn", drawn(), [T])
    assert [filters.out_channels for filters in cell.filters] == [3, 2, 2]
    assert y.shape == (1, T, H)


@pytest.mark.parametrize(
    ("name", "params"),
    [("cnn", {"widths": ()}), ("cnn", {"widths": (0,)}), ("cnn", {"widths": (2,) * 8}), ("bow", {"layers": 0})],
)
def test_sizes_that_make_no_sense_are_told(name: str, params: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"cell={name}: {next(iter(params))}="):
        build("cell", name, params, input_size=D, hidden_size=H)

"""Every registered cell, first- or third-party, keeps the contract."""

from __future__ import annotations

import pytest

from rnnbench.catalog.registry import names
from rnnbench.testing import check_cell


@pytest.mark.parametrize("name", names("cell"))
def test_cell_keeps_the_contract(name: str) -> None:
    check_cell(name)


def test_the_relu_network_keeps_the_contract() -> None:
    check_cell("rnn", activation="relu")

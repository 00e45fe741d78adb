"""Every registered head keeps its contract."""

from __future__ import annotations

import pytest

from rnnbench.catalog import registry
from rnnbench.testing import check_head


@pytest.mark.parametrize("name", registry.names("head"))
def test_head_keeps_its_contract(name: str) -> None:
    check_head(name)

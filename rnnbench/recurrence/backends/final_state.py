"""The state after a row's last valid step."""

from __future__ import annotations

from torch import Tensor


def final_state(states: Tensor, lengths: Tensor, padding: Tensor | None) -> Tensor:
    """Return (B, H), each row's state at its last valid step, from the states (B, T, H) after every step."""
    if padding is None:
        return states[:, -1]
    last = (lengths - 1)[:, None, None].expand(-1, 1, states.shape[-1])
    return states.gather(1, last).squeeze(1)

"""A cell in a single file, as somebody would try out an idea."""

from typing import Any

from torch import Tensor, tanh

from rnnbench.recurrence import PointwiseCell


class Leaky(PointwiseCell):
    """A leaky integrator: h_t = (1 - rate) h_{t-1} + rate tanh(W x_t + U h_{t-1})."""

    gates = ("n",)
    state = ("h",)

    def __init__(self, input_size: int, hidden_size: int, *, rate: float = 0.5) -> None:
        super().__init__(input_size, hidden_size)
        self.rate = rate

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        """Return the next state."""
        return (state.h + self.rate * (tanh(x.n + h.n) - state.h),)

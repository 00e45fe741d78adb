"""The chaos-free network, in a package of its own."""

from typing import Any

from torch import Tensor, sigmoid, tanh

from rnnbench.recurrence import PointwiseCell


class ChaosFreeNetwork(PointwiseCell):
    """The chaos-free network of Laurent and von Brecht (2017, arXiv 1612.06212), equation 2.

    h_t = theta * tanh(h_{t-1}) + eta * tanh(W x_t): without input its state dies away, it never runs chaotic.
    """

    gates = ("theta", "eta", "v")
    state = ("h",)

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, ...]:
        """Return the next state."""
        theta = sigmoid(x.theta + h.theta)
        eta = sigmoid(x.eta + h.eta)
        return (theta * tanh(state.h) + eta * tanh(x.v),)

"""A cell as the pointwise update of one time step."""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from rnnbench.contracts import PluginError, State
from rnnbench.recurrence.cell import StepCell
from rnnbench.recurrence.noise import DROPPED, Noise


class PointwiseCell(StepCell):
    """A cell whose only matrix products are x W_ih and h W_hh; all the rest is pointwise in the hidden unit.

    A subclass names its gates and its state, and writes one step. The whole of a GRU:

        class GRU(PointwiseCell):
            gates = ("r", "z", "n")
            state = ("h",)

            def update(self, x, h, state):
                r = torch.sigmoid(x.r + h.r)
                z = torch.sigmoid(x.z + h.z)
                n = torch.tanh(x.n + r * h.n)
                return (n + z * (state.h - n),)

    * `gates`: the blocks of H columns of both products, in the order of the weights' rows,
    * `state`: the tensors (B, H) that are carried; the first one is multiplied by W_hh and is the output,
    * `vectors`: parameters (H,), one number per unit, such as peepholes; they arrive as `update`'s fourth argument,
    * `hidden_product`: False for a cell without h W_hh; its `update` is given None for h.

    Parameters are named, shaped and initialised as in torch.nn: weight_ih (G·H, D), weight_hh (G·H, H), bias_ih and
    bias_hh (G·H,), all from U(-1/√H, 1/√H).
    """

    gates: ClassVar[tuple[str, ...]]
    state: ClassVar[tuple[str, ...]]
    vectors: ClassVar[tuple[str, ...]] = ()
    hidden_product: ClassVar[bool] = True

    noise: Noise = Noise()
    """Zoneout and recurrent dropout: set on a cell by who builds it, and no business of `update`."""

    _Gates: ClassVar[Any]
    _State: ClassVar[Any]
    _Vectors: ClassVar[Any]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for kind in ("gates", "state", "vectors"):
            if hasattr(cls, kind):
                setattr(cls, f"_{kind.capitalize()}", namedtuple(kind, getattr(cls, kind)))

    def __init__(self, input_size: int, hidden_size: int) -> None:
        for kind in ("gates", "state"):
            if not getattr(self, kind, ()):
                raise PluginError(f"cell {type(self).__name__} names no {kind}; give the class {kind} = (…,).")
        super().__init__(input_size, hidden_size, state_sizes=[hidden_size] * len(self.state))
        rows = len(self.gates) * hidden_size
        self.weight_ih = nn.Parameter(torch.empty(rows, input_size))
        if self.hidden_product:
            self.weight_hh = nn.Parameter(torch.empty(rows, hidden_size))
        self.bias_ih = nn.Parameter(torch.empty(rows))
        if self.hidden_product:
            self.bias_hh = nn.Parameter(torch.empty(rows))
        for name in self.vectors:
            self.register_parameter(name, nn.Parameter(torch.empty(hidden_size)))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters anew."""
        bound = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def update(self, x: Any, h: Any, state: Any, *vectors: Any) -> tuple[Tensor, ...]:
        """Return the next state from the gates' products x.r, h.r, … and the state's tensors, all (B, H)."""
        raise TypeError(f"{type(self).__name__} defines no update(self, x, h, state)")

    def output(self, state: Any) -> Tensor:
        """Return y_t (B, output_size) from the state after the step: its first tensor unless a cell says otherwise."""
        first: Tensor = state[0]
        return first

    def project(self, x: Tensor) -> Tensor:
        """Return x W_ih + b_ih, (…, D) to (…, G·H): the input's part of any number of steps at once."""
        return linear(x, self.weight_ih, self.bias_ih)

    @property
    def masks(self) -> tuple[str, ...]:
        """The names of a step's masks: none in evaluation, and none without noise."""
        return self.noise.names(len(self.state)) if self.training else ()

    def draw_masks(self, batch: int, steps: int, like: Tensor) -> Tensor | None:
        """Return the masks (B, T, M·H) of so many rows and steps, or None if there are none to draw."""
        return self.noise.draw(self.masks, batch, steps, self.hidden_size, like) if self.masks else None

    def advance(self, projected: Tensor, state: State, masks: Tensor | None = None) -> tuple[Tensor, State]:
        """Return y_t and the next state from one step's `project`ed input (B, G·H) and the state before it.

        `masks` (B, M·H) are one step of those that `draw_masks` drew.
        """
        named, own = self._State._make(state), self._named_masks(masks)
        h = None
        if self.hidden_product:
            seen = state[0] * own[DROPPED] if DROPPED in own else state[0]
            h = self._split(linear(seen, self.weight_hh, self.bias_hh))
        vectors = (self._Vectors._make(getattr(self, name) for name in self.vectors),) if self.vectors else ()
        after = self.advanced(self._split(projected), h, named, vectors, own)
        return self.output(self._State._make(after)), after

    def advanced(
        self, x: Any, h: Any, state: Any, vectors: tuple[Any, ...], masks: Mapping[str, Tensor]
    ) -> tuple[Tensor, ...]:
        """Return the next state: `update`, and what zoneout leaves of it."""
        after = self.update(x, h, state, *vectors)
        if not isinstance(after, tuple) or len(after) != len(self.state):
            raise PluginError(
                f"cell {self.__class__.__name__}: update returned {_described(after)}, not the tuple of its state "
                f"({', '.join(self.state)})."
            )
        return self.noise.hold(state, after, masks) if self.noise else tuple(after)

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """Return y_t (B, output_size) and the next state from x_t (B, D)."""
        masks = self.draw_masks(len(x_t), 1, x_t)
        return self.advance(self.project(x_t), state, None if masks is None else masks[:, 0])

    def _named_masks(self, masks: Tensor | None) -> dict[str, Tensor]:
        if masks is None:
            return {}
        return dict(zip(self.masks, masks.chunk(len(self.masks), -1), strict=True))

    def _split(self, product: Tensor) -> Any:
        return self._Gates._make(product.chunk(len(self.gates), -1))


def _described(returned: object) -> str:
    return f"a tuple of {len(returned)}" if isinstance(returned, tuple) else f"one {type(returned).__name__}"

"""One cell's kernels, called with tensors; shapes are those of `values`."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from rnnbench.recurrence.cuda import launch, module
from rnnbench.recurrence.cuda.emit import emit
from rnnbench.recurrence.cuda.launch import Launch
from rnnbench.recurrence.cuda.values import Values
from rnnbench.recurrence.fused.trace import Step


class Kernel:
    """The forward and the backward pass of one cell."""

    def __init__(self, step: Step, title: str) -> None:
        self.values = Values(step)
        self.text = emit(self.values, title)

    @cached_property
    def module(self) -> Any:
        """The kernels; Triton is imported here."""
        return module.load(self.text)

    def empty_tape(self, like: Tensor, batch: int, steps: int, units: int, keep: bool) -> tuple[Tensor, Tensor]:
        """Return memory for `states` and `kept`, none of it unless they are to be kept."""
        if not keep:
            return like.new_empty(0, dtype=torch.float32), like.new_empty(0, dtype=torch.float32)
        # Zeros: the weights' gradient multiplies them at padding too.
        states = like.new_zeros(batch, steps + 1, len(self.values.before), units, dtype=torch.float32)
        return states, like.new_empty(batch, steps, len(self.values.kept), units, dtype=torch.float32)

    def forward(
        self,
        projected: Tensor,
        lengths: Tensor,
        initial: Tensor,
        masks: Tensor | None,
        weight: Tensor | None,
        bias: Tensor | None,
        vectors: Tensor | None,
        keep: bool,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return y (B, T, H), of any value at padding, the final state (B, S, H), and `states` and `kept`."""
        batch, steps = projected.shape[:2]
        units = initial.shape[-1]
        y, final = projected.new_empty(batch, steps, units), torch.empty_like(initial)
        states, kept = self.empty_tape(projected, batch, steps, units, keep)
        how = self._launch(projected, units)
        sizes: dict[str, Any] = {"UNITS": units, "ROWS": how.rows, "WIDTH": how.width, "num_warps": how.warps}
        grid = _grid(how, batch, units)
        with torch.cuda.device_of(projected):  # type: ignore[no-untyped-call]
            if how.whole_sequence:
                self.module.sequence_forward[grid](
                    projected, lengths, initial, masks, weight, bias, vectors, y, final, states, kept, batch, steps,
                    **sizes, KEEP=keep, PRECISION=_precision(), num_stages=1,
                )  # fmt: skip
                return y, final, states, kept
            assert weight is not None
            assert bias is not None
            state, h = initial.to(torch.float32, copy=True), projected.new_empty(batch, units).copy_(initial[:, 0])
            if keep:
                states[:, 0] = state
            product = projected.new_empty(batch, len(weight))
            for t in range(steps):
                torch.addmm(bias, h, weight.T, out=product)
                self.module.step_forward[grid](
                    projected, product, lengths, masks, vectors, state, h, y, states, kept, batch, steps, t,
                    **sizes, KEEP=keep,
                )  # fmt: skip
            return y, final.copy_(state), states, kept

    def backward(
        self,
        d_y: Tensor,
        d_final: Tensor,
        lengths: Tensor,
        masks: Tensor | None,
        weight: Tensor | None,
        vectors: Tensor | None,
        states: Tensor,
        kept: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the gradients of the products (0 at padding), of the initial state and of the vectors (V, H)."""
        values = self.values
        batch, steps, units = d_y.shape
        d_products = d_y.new_zeros(batch, steps, len(values.products), units)
        how = self._launch(d_y, units)
        sizes: dict[str, Any] = {"UNITS": units, "ROWS": how.rows, "WIDTH": how.width, "num_warps": how.warps}
        grid = _grid(how, batch, units)
        d_vectors = states.new_zeros(grid[0], len(values.vectors), units)
        with torch.cuda.device_of(d_y):  # type: ignore[no-untyped-call]
            if how.whole_sequence:
                d_initial = torch.empty_like(d_final)
                self.module.sequence_backward[grid](
                    d_y, d_final, lengths, masks, weight, vectors, states, kept, d_products, d_initial, d_vectors,
                    batch, steps, **sizes, PRECISION=_precision(), num_stages=1,
                )  # fmt: skip
                return d_products, d_initial, d_vectors.sum(0)
            assert weight is not None
            d_state = d_final.to(torch.float32, copy=True)
            product = d_y.new_zeros(batch, units)
            for t in reversed(range(steps)):
                self.module.step_backward[grid](
                    d_y, product, lengths, masks, vectors, states, kept, d_state, d_products, d_vectors,
                    batch, steps, t, **sizes,
                )  # fmt: skip
                torch.mm(self.of_hidden(d_products[:, t]), weight, out=product)
            d_state[:, 0] += product
            return d_products, d_state.to(d_final.dtype), d_vectors.sum(0)

    def of_projected(self, d_products: Tensor) -> Tensor:
        """Return the gradients of x's products, (…, P, H) to (…, G·H)."""
        return d_products[..., : len(self.values.projected), :].flatten(-2)

    def of_hidden(self, d_products: Tensor) -> Tensor:
        """Return the gradients of h's products, (…, P, H) to (…, G·H)."""
        return d_products[..., len(self.values.products) - len(self.values.hidden) :, :].flatten(-2)

    def _launch(self, like: Tensor, units: int) -> Launch:
        return launch.choose(units, len(self.values.hidden), like.element_size(), launch.shared_limit(like.device))


def _grid(how: Launch, batch: int, units: int) -> tuple[int, int]:
    return -(-batch // how.rows), -(-units // how.width)


def _precision() -> str:
    """Return how float32 is multiplied, which is the user's setting for torch's own products."""
    return "ieee" if torch.get_float32_matmul_precision() == "highest" else "tf32"

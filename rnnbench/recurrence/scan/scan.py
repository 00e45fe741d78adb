"""The linear recurrence h_t = a_t h_{t-1} + b_t over all steps, with its gradient.

Two steps in a row are again such a step: (a, b), then (a', b'), is (a' a, a' b + b'). So the steps are joined in pairs,
the half as many that come of it are solved in the same way, and every other state is filled in: 2 log2(T) rounds of
operations on all steps at once, with no division and no logarithm. The products are of T factors at most; those of
factors below 1 can only vanish.

Blelloch 1990, "Prefix sums and their applications"; for recurrent networks Martin and Cundy 2018, "Parallelizing linear
recurrent neural nets over sequence length".
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

FEW_STEPS = 16
"""So many are taken one by one: joining them would take as many operations."""

WIDE_STEP = 2048
"""Numbers of a step from which a CPU takes all steps one by one: there arithmetic costs more than calls do."""


def scan(a: Tensor, b: Tensor, initial: Tensor) -> Tensor:
    """Return h (B, T, H) from a and b (B, T, H) and the state before the first step (B, H), all of one dtype.

    The gradient of a gradient is refused with a `RuntimeError`.
    """
    h: Tensor = _Scan.apply(a, b, initial)  # type: ignore[no-untyped-call]
    return h


class _Scan(torch.autograd.Function):
    """`scan` with its gradients, which are a scan from the last step to the first.

    From d_t, what arrives at h_t, g_t = d_t + a_{t+1} g_{t+1}. That is the gradient of b_t; a_t's is g_t h_{t-1}, and
    the initial state's a_1 g_1. Of every step a and h are kept; autograd would keep both of every round.
    """

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, initial: Tensor) -> Tensor:
        h = torch.empty_like(b, memory_format=torch.contiguous_format)
        solve(a, b, initial, h, backwards=False)
        ctx.save_for_backward(a, initial, h)
        return h

    @staticmethod
    def backward(ctx: Any, d_h: Tensor) -> tuple[Tensor | None, ...]:
        if torch.is_grad_enabled():
            raise RuntimeError("the gradient of a gradient is not computed by backend=scan; use backend=reference.")
        a, initial, h = ctx.saved_tensors
        g = torch.empty_like(h)
        g[:, -1] = d_h[:, -1]
        if h.shape[1] > 1:
            solve(a[:, 1:], d_h[:, :-1], g[:, -1], g[:, :-1], backwards=True)
        d_a = d_initial = None
        if ctx.needs_input_grad[0]:
            d_a = torch.empty_like(g)
            torch.mul(g[:, 0], initial, out=d_a[:, 0])
            torch.mul(g[:, 1:], h[:, :-1], out=d_a[:, 1:])
        if ctx.needs_input_grad[2]:
            d_initial = a[:, 0] * g[:, 0]
        return d_a, g, d_initial


def solve(a: Tensor, b: Tensor, start: Tensor, h: Tensor, *, backwards: bool) -> None:
    """Write h (B, T, H) step by step from `start` (B, H), from the first to the last or from the last to the first."""
    steps = b.shape[1]
    if steps <= FEW_STEPS or (b.device.type == "cpu" and start.numel() >= WIDE_STEP):
        _one_by_one(a, b, start, h, backwards)
    else:
        _in_pairs(a, b, start, h, backwards)


def _one_by_one(a: Tensor, b: Tensor, start: Tensor, h: Tensor, backwards: bool) -> None:
    steps = list(zip(a.unbind(1), b.unbind(1), h.unbind(1), strict=True))
    for a_t, b_t, h_t in reversed(steps) if backwards else steps:
        start = torch.addcmul(b_t, a_t, start, out=h_t)


def _in_pairs(a: Tensor, b: Tensor, start: Tensor, h: Tensor, backwards: bool) -> None:
    """Solve for the second state of each pair, in the order in which steps are taken; then fill in the first ones.

    Of an odd number of steps the one taken last has no partner: it is a first one.
    """
    steps = b.shape[1]
    first = slice((steps + 1) % 2 if backwards else 0, None, 2)
    second = slice(steps % 2 if backwards else 1, None, 2)
    a_1, b_1, h_1 = a[:, first], b[:, first], h[:, first]
    a_2, b_2, h_2 = a[:, second], b[:, second], h[:, second]
    paired = slice(steps % 2, None) if backwards else slice(steps // 2)
    solve(a_2 * a_1[:, paired], torch.addcmul(b_2, a_2, b_1[:, paired]), start, h_2, backwards=backwards)
    edge, others = (-1, slice(None, -1)) if backwards else (0, slice(1, None))
    before = h_2[:, 1 - steps % 2 :] if backwards else h_2[:, : (steps - 1) // 2]
    torch.addcmul(b_1[:, edge], a_1[:, edge], start, out=h_1[:, edge])
    torch.addcmul(b_1[:, others], a_1[:, others], before, out=h_1[:, others])

"""A cell without a compiled library: the same passes, their pointwise part in torch operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

from rnnbench.recurrence.fused.emit import lay_out
from rnnbench.recurrence.fused.evaluation import Evaluation
from rnnbench.recurrence.fused.trace import Step


@dataclass(frozen=True)
class _Schedule:
    """The rows, longest first, and the tokens: a row at a step it is alive at, numbered step by step."""

    order: Tensor
    """(B,): which row of the batch."""
    rows: Tensor
    """(tokens,): a token's row of the batch, and"""
    steps: Tensor
    """its step."""
    spans: list[tuple[int, int]]
    """Each step's first token and the one after its last."""

    @classmethod
    def of(cls, lengths: Tensor) -> _Schedule:
        lengths, order = lengths.sort(descending=True, stable=True)
        steps, places = (torch.arange(int(lengths[0])).unsqueeze(1) < lengths).nonzero(as_tuple=True)
        ends = list(accumulate(torch.bincount(steps).tolist()))
        return cls(order, order[places], steps, list(zip([0, *ends[:-1]], ends, strict=True)))

    def masks(self, masks: Tensor | None, first: int, end: int, units: int) -> tuple[Tensor, ...]:
        """Return those of some tokens."""
        if masks is None:
            return ()
        return torch.split(masks[self.rows[first:end], self.steps[first:end]], units, -1)


class UncompiledKernel:
    """The forward and the backward pass of one cell; called like `kernel.Kernel`, whose docstrings hold here too.

    As there, products with x and weights' gradients are made for all steps at once, and rows that have ended take no
    part. Threads are torch's own, so that `parts` is of no account.
    """

    def __init__(self, step: Step) -> None:
        layout = lay_out(step)
        self._apart, self._gates, self._states = len(step.apart), len(step.gates), len(step.state)
        self._slots, self._blocks = len(layout.slots), len(layout.blocks)
        self._input_order, self._hidden_order = layout.input_order, layout.hidden_order
        before = [step.graph.input(f"state.{name}") for name in step.state]
        vectors = [step.graph.input(f"vector.{name}") for name in step.vectors]
        masks = [step.graph.input(f"mask.{name}") for name in step.masks]
        self._advance = Evaluation([*layout.blocks, *before, *vectors, *masks], [*layout.slots, step.output])
        self._retreat = Evaluation(
            [*layout.slots, *before, *layout.d_after, layout.d_output, *vectors, *masks],
            [*layout.d_blocks, *layout.d_before, *layout.d_vectors],
        )

    def tape_floats(self, batch: int, steps: int, units: int) -> int:
        """Return how many numbers the backward pass is left at most."""
        return self._slots * batch * steps * units

    def forward(
        self,
        x: Tensor,
        lengths: Tensor,
        initial: Tensor,
        masks: Tensor | None,
        parameters: list[Tensor | None],
        keep: bool,
        parts: int,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return y, the final state and the tape."""
        batch, steps, _ = x.shape
        units = initial.shape[-1]
        weight_ih, weight_hh, bias_ih, bias_hh, vectors = self._ordered(parameters)
        plan = _Schedule.of(lengths)
        products = linear(x[plan.rows, plan.steps], weight_ih, bias_ih)
        final, outputs, kept = torch.empty_like(initial), [], []
        state = list(initial[:, plan.order])
        for first, end in plan.spans:
            alive = end - first
            if alive < len(state[0]):
                # Rows that have ended are the last ones.
                final[:, plan.order[alive : len(state[0])]] = torch.stack([tensor[alive:] for tensor in state])
                state = [tensor[:alive] for tensor in state]
            blocks = self._products(products[first:end], state[0], weight_hh, bias_hh, units)
            drawn = plan.masks(masks, first, end, units)
            *values, output = _whole(self._advance(*blocks, *state, *vectors, *drawn), alive, units)
            state = values[: self._states]
            outputs.append(output)
            if keep:
                kept.append(values)
        final[:, plan.order[: len(state[0])]] = torch.stack(state)
        tape = x.new_empty(self.tape_floats(batch, steps, units) if keep else 0)
        if keep:
            slots = tape.view(self._slots, -1, units)[:, : len(products)]
            for slot, of_steps in zip(slots, zip(*kept, strict=True), strict=True):
                torch.cat(of_steps, out=slot)
        y = x.new_zeros(batch, steps, units)
        y[plan.rows, plan.steps] = torch.cat(outputs)
        return y, final, tape

    def backward(
        self,
        d_y: Tensor,
        d_final: Tensor,
        x: Tensor,
        lengths: Tensor,
        initial: Tensor,
        masks: Tensor | None,
        parameters: list[Tensor | None],
        tape: Tensor,
        parts: int,
        need_x: bool,
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Return the gradients of x (empty if not needed), of the initial state and of the parameters."""
        units = initial.shape[-1]
        weight_ih, weight_hh, _, _, vectors = self._ordered(parameters)
        plan = _Schedule.of(lengths)
        slots = tape.view(self._slots, -1, units)
        before = [initial[:, plan.order], *(slots[: self._states, first:end] for first, end in plan.spans[:-1])]
        before = [state[:, : end - first] for state, (first, end) in zip(before, plan.spans, strict=True)]
        d_outputs, d_ended = d_y[plan.rows, plan.steps], d_final[:, plan.order]
        d_blocks = x.new_empty(len(d_outputs), self._blocks * units)
        d_vectors = x.new_zeros(len(vectors), units)
        d_state = list(d_ended[:, :0])
        for state, (first, end) in zip(reversed(before), reversed(plan.spans), strict=True):
            alive, known = end - first, len(d_state[0])
            if known < alive:
                d_state = [torch.cat(both) for both in zip(d_state, d_ended[:, known:alive], strict=True)]
            drawn = plan.masks(masks, first, end, units)
            found = self._retreat(*slots[:, first:end], *state, *d_state, d_outputs[first:end], *vectors, *drawn)
            found = _whole(found, alive, units)
            d_now = torch.cat(found[: self._blocks], -1, out=d_blocks[first:end])
            d_state = found[self._blocks : self._blocks + self._states]
            if weight_hh is not None:
                d_state[0] = torch.addmm(d_state[0], d_now[:, self._apart * units :], weight_hh)
            for sums, each in zip(d_vectors, found[self._blocks + self._states :], strict=True):
                sums += each.sum(0)
        d_initial = torch.empty_like(initial)
        d_initial[:, plan.order] = torch.stack(d_state)
        d_input = d_blocks[:, : self._gates * units]
        d_x = torch.zeros_like(x) if need_x else x.new_empty(0)
        if need_x:
            d_x[plan.rows, plan.steps] = d_input @ weight_ih
        d_weight_ih = _reordered(d_input.T @ x[plan.rows, plan.steps], _inverse(self._input_order))
        d_bias_ih = _reordered(d_input.sum(0), _inverse(self._input_order))
        d_weight_hh, d_bias_hh = x.new_empty(0), x.new_empty(0)
        if weight_hh is not None:
            d_hidden = d_blocks[:, self._apart * units :]
            h = torch.cat([state[0] for state in before])
            d_weight_hh = _reordered(d_hidden.T @ h, _inverse(self._hidden_order))
            d_bias_hh = _reordered(d_hidden.sum(0), _inverse(self._hidden_order))
        return d_x, d_initial, [d_weight_ih, d_weight_hh, d_bias_ih, d_bias_hh, d_vectors]

    def _ordered(self, parameters: list[Tensor | None]) -> list[Any]:
        """Return the parameters with their gates in the order of the blocks; no vectors for None."""
        orders = (self._input_order, self._hidden_order, self._input_order, self._hidden_order)
        *products, vectors = parameters
        ordered = [of if of is None else _reordered(of, order) for of, order in zip(products, orders, strict=True)]
        return [*ordered, () if vectors is None else vectors]

    def _products(
        self, of_input: Tensor, h: Tensor, weight_hh: Tensor | None, bias_hh: Tensor | None, units: int
    ) -> list[Tensor]:
        """Return a step's blocks from its products with x."""
        if weight_hh is None or bias_hh is None:
            return [*torch.split(of_input, units, -1)]
        apart = self._apart * units
        joined = len(weight_hh) - apart
        blocks: list[Tensor] = []
        if apart:
            blocks += torch.split(of_input[:, :apart], units, -1)
        if joined:
            products = torch.addmm(of_input[:, apart:] + bias_hh[:joined], h, weight_hh[:joined].T)
            blocks += torch.split(products, units, -1)
        if apart:
            blocks += torch.split(linear(h, weight_hh[joined:], bias_hh[joined:]), units, -1)
        return blocks


def _whole(values: list[Tensor], rows: int, units: int) -> list[Tensor]:
    """Return values that may be the same for every row, or every unit, one for each."""
    return [value if value.dim() == 2 else value.expand(rows, units) for value in values]


def _reordered(tensor: Tensor, order: Sequence[int]) -> Tensor:
    """Return a weight or bias with its gates in another order."""
    gates = tensor.view(len(order), -1, *tensor.shape[1:])
    return gates[list(order)].flatten(0, 1)


def _inverse(order: Sequence[int]) -> list[int]:
    return sorted(range(len(order)), key=order.__getitem__)

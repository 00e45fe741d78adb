"""A cell's library, called with tensors: one call runs a whole sequence, its rows shared out over threads."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from itertools import accumulate
from pathlib import Path
from threading import Thread, local
from typing import Any

import torch
from torch import Tensor

_COUNT, _POINTER = ctypes.c_int64, ctypes.c_void_p
_FLOAT = 4
"""Bytes."""

SMALL_WEIGHT = 2**16
"""Numbers of a weight that stays in the second cache beside its packed copy."""

FEW_TOKENS = 16
"""With fewer of all rows' steps a product is made with a small weight as it lies: packing it would take longer."""

FEW_TOKENS_OF_LARGE = 64
"""The same for a weight that is not small, and whose copy has to be written to memory."""


class _Sequence(ctypes.Structure):
    """The struct `sequence` of sequence.h."""

    _fields_ = [
        *((name, _COUNT) for name in ("batch", "steps", "inputs", "units", "part", "parts")),
        *((name, _POINTER) for name in ("lengths", "parameters", "weight_ih", "weight_hh")),
        *((name, _POINTER) for name in ("x", "initial", "masks", "tape", "y", "final")),
        *((name, _POINTER) for name in ("d_y", "d_final", "d_x", "d_initial", "d_parameters", "scratch")),
    ]


class _Memory(local):
    """Memory of a thread that outlives a call: fresh pages would cost more than short sequences do."""

    def __init__(self) -> None:
        self._count = self._start = 0

    def addresses(self, *sizes: int) -> list[int]:
        """Return the addresses of uninitialised pieces of so many floats, which are used up when more are asked for."""
        offsets = list(accumulate(sizes, initial=0))
        if self._count < offsets[-1]:
            self._floats = torch.empty(offsets[-1], dtype=torch.float32, device="cpu")
            self._count, self._start = offsets[-1], self._floats.data_ptr()
        return [self._start + _FLOAT * offset for offset in offsets[:-1]]


_MEMORY = _Memory()

_NOTHING = torch.empty(0)


class Kernel:
    """The forward and the backward pass of one cell."""

    def __init__(self, library: Path, bfloat16: bool = False) -> None:
        self._bfloat16 = bfloat16
        self._library = ctypes.CDLL(str(library))
        self._forward = self._function("forward", _POINTER, result=ctypes.c_int)
        self._backward = self._function("backward", _POINTER, result=ctypes.c_int)
        self._pack_forward = self._function("pack_forward", _POINTER, _COUNT, _COUNT, *[_POINTER] * 5)
        self._pack_backward = self._function("pack_backward", _POINTER, _COUNT, _COUNT, *[_POINTER] * 3)
        self._unpack = self._function("unpack_gradients", _POINTER, _COUNT, _COUNT, _COUNT, *[_POINTER] * 5)
        self._forward_floats = cache(self._function("forward_floats", _COUNT, _COUNT, result=_COUNT))
        self._backward_floats = cache(self._function("backward_floats", _COUNT, _COUNT, result=_COUNT))
        self._gradient_floats = cache(self._function("gradient_floats", _COUNT, _COUNT, result=_COUNT))
        self._forward_scratch = cache(self._function("forward_scratch", _COUNT, _COUNT, _COUNT, result=_COUNT))
        self._backward_scratch = cache(self._function("backward_scratch", _COUNT, _COUNT, _COUNT, result=_COUNT))
        self._lanes: int = self._function("lanes", result=_COUNT)()
        self._slots: int = self._function("slots", result=_COUNT)()

    def tape_floats(self, batch: int, steps: int, units: int) -> int:
        """Return how many numbers the backward pass is left at most."""
        return self._slots * batch * steps * (-(-units // self._lanes) * self._lanes)

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
        """Return y (B, T, H), the final state (S, B, H) and the tape, which is empty unless it is to be kept.

        x is (B, T, D), initial (S, B, H), masks (B, T, M·H); the parameters are weight_ih, weight_hh, bias_ih, bias_hh
        and the vectors stacked (V, H), None for what the cell has not.
        """
        batch, steps, inputs = x.shape
        units = initial.shape[-1]
        y, final = x.new_empty(batch, steps, units), torch.empty_like(initial)
        tape = x.new_empty(self.tape_floats(batch, steps, units)) if keep else _NOTHING
        packed, scratch = _MEMORY.addresses(
            self._forward_floats(inputs, units), parts * self._forward_scratch(-(-batch // parts), inputs, units)
        )
        weight_ih, weight_hh, *others = map(_address, parameters)
        rows_ih, rows_hh = (self._as_it_lies(weight, batch * steps) for weight in parameters[:2])
        to_pack = (weight_ih if not rows_ih else 0, weight_hh if not rows_hh else 0)
        self._pack_forward(packed, inputs, units, *to_pack, *others)
        addresses = [packed, rows_ih, rows_hh, *map(_address, (x, initial, masks, tape, y, final)), *[0] * 5, scratch]
        _run(self._forward, (batch, steps, inputs, units), parts, lengths, addresses)
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
        """Return the gradients of x (empty if not needed), of the initial state and of the parameters.

        `tape` and `parts` are the forward pass's.
        """
        batch, _, inputs = x.shape
        units = initial.shape[-1]
        weight_ih, weight_hh, _, _, vectors = parameters
        d_x, d_initial = torch.empty_like(x) if need_x else x.new_empty(0), torch.empty_like(initial)
        packed, sums, scratch = _MEMORY.addresses(
            self._backward_floats(inputs, units),
            parts * self._gradient_floats(inputs, units),
            parts * self._backward_scratch(-(-batch // parts), inputs, units),
        )
        self._pack_backward(packed, inputs, units, *map(_address, (weight_ih, weight_hh, vectors)))
        given = map(_address, (x, initial, masks, tape))
        arriving = map(_address, (d_y, d_final, d_x, d_initial))
        addresses = [packed, 0, 0, *given, 0, 0, *arriving, sums, scratch]
        _run(self._backward, (*x.shape, units), parts, lengths, addresses)
        gradients = [x.new_empty(0 if each is None else each.shape) for each in parameters]
        self._unpack(sums, parts, inputs, units, *map(_address, gradients))
        return d_x, d_initial, gradients

    def _as_it_lies(self, weight: Tensor | None, tokens: int) -> int:
        """Return where a weight lies if that is where it is to be read; 0 if it is to be packed.

        In bfloat16 every weight has to be rounded, and is packed therefore.
        """
        if weight is None or self._bfloat16:
            return 0
        few = FEW_TOKENS if weight.numel() <= SMALL_WEIGHT else FEW_TOKENS_OF_LARGE
        return weight.data_ptr() if tokens < few else 0

    def _function(self, name: str, *arguments: Any, result: Any = None) -> Any:
        function = getattr(self._library, name)
        function.argtypes = arguments
        function.restype = result
        return function


def _run(
    function: Callable[[Any], int], sizes: tuple[int, ...], parts: int, lengths: Tensor, addresses: list[int]
) -> None:
    """Run a pass, each part of the rows on a thread; rows know nothing of each other, so that none waits."""
    failed: list[int] = []

    def run(part: int) -> None:
        sequence = _Sequence(*sizes, part, parts, lengths.data_ptr(), *addresses)
        if function(ctypes.addressof(sequence)):
            failed.append(part)

    threads = [Thread(target=run, args=(part,)) for part in range(1, parts)]
    for thread in threads:
        thread.start()
    run(0)
    for thread in threads:
        thread.join()
    if failed:
        raise MemoryError("the fused kernel found no memory for its buffers")


def _address(tensor: Tensor | None) -> int:
    """Return where a tensor's numbers are; 0 for None, and for a tensor without any."""
    return 0 if tensor is None else tensor.data_ptr()

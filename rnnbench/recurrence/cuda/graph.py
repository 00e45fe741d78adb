"""Single steps as CUDA graphs: one launch for STEPS of them, where by themselves they are two launches each."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

import torch
from torch import Tensor

Tensors = dict[str, Tensor]
Loop = Callable[[Tensors], None]
"""Takes all steps that its tensors have; what it reads and writes is in them, by name."""

STEPS = 16
"""Steps of a graph. More would save little, and where a sequence ends a graph takes idle steps."""

KEPT = 16
"""Graphs that are kept at most, those used last; each keeps the memory of its tensors."""

ALONG_TIME = ("projected", "masks", "y", "kept", "states", "d_y", "d_products")
"""Tensors (B, T, …), of which a graph has STEPS; `states` has one more, the state before the first step."""

_GRAPHS: OrderedDict[Hashable, _Graph] = OrderedDict()


def worthwhile(like: Tensor, steps: int) -> bool:
    """Return whether so many steps are worth a graph; not where the caller is capturing one."""
    return like.is_cuda and steps > STEPS and not torch.cuda.is_current_stream_capturing()


def run(key: Hashable, loop: Loop, tensors: Tensors, results: set[str], backwards: bool = False) -> None:
    """Take all steps of `tensors` by replaying a graph of the loop, which must be the same for the same `key`.

    `results` names what the loop writes; what of it is not along time is carried from step to step. A graph serves
    every T.
    """
    shapes = {name: _shape(name, tensor) for name, tensor in tensors.items()}
    key = (key, *((name, shape, tensors[name].dtype, tensors[name].device) for name, shape in shapes.items()))
    if key not in _GRAPHS:
        _GRAPHS[key] = _Graph(loop, {name: tensors[name].new_zeros(shape) for name, shape in shapes.items()})
    _GRAPHS.move_to_end(key)
    _GRAPHS[key].run(tensors, results, backwards)
    while len(_GRAPHS) > KEPT:
        _GRAPHS.popitem(last=False)


def _shape(name: str, tensor: Tensor) -> tuple[int, ...]:
    if name not in ALONG_TIME:
        return tuple(tensor.shape)
    return (tensor.shape[0], _steps(name, STEPS), *tensor.shape[2:])


def _steps(name: str, steps: int) -> int:
    return steps + (name == "states")


class _Graph:
    """A loop over STEPS steps, captured with tensors of its own."""

    def __init__(self, loop: Loop, own: Tensors) -> None:
        self._own = own
        self._replay = _captured(loop, own)

    def run(self, tensors: Tensors, results: set[str], backwards: bool) -> None:
        """Take all steps of `tensors`, the last ones first if it goes backwards."""
        along = [name for name in self._own if name in ALONG_TIME]
        others = [name for name in self._own if name not in ALONG_TIME]
        for name in others:
            self._own[name].copy_(tensors[name])
        steps = next(tensors[name].shape[1] for name in along if name != "states")
        starts = range(0, steps, STEPS)
        for start in reversed(starts) if backwards else starts:
            taken = min(STEPS, steps - start)
            parts = {
                name: (self._own[name][:, : _steps(name, taken)], tensors[name][:, start : start + _steps(name, taken)])
                for name in along
            }
            # No row is alive at a step that is too many.
            torch.sub(tensors["lengths"], start, out=self._own["lengths"])
            for own, given in parts.values():
                own.copy_(given)
            self._replay()
            for name in results & parts.keys():
                own, given = parts[name]
                given.copy_(own)
        for name in results.intersection(others):
            tensors[name].copy_(self._own[name])


def _captured(loop: Loop, tensors: Tensors) -> Callable[[], None]:
    """Return what runs the loop on these tensors."""
    if not tensors["lengths"].is_cuda:
        return lambda: loop(tensors)  # Triton's interpreter runs there, and knows no graphs.
    # Once without capturing, while kernels cannot be compiled.
    loop(tensors)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        loop(tensors)
    return graph.replay

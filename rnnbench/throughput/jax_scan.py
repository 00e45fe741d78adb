"""JAX as a peer: the cell's weights in a `lax.scan` under `jit`, which XLA compiles for the processor."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch.utils.dlpack import from_dlpack

from rnnbench.contracts import UnavailableError
from rnnbench.recurrence import BACKENDS
from rnnbench.throughput.material import Material
from rnnbench.throughput.passes import Pass

Array = Any
"""A `jax.Array`."""

State = tuple[Array, ...]

_THREADS = "PJRT_NPROC"
"""The variable that XLA's runtime for processors reads once, when it starts, for the size of its pool of threads.

https://github.com/openxla/xla/blob/main/xla/pjrt/utils.cc (DefaultThreadPoolSize)
"""

_POOL: list[int] = []
"""That number, once jax has started here."""


def run_by_jax(material: Material) -> Pass:
    """Return a pass by JAX: rows padded, whatever their lengths; compiled by its first call."""
    if importlib.util.find_spec("jax") is None:
        raise UnavailableError("jax is not installed; install it with pip install 'rnnbench[jax]'")
    if material.case.mode == "decode":
        raise UnavailableError("it runs whole sequences alone")
    reason = BACKENDS["torch"].unavailable(material.cell)
    if reason:
        raise UnavailableError(reason)
    jax = _started(material.case.threads)
    forward = _forward(jax, material.cell)
    given = [_array(jax, tensor) for tensor in (material.x, *material.cell.parameters())]

    def inference(*given: Array) -> list[Array]:
        return [forward(*given)]

    def training(d_y: Array, *given: Array) -> list[Array]:
        y, gradients = jax.vjp(forward, *given)
        return [y, *gradients(d_y)]

    if material.case.mode == "inference":
        return _pass(jax, jax.jit(inference), given)
    return _pass(jax, jax.jit(training), [_array(jax, material.d_y), *given])


def _started(threads: int) -> Any:
    """Return jax, on the processor; raises `UnavailableError` if it has started with another number of threads."""
    if not _POOL and "jax" not in sys.modules:
        os.environ[_THREADS] = str(threads)
        jax = importlib.import_module("jax")
        jax.config.update("jax_platforms", "cpu")
        # Starts the runtime.
        jax.devices()
        _POOL.append(threads)
    if threads not in _POOL:
        raise UnavailableError(
            f"jax keeps the number of threads that it has started with, which was not {threads}; "
            f"measure threads={threads} by a command of its own"
        )
    return importlib.import_module("jax")


def _pass(jax: Any, compiled: Callable[..., list[Array]], given: list[Array]) -> Pass:
    def work() -> list[Tensor]:
        return [from_dlpack(array) for array in jax.block_until_ready(compiled(*given))]

    return work


def _array(jax: Any, tensor: Tensor) -> Array:
    return jax.numpy.array(tensor.detach().numpy())


def _forward(jax: Any, cell: Any) -> Callable[..., Array]:
    """Return the function from x (B, T, D) and the cell's parameters to y (B, T, H), from a state of zeros."""
    numpy, step = jax.numpy, _step(jax, cell.torch_equivalent)

    def forward(x: Array, weight_ih: Array, weight_hh: Array, bias_ih: Array, bias_hh: Array) -> Array:
        def advance(state: State, of_input: Array) -> tuple[State, Array]:
            after = step(of_input, state[0] @ weight_hh.T + bias_hh, state)
            return after, after[0]

        products = numpy.swapaxes(x, 0, 1) @ weight_ih.T + bias_ih
        zeros = numpy.zeros((x.shape[0], weight_hh.shape[1]), x.dtype)
        _, y = jax.lax.scan(advance, (zeros,) * len(cell.state), products)
        return numpy.swapaxes(y, 0, 1)

    return forward


def _step(jax: Any, kind: str) -> Callable[[Array, Array, State], State]:
    """Return the next state from the products with x and h (B, G·H), gates in torch's order, and the state."""
    split, tanh, sigmoid = jax.numpy.split, jax.numpy.tanh, jax.nn.sigmoid

    def rnn_tanh(x: Array, h: Array, state: State) -> State:
        return (tanh(x + h),)

    def rnn_relu(x: Array, h: Array, state: State) -> State:
        return (jax.nn.relu(x + h),)

    def gru(x: Array, h: Array, state: State) -> State:
        (x_r, x_z, x_n), (h_r, h_z, h_n) = split(x, 3, -1), split(h, 3, -1)
        z = sigmoid(x_z + h_z)
        n = tanh(x_n + sigmoid(x_r + h_r) * h_n)
        return (n + z * (state[0] - n),)

    def lstm(x: Array, h: Array, state: State) -> State:
        i, f, g, o = split(x + h, 4, -1)
        c = sigmoid(f) * state[1] + sigmoid(i) * tanh(g)
        return sigmoid(o) * tanh(c), c

    return {"rnn_tanh": rnn_tanh, "rnn_relu": rnn_relu, "gru": gru, "lstm": lstm}[kind]

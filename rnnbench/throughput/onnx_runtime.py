"""ONNX Runtime as a peer: the cell's weights in an RNN, GRU or LSTM node, run on the processor."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnbench.contracts import UnavailableError
from rnnbench.recurrence import BACKENDS
from rnnbench.throughput.material import Material
from rnnbench.throughput.passes import Pass

_OPSET = 17
_VERSION = 9
"""Of the file format; newer ones are not read by older runtimes."""

_NODES: dict[str, tuple[str, dict[str, Any], tuple[int, ...]]] = {
    "rnn_tanh": ("RNN", {"activations": ["Tanh"]}, (0,)),
    "rnn_relu": ("RNN", {"activations": ["Relu"]}, (0,)),
    # linear_before_reset: the reset gate acts after the product with h, as in torch.
    "gru": ("GRU", {"linear_before_reset": 1}, (1, 0, 2)),
    "lstm": ("LSTM", {}, (0, 3, 1, 2)),
}
"""Operator, attributes, and where ONNX's gates (z r h; i o f c) are among torch's (r z n; i f g o).

https://onnx.ai/onnx/operators/onnx__GRU.html and onnx__LSTM.html
"""


def run_by_onnx(material: Material) -> Pass:
    """Return a pass by ONNX Runtime; its own layout, steps before rows, is prepared outside of it."""
    for package in ("onnx", "onnxruntime"):
        if importlib.util.find_spec(package) is None:
            raise UnavailableError(f"{package} is not installed; install it with pip install 'rnnbench[peers]'")
    if material.case.mode != "inference":
        raise UnavailableError("it does inference of whole sequences alone")
    reason = BACKENDS["torch"].unavailable(material.cell)
    if reason:
        raise UnavailableError(reason)
    session = _session(material)
    feeds = {
        "x": np.ascontiguousarray(material.x.transpose(0, 1).numpy()),
        "lengths": material.lengths.to(torch.int32).numpy(),
    }

    def work() -> list[Tensor]:
        (y,) = session.run(["y"], feeds)
        return [torch.from_numpy(y)[:, 0].transpose(0, 1)]

    return work


def _session(material: Material) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = material.case.threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers = ["CPUExecutionProvider"]
    return onnxruntime.InferenceSession(_model(material).SerializeToString(), options, providers=providers)


def _model(material: Material) -> Any:
    from onnx import TensorProto, helper, numpy_helper

    cell, shape = material.cell, material.case.shape
    operator, attributes, order = _NODES[cell.torch_equivalent]
    weights = {
        "W": _in_order(cell.weight_ih, order),
        "R": _in_order(cell.weight_hh, order),
        "B": np.concatenate([_in_order(cell.bias_ih, order), _in_order(cell.bias_hh, order)], 1),
    }
    node = helper.make_node(
        operator, ["x", "W", "R", "B", "lengths"], ["y"], hidden_size=shape.hidden_size, **attributes
    )
    graph = helper.make_graph(
        [node],
        "recurrence",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, [shape.steps, shape.batch, shape.hidden_size]),
            helper.make_tensor_value_info("lengths", TensorProto.INT32, [shape.batch]),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [shape.steps, 1, shape.batch, shape.hidden_size])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_VERSION)


def _in_order(parameter: Tensor, order: tuple[int, ...]) -> NDArray[np.float32]:
    """Return a parameter with its gates in ONNX's order, and one more dimension in front for the direction."""
    gates = parameter.detach().chunk(len(order))
    return torch.cat([gates[place] for place in order]).unsqueeze(0).numpy()

"""flashrnn on our weights: its own loop in torch, `vanilla`, gives the reference's numbers; its kernels need CUDA."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from rnnbench.catalog.registry import build
from rnnbench.contracts import UnavailableError
from rnnbench.recurrence import BACKENDS, Recurrence
from rnnbench.recurrence.backends import flashrnn as adapter
from rnnbench.recurrence.noise import Noise
from tests.recurrence.parity import difference, run, states

CLOSE = 2e-5
SHAPES = {
    "one step": (1, 3, 5, [1, 1]),
    "one row": (9, 5, 63, [9]),
    "ties and ones": (63, 4, 100, [63, 1, 7, 7, 1, 63, 3]),
    "a length that no row has": (20, 3, 16, [19, 18, 20, 1]),
}
"""T, D, H and the lengths."""


def cell_of(name: str, inputs: int = 4, units: int = 9, **params: Any) -> Any:
    torch.manual_seed(0)
    return build("cell", name, params, input_size=inputs, hidden_size=units)


@pytest.fixture
def _in_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the adapter run flashrnn's own loop, on any device."""
    pytest.importorskip("flashrnn", reason="flashrnn is not installed (pip install rnnbench[flashrnn])")
    monkeypatch.setattr(adapter, "unavailable", lambda cell: "")
    monkeypatch.setattr(adapter, "declines", lambda x: "")
    monkeypatch.setattr(adapter, "kernel_of", lambda function, units, dtype: "vanilla")


@pytest.mark.usefixtures("_in_torch")
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_outputs_states_and_gradients_are_those_of_the_loop(name: str, shape: str, reverse: bool) -> None:
    steps, inputs, units, counts = SHAPES[shape]
    cell, x, lengths = cell_of(name, inputs, units), torch.randn(len(counts), steps, inputs), torch.tensor(counts)
    state = states(cell, len(counts))
    found = run(cell, "flashrnn", x, lengths, state, torch.float32, reverse)
    assert difference(found, run(cell, "reference", x, lengths, state, torch.float64, reverse)) < CLOSE


@pytest.mark.usefixtures("_in_torch")
@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_saturated_gates_stay_finite_and_right(name: str) -> None:
    cell, lengths = cell_of(name, 4, 20), torch.tensor([6, 1, 4, 6, 2])
    x, state = 300 * torch.randn(5, 6, 4), states(cell, 5)
    assert (x @ cell.weight_ih.T).abs().max() > 100
    found = run(cell, "flashrnn", x, lengths, state, torch.float32)
    # Sums of hundreds have an error of 2e-5 in float32 whoever computes them.
    assert difference(found, run(cell, "reference", x, lengths, state, torch.float64)) < 10 * CLOSE


@pytest.mark.usefixtures("_in_torch")
@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_what_stands_at_padding_is_never_read(name: str) -> None:
    cell, lengths = cell_of(name), torch.tensor([2, 7, 1])
    x, state = torch.randn(3, 7, 4), states(cell, 3)
    clean = run(cell, "flashrnn", x, lengths, state, torch.float32)
    poisoned = torch.where(torch.arange(7)[None, :, None] < lengths[:, None, None], x, torch.nan)
    for what, tensor in run(cell, "flashrnn", poisoned, lengths, state, torch.float32).items():
        assert torch.equal(tensor, clean[what]), what


@pytest.mark.usefixtures("_in_torch")
@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_mixed_precision_is_near_the_loop(name: str) -> None:
    cell, x, lengths = cell_of(name), torch.randn(3, 9, 4), torch.tensor([9, 1, 5])
    recurrence = Recurrence(cell, backend="flashrnn")
    with torch.autocast("cpu", torch.bfloat16), torch.inference_mode():
        y, _ = recurrence(x, lengths)
    assert y.dtype == torch.bfloat16
    torch.testing.assert_close(y.float(), Recurrence(cell, backend="reference")(x, lengths)[0], atol=2e-2, rtol=2e-2)


@pytest.mark.usefixtures("_in_torch")
def test_a_kernel_that_cannot_be_built_is_a_reason_not_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*tensors: Tensor, **settings: Any) -> None:
        raise ValueError("No working solution of constraints for CUDA module\nand much more")

    monkeypatch.setattr("flashrnn.flashrnn", build)
    recurrence = Recurrence(cell_of("lstm", units=11), backend="flashrnn")
    sentence = "cannot build its kernel vanilla for cell LSTM of 11 units in torch.float32: No working solution of "
    with pytest.raises(UnavailableError, match=sentence + "constraints for CUDA module; use backend=auto"):
        recurrence(torch.randn(3, 5, 4), torch.tensor([5, 2, 1]))


@pytest.mark.usefixtures("_in_torch")
def test_a_kernel_is_built_once_whatever_it_is_run_on(monkeypatch: pytest.MonkeyPatch) -> None:
    import flashrnn

    built = set()
    original = flashrnn.flashrnn

    def look(*tensors: Tensor, config: Any) -> Any:
        # The key of flashrnn's own cache of kernels.
        built.add(repr(config))
        return original(*tensors, config=config)

    monkeypatch.setattr(flashrnn, "flashrnn", look)
    recurrence = Recurrence(cell_of("gru", units=13), backend="flashrnn")
    for rows, steps in ((1, 1), (3, 5), (9, 2), (64, 3)):
        recurrence(torch.randn(rows, steps, 4), torch.full((rows,), steps))
    assert len(built) == 1


@pytest.mark.usefixtures("_in_torch")
def test_its_slstm_is_another_cell_than_ours() -> None:
    from flashrnn import flashrnn

    cell, x = cell_of("slstm"), torch.randn(3, 9, 4)
    weight, bias = cell.weight_hh.view(4, 1, 9, 9), cell.bias_hh.view(4, 1, 9)
    theirs, _ = flashrnn(cell.project(x).view(3, 9, 4, 1, 9), weight, bias, function="slstm", backend="vanilla")
    ours, _ = Recurrence(cell, backend="reference")(x, torch.full((3,), 9))
    assert (theirs[0, :, :, 0] - ours).abs().max() > 0.05


@pytest.mark.parametrize(
    ("function", "units", "dtype", "kernel"),
    [
        ("lstm", 256, torch.bfloat16, "cuda_fused"),
        ("rnn_tanh", 16, torch.float16, "cuda_fused"),
        ("lstm", 100, torch.bfloat16, "cuda"),
        ("lstm", 256, torch.float32, "cuda"),
        ("gru", 256, torch.bfloat16, "cuda"),
    ],
)
def test_the_kernel_of_one_launch_is_taken_where_there_is_one(
    function: str, units: int, dtype: torch.dtype, kernel: str
) -> None:
    assert adapter.kernel_of(adapter.FUNCTIONS[function], units, dtype) == kernel


@pytest.mark.parametrize("name", ["slstm", "mingru", "mgu", "peephole_lstm"])
def test_other_cells_are_refused_by_name(name: str) -> None:
    cell = cell_of(name)
    with pytest.raises(UnavailableError, match=f"{type(cell).__name__} is none of the cells of flashrnn"):
        Recurrence(cell, backend="flashrnn")
    with pytest.raises(UnavailableError, match="RNN is none of the cells of flashrnn"):
        Recurrence(cell_of("rnn", activation="relu"), backend="flashrnn")


def test_noise_is_refused() -> None:
    cell = cell_of("lstm")
    cell.noise = Noise(zoneout=0.1)
    with pytest.raises(UnavailableError, match="flashrnn has neither zoneout nor recurrent dropout"):
        Recurrence(cell, backend="flashrnn")


@pytest.mark.parametrize("package", ["flashrnn", "packaging"])
def test_a_missing_package_is_told_with_the_remedy(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == package else object())
    sentence = rf"{package} is not installed; install it with pip install 'rnnbench\[flashrnn\]'"
    with pytest.raises(UnavailableError, match=sentence):
        Recurrence(cell_of("gru"), backend="flashrnn")


def test_without_cuda_it_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(UnavailableError, match="backend=flashrnn cannot run cell GRU: torch finds no CUDA device"):
        Recurrence(cell_of("gru"), backend="flashrnn")


class OnCuda:
    """What `declines` asks of a tensor on a CUDA device."""

    is_cuda = True
    device = torch.device("cuda")

    def __init__(self, dtype: torch.dtype) -> None:
        self.dtype = dtype


@pytest.mark.parametrize(
    ("dtype", "capability", "reason"),
    [
        (torch.float64, (9, 0), "it does not compute in torch.float64"),
        (torch.bfloat16, (7, 5), "the device has compute capability 7.5, and 8.0 is needed"),
        (torch.bfloat16, (8, 0), ""),
        (torch.float32, (8, 9), ""),
    ],
)
def test_what_it_declines(
    dtype: torch.dtype, capability: tuple[int, int], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.get_device_capability", lambda device: capability)
    given: Any = OnCuda(dtype)
    assert adapter.declines(given) == reason
    assert adapter.declines(torch.zeros(1, dtype=dtype)) == "it runs on CUDA alone"


def test_what_another_backend_declines_never_falls_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "unavailable", lambda cell: "")
    monkeypatch.setattr(adapter, "declines", lambda x: "")
    recurrence = Recurrence(cell_of("janet").double())
    recurrence(torch.randn(3, 5, 4, dtype=torch.float64), torch.tensor([5, 2, 1]))
    assert recurrence.backend_used == "reference"


def test_auto_never_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "unavailable", lambda cell: "")
    monkeypatch.setattr(adapter, "declines", lambda x: "")
    for name, backend in BACKENDS.items():
        if name not in ("flashrnn", "reference"):
            monkeypatch.setattr(backend, "unavailable", lambda cell: "not today")
    assert Recurrence(cell_of("lstm")).backend == "reference"
    assert Recurrence(cell_of("lstm"), backend="flashrnn").why == (
        "asked for by name; no figure of it has been measured on a GPU yet"
    )


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_its_kernels_are_near_the_loop(name: str, dtype: torch.dtype) -> None:
    pytest.importorskip("flashrnn", reason="flashrnn is not installed (pip install rnnbench[flashrnn])")
    cell, lengths = cell_of(name, 32, 64).to("cuda", dtype), torch.tensor([40, 1, 7, 40, 3])
    x = torch.randn(5, 40, 32, device="cuda", dtype=dtype)
    found = []
    for backend, kind in (("flashrnn", dtype), ("reference", torch.float64)):
        given, of = x.to(kind).requires_grad_(), cell.to(kind)
        y, after = Recurrence(of, backend=backend)(given, lengths)
        loss = y.square().sum() + sum(each.sum() for each in after)
        found.append((y, *after, *torch.autograd.grad(loss, [given, *of.parameters()])))
    for one, other in zip(*found, strict=True):
        assert (one - other).abs().max() < 2e-2 * other.abs().max()

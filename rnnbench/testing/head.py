"""The head contract in executable form."""

from __future__ import annotations

import copy
import inspect
import io
import json
import math
import pickle
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from rnnbench.catalog import registry
from rnnbench.contracts import METRICS, Batch, Features, TaskInfo, Vocabulary
from rnnbench.contracts import TARGETS as TASKS
from rnnbench.networks import Stack
from rnnbench.recurrence import PointwiseCell

SIZE = 6
"""Features a step."""
LENGTHS = (5, 1, 7, 3)
INFO = TaskInfo("classification", "char", ("accuracy",), labels=("no", "yes", "ääh"))
VOCABULARY = Vocabulary(20, 0, 1, 2, 3, labels=("no", "yes", "ääh"), label_counts=(5, 2, 1))
TARGETS: dict[str, list[Any]] = {"classification": [2, 0, 1, 1], "regression": [0.5, -1.0, 2.0, 0.0]}
"""What a batch asks, by task, one entry a row."""
REFERENCES: dict[str, list[Any]] = {
    "classification": ["ääh", "no", "yes", "yes"],
    "regression": [0.5, -1.0, 2.0, 0.0],
}
"""What the same rows are scored against."""

BuildHead = Callable[[], Any]


def check_head(name_or_class: str | type, **params: Any) -> None:
    """Check a head, given by name or as a class with its parameters, against its contract.

    It is called on made-up features of all kinds: causal or not, read in one direction or both. Raises
    `AssertionError` naming the clause that is broken.
    """

    def build() -> Any:
        torch.manual_seed(0)
        injected = {"input_size": SIZE, "info": INFO, "vocabulary": VOCABULARY, "build_stack": _build_stack}
        if isinstance(name_or_class, str):
            head = registry.build("head", name_or_class, params, **injected)
        else:
            accepted = inspect.signature(name_or_class).parameters
            head = name_or_class(**{key: value for key, value in injected.items() if key in accepted}, **params)
        assert isinstance(head, nn.Module), f"{head!r} is not a torch.nn.Module"
        # Double precision, so that what should be equal is equal to many digits.
        return head.double().eval()

    head = build()
    tasks = getattr(head, "accepts", None)
    assert tasks, "the head accepts no task"
    unknown = sorted(set(tasks) - set(TASKS))
    assert not unknown, f"the head accepts the tasks {unknown}, which do not exist; there are {sorted(TASKS)}"
    for task in sorted(tasks):
        for causal, directions in ((True, 1), (False, 1), (False, 2)):
            features = _features(causal, directions)
            _check_loss(head, features, task)
            _check_padding(head, features, task)
            _check_rows(head, features, task)
            _check_copies(head, build, features, task)
        _check_metrics(head, _features(True, 1), task)


class _Cell(PointwiseCell):
    """What `build_stack` builds here: the smallest cell."""

    gates = ("a",)
    state = ("h",)

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor]:
        return (torch.tanh(x.a + h.a),)


def _build_stack(input_size: int, causal: bool = False) -> Stack:
    return Stack(lambda size: _Cell(size, SIZE), input_size)


def _features(causal: bool, directions: int) -> Features:
    random = torch.Generator().manual_seed(1)
    lengths = torch.tensor(LENGTHS)
    outputs = torch.randn(len(LENGTHS), max(LENGTHS), SIZE, generator=random, dtype=torch.float64)
    outputs[torch.arange(max(LENGTHS)) >= lengths.unsqueeze(-1)] = 0.0
    state = torch.randn(len(LENGTHS), SIZE, generator=random, dtype=torch.float64)
    return Features(outputs, lengths, tuple(state.chunk(directions, dim=-1)), causal, directions)


def _batch(task: str, rows: Sequence[int]) -> Batch:
    lengths = torch.tensor([LENGTHS[row] for row in rows])
    inputs = torch.full((len(rows), int(lengths.max())), VOCABULARY.unk_id)
    inputs[torch.arange(inputs.shape[1]) >= lengths.unsqueeze(-1)] = VOCABULARY.pad_id
    return Batch(inputs, lengths, torch.tensor([TARGETS[task][row] for row in rows]), rows)


def _select(features: Features, row: int) -> Features:
    length = LENGTHS[row]
    return Features(
        features.outputs[row : row + 1, :length],
        features.lengths[row : row + 1],
        tuple(tensor[row : row + 1] for tensor in features.state),
        features.causal,
        features.directions,
    )


def _check_loss(head: Any, features: Features, task: str) -> None:
    everyone = range(len(LENGTHS))
    outputs = features.outputs.clone().requires_grad_()
    whole = Features(outputs, features.lengths, features.state, features.causal, features.directions)
    loss = head.loss(whole, _batch(task, everyone))
    assert isinstance(loss, Tensor), f"{task}: the loss is {type(loss).__name__}, not a tensor"
    assert loss.shape == (), f"{task}: the loss has the shape {tuple(loss.shape)}; it should be a scalar"
    assert bool(loss.isfinite()), f"{task}: the loss is {loss.item()}"
    (gradient,) = torch.autograd.grad(loss, outputs, allow_unused=True)
    assert gradient is not None, f"{task}: the loss has no gradient with respect to the features"
    assert bool(gradient.isfinite().all()), f"{task}: the loss has a gradient that is not finite"
    reached = gradient.abs().sum((1, 2)) > 0
    assert bool(reached.all()), f"{task}: the loss does not depend on the features of every row"
    padding = torch.arange(max(LENGTHS)) >= features.lengths.unsqueeze(-1)
    assert not bool(gradient[padding].any()), f"{task}: the loss has a gradient at padding"
    singles = [head.loss(_select(features, row), _batch(task, [row])).item() for row in everyone]
    mean = sum(singles) / len(singles)
    assert math.isclose(loss.item(), mean, rel_tol=1e-6), (
        f"{task}: the loss of a batch is {loss.item()}, but the mean of its examples' losses {mean}"
    )


def _check_padding(head: Any, features: Features, task: str) -> None:
    zeros = features.outputs.new_zeros(len(LENGTHS), 3, SIZE)
    longer = Features(
        torch.cat((features.outputs, zeros), dim=1),
        features.lengths,
        features.state,
        features.causal,
        features.directions,
    )
    batch = _batch(task, range(len(LENGTHS)))
    padded = Batch(nn.functional.pad(batch.inputs, (0, 3)), batch.lengths, batch.targets, batch.rows)
    loss, with_padding = head.loss(features, batch).item(), head.loss(longer, padded).item()
    assert math.isclose(loss, with_padding, rel_tol=1e-6), (
        f"{task}: more padding changes the loss from {loss} to {with_padding}"
    )
    assert _same(head.predict(features, batch), head.predict(longer, padded)), (
        f"{task}: more padding changes a prediction"
    )


def _check_rows(head: Any, features: Features, task: str) -> None:
    batch = _batch(task, range(len(LENGTHS)))
    rows = head.predict(features, batch)
    assert isinstance(rows, list), f"{task}: predict gives {type(rows).__name__}, not a list of rows"
    assert len(rows) == len(LENGTHS), f"{task}: predict gives {len(rows)} rows for {len(LENGTHS)} examples"
    for index, row in enumerate(rows):
        assert isinstance(row, dict), f"{task}: a prediction row is {type(row).__name__}, not a dictionary"
        assert "prediction" in row, f"{task}: a prediction row has {sorted(row)}, but no 'prediction'"
        try:
            json.dumps(row, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise AssertionError(f"{task}: a prediction row is not made of JSON values: {error}") from error
        alone = head.predict(_select(features, index), _batch(task, [index]))
        assert _same(alone, [row]), f"{task}: row {index} is {row} among others, but {alone[0]} alone"


def _check_metrics(head: Any, features: Features, task: str) -> None:
    rows = head.predict(features, _batch(task, range(len(LENGTHS))))
    for reference, row in zip(REFERENCES[task], rows, strict=True):
        row["target"] = reference
    scores = head.metrics(rows)
    assert scores, f"{task}: the head computes no metric"
    for score in scores:
        assert score.name in METRICS, f"{task}: {score.name} is no metric; there are {', '.join(METRICS)}"
        kind = METRICS[score.name]
        assert kind.low <= score.value <= kind.high, (
            f"{task}: {score.name} is {score.value}, outside {kind.low} … {kind.high}"
        )
        assert score.n == len(rows), f"{task}: {score.name} says n={score.n} for {len(rows)} rows"
        if score.ci95 is not None:
            assert score.ci95[0] <= score.ci95[1], f"{task}: {score.name}'s interval {score.ci95} is upside down"
    perfect = [{**row, "prediction": row["target"]} for row in rows]
    for score in head.metrics(perfect):
        kind = METRICS[score.name]
        best = kind.high if kind.higher_is_better else kind.low
        assert score.value == best, f"{task}: {score.name} of perfect predictions is {score.value}, not {best}"


def _check_copies(head: Any, build: BuildHead, features: Features, task: str) -> None:
    batch = _batch(task, range(len(LENGTHS)))
    expected = head.predict(features, batch)
    state = io.BytesIO()
    torch.save(head.state_dict(), state)
    state.seek(0)
    fresh = build()
    with torch.no_grad():
        for parameter in fresh.parameters():
            parameter.add_(1.0)
    fresh.load_state_dict(torch.load(state, weights_only=True))
    copies = {
        "its state_dict": fresh,
        "pickle": pickle.loads(pickle.dumps(head)),
        "copy.deepcopy": copy.deepcopy(head),
    }
    for way, other in copies.items():
        assert _same(other.predict(features, batch), expected), f"the head predicts otherwise after {way}"


def _same(one: Any, other: Any) -> bool:
    """Whether JSON values are equal, numbers to seven digits."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-7, abs_tol=1e-7)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)

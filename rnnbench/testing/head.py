"""The head contract in executable form."""

from __future__ import annotations

import copy
import dataclasses
import functools
import inspect
import io
import json
import math
import pickle
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor, nn

from rnnbench.catalog import registry
from rnnbench.contracts import METRICS, TARGETS, Batch, Features, Sequences, TaskInfo, Text, Tokenizer, Vocabulary
from rnnbench.networks import Stack
from rnnbench.recurrence import PointwiseCell, padding_mask

SIZE = 6
"""Features a step."""
LENGTHS = (5, 1, 7, 3)
"""Steps of each row; an image's features are one step."""
_TARGET = Vocabulary(12)
_ANSWERS = ([5, 6, 3], [7, 3], [3], [8, 5, 9, 3])


@dataclass(frozen=True)
class Case:
    """A task in small: what a batch of four rows asks, and what the same rows are scored against."""

    info: TaskInfo
    vocabulary: Vocabulary
    targets: Sequence[Any]
    references: Sequence[dict[str, Any]]
    perfect: Callable[[dict[str, Any]], dict[str, Any]]
    """From a row with its reference to one that could not be better."""


def _same_as_target(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "prediction": row["target"]}


def _certain(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "nll": 0.0}


CASES: dict[str, Case] = {
    "classification": Case(
        TaskInfo("classification", "char", ("accuracy",), labels=("no", "yes", "ääh")),
        Vocabulary(20, labels=("no", "yes", "ääh"), label_counts=(5, 2, 1)),
        [2, 0, 1, 1],
        [{"target": label} for label in ("ääh", "no", "yes", "yes")],
        _same_as_target,
    ),
    "regression": Case(
        TaskInfo("regression", "char", ("mse",)),
        Vocabulary(20),
        [0.5, -1.0, 2.0, 0.0],
        [{"target": value} for value in (0.5, -1.0, 2.0, 0.0)],
        _same_as_target,
    ),
    "tagging": Case(
        TaskInfo("tagging", "word", ("f1", "loss"), scheme="IOB2", labels=("O", "B-X", "I-X")),
        Vocabulary(20, labels=("O", "B-X", "I-X"), label_counts=(9, 3, 2)),
        [[0, 1, 2, 0, 1], [0], [1, 1, 2, 2, 0, 0, 1], [0, 0, 1]],
        [
            {"target": [("O", "B-X", "I-X")[tag] for tag in tags], "unseen": [tag == 1 for tag in tags]}
            for tags in ([0, 1, 2, 0, 1], [0], [1, 1, 2, 2, 0, 0, 1], [0, 0, 1])
        ],
        lambda row: {**row, "prediction": row["target"], "nll": 0.0},
    ),
    "language_modelling": Case(
        TaskInfo("language_modelling", "char", ("perplexity", "loss", "bits_per_character", "bits_per_byte")),
        Vocabulary(20),
        [list(range(4, 4 + length)) for length in LENGTHS],
        [{"target": {"characters": length, "bytes": 2 * length}} for length in LENGTHS],
        _certain,
    ),
    "transduction": Case(
        TaskInfo("transduction", "char", ("perplexity", "exact_match")),
        Vocabulary(20, target=_TARGET),
        _ANSWERS,
        [{"target": ["ab"]}, {"target": ["c", "d"]}, {"target": ["e"]}, {"target": ["f"]}],
        lambda row: {**_certain(row), "prediction": row["target"][-1]},
    ),
    "captioning": Case(
        TaskInfo("captioning", "char", ("perplexity", "exact_match")),
        Vocabulary(0, shape=(1, 8, 8), target=_TARGET),
        _ANSWERS,
        [{"target": ["ab"]}, {"target": ["c", "d"]}, {"target": ["e"]}, {"target": ["f"]}],
        lambda row: {**_certain(row), "prediction": row["target"][-1]},
    ),
}

BuildHead = Callable[[], Any]


def check_head(name_or_class: str | type, **params: Any) -> None:
    """Check a head, given by name or as a class with its parameters, against its contract.

    It is called on made-up features of all kinds: causal or not, read in one direction or both. A head whose attribute
    `blind` is true, to tell what can be known without the features, must not look at them. Raises `AssertionError`
    naming the clause that is broken.
    """
    plugin: Any = registry.find("head", name_or_class).load() if isinstance(name_or_class, str) else name_or_class
    assert isinstance(plugin, type), f"{plugin!r} is not a class"
    assert issubclass(plugin, nn.Module), f"{plugin.__name__} is not a torch.nn.Module"
    tasks = getattr(plugin, "accepts", None)
    assert tasks, "the head accepts no task"
    unknown = sorted(set(tasks) - set(TARGETS))
    assert not unknown, f"the head accepts the tasks {unknown}, which do not exist; there are {sorted(TARGETS)}"
    _check_clashes(plugin)
    for task in sorted(tasks):
        build = functools.partial(_build, plugin, task, params)
        head = build()
        for causal, directions in ((True, 1), (False, 1), (False, 2)):
            features = _features(task, causal, directions)
            _check_loss(head, features, task)
            _check_training(head, features, task)
            _check_padding(head, features, task)
            _check_rows(head, features, task)
            _check_copies(head, build, features, task)
        _check_metrics(head, _features(task, True, 1), task)


def _check_clashes(plugin: type) -> None:
    own = inspect.signature(plugin).parameters
    for values, why in getattr(plugin, "clashes", ()):
        strange = sorted(set(values) - set(own))
        assert not strange, f"clashes names {strange}, which are no parameters of the head"
        assert why, f"clashes gives no reason for {values}"


def _build(plugin: type, task: str, params: dict[str, Any]) -> Any:
    torch.manual_seed(0)
    case = CASES[task]
    tokenizer = Letters()
    injected = {
        "input_size": SIZE,
        "info": case.info,
        "vocabulary": case.vocabulary,
        "build_stack": _build_stack,
        "embedding": nn.Embedding(max(case.vocabulary.size, 1), SIZE),
        "tokenizer": tokenizer,
    }
    accepted = inspect.signature(plugin).parameters
    head = plugin(**{key: value for key, value in injected.items() if key in accepted}, **params)
    # Double precision, so that what should be equal is equal to many digits.
    return head.double().eval()


class Letters(Tokenizer):
    """A tokenizer of the letters a to h, for the answers."""

    def fit(self, texts: Iterable[Text]) -> None:
        """Learn nothing."""

    @property
    def vocab_size(self) -> int:
        """Twelve: the special ids and eight letters."""
        return _TARGET.size

    def encode(self, text: Text) -> list[int]:
        """Return an id a letter."""
        return [4 + "abcdefgh".index(letter) for letter in "".join(text)]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the letters."""
        return "".join("abcdefgh"[index - 4] for index in ids if index >= 4)

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Return what each id stands for."""
        return [self.specials[index] if index < 4 else "abcdefgh"[index - 4] for index in ids]

    def align(self, words: Sequence[str]) -> tuple[list[int], list[tuple[int, int]]]:
        """Return the letters' ids, and each word's letters."""
        ends = list(accumulate(len(word) for word in words))
        return self.encode(words), list(zip([0, *ends[:-1]], ends, strict=True))

    def state(self) -> dict[str, Any]:
        """Return nothing."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up nothing."""


class _Cell(PointwiseCell):
    """What `build_stack` builds here: the smallest cell."""

    gates = ("a",)
    state = ("h",)

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor]:
        return (torch.tanh(x.a + h.a),)


def _build_stack(input_size: int, causal: bool = False, part: str = "") -> Stack:
    return Stack(lambda size: _Cell(size, SIZE), input_size)


def _lengths(task: str) -> tuple[int, ...]:
    return (1,) * len(LENGTHS) if task == "captioning" else LENGTHS


def _features(task: str, causal: bool, directions: int) -> Features:
    random = torch.Generator().manual_seed(1)
    lengths = torch.tensor(_lengths(task))
    steps = int(lengths.max())
    outputs = torch.randn(len(lengths), steps, SIZE, generator=random, dtype=torch.float64)
    outputs[padding_mask(lengths, steps)] = 0.0
    state = torch.randn(len(lengths), SIZE, generator=random, dtype=torch.float64)
    return Features(outputs, lengths, tuple(state.chunk(directions, dim=-1)), causal, directions)


def _batch(task: str, rows: Sequence[int]) -> Batch:
    lengths = torch.tensor([_lengths(task)[row] for row in rows])
    inputs = torch.full((len(rows), int(lengths.max())), Tokenizer.unk_id)
    inputs[padding_mask(lengths, inputs.shape[1])] = Tokenizer.pad_id
    asked = [CASES[task].targets[row] for row in rows]
    targets: Any
    if isinstance(asked[0], list):
        values = [torch.tensor(some) for some in asked]
        padded = nn.utils.rnn.pad_sequence(values, batch_first=True, padding_value=Tokenizer.pad_id)
        targets = Sequences(padded, torch.tensor([len(some) for some in asked]))
    else:
        targets = torch.tensor(asked, dtype=torch.float64 if isinstance(asked[0], float) else torch.long)
    return Batch(inputs, lengths, targets, rows)


def _select(features: Features, row: int) -> Features:
    length = int(features.lengths[row])
    return Features(
        features.outputs[row : row + 1, :length],
        features.lengths[row : row + 1],
        tuple(tensor[row : row + 1] for tensor in features.state),
        features.causal,
        features.directions,
    )


def _check_loss(head: Any, features: Features, task: str) -> None:
    everyone = range(len(LENGTHS))
    batch = _batch(task, everyone)
    outputs = features.outputs.clone().requires_grad_()
    whole = dataclasses.replace(features, outputs=outputs)
    loss = head.loss(whole, batch)
    assert isinstance(loss, Tensor), f"{task}: the loss is {type(loss).__name__}, not a tensor"
    assert loss.shape == (), f"{task}: the loss has the shape {tuple(loss.shape)}; it should be a scalar"
    assert bool(loss.isfinite()), f"{task}: the loss is {loss.item()}"
    _check_gradient(head, loss, whole, task)
    singles = [(head.loss(_select(features, row), _batch(task, [row])).item(), _batch(task, [row])) for row in everyone]
    mean = sum(value * single.units for value, single in singles) / batch.units
    assert math.isclose(loss.item(), mean, rel_tol=1e-6), (
        f"{task}: the loss of a batch is {loss.item()}, but the mean over its examples' targets {mean}"
    )


def _check_gradient(head: Any, loss: Tensor, features: Features, task: str) -> None:
    found: Sequence[Tensor | None] = torch.autograd.grad(loss, features.outputs, allow_unused=True)
    gradient = found[0]
    if getattr(head, "blind", False):
        assert gradient is None, f"{task}: the head is blind, and the loss has a gradient with respect to the features"
        return
    assert gradient is not None, f"{task}: the loss has no gradient with respect to the features"
    assert bool(gradient.isfinite().all()), f"{task}: the loss has a gradient that is not finite"
    reached = gradient.abs().sum((1, 2)) > 0
    assert bool(reached.all()), f"{task}: the loss does not depend on the features of every row"
    assert not _at_padding(gradient, features).any(), f"{task}: the loss has a gradient at padding"


def _check_training(head: Any, features: Features, task: str) -> None:
    """Check what only training adds to a loss: penalties, dropout, statistics of the batch."""
    outputs = features.outputs.clone().requires_grad_()
    learner = copy.deepcopy(head).train()
    loss = learner.loss(dataclasses.replace(features, outputs=outputs), _batch(task, range(len(LENGTHS))))
    assert bool(loss.isfinite()), f"{task}: in training the loss is {loss.item()}"
    found: Sequence[Tensor | None] = torch.autograd.grad(loss, outputs, allow_unused=True)
    gradient = found[0]
    if gradient is not None:
        assert bool(gradient.isfinite().all()), f"{task}: in training the loss has a gradient that is not finite"
        assert not _at_padding(gradient, features).any(), f"{task}: in training the loss has a gradient at padding"


def _at_padding(tensor: Tensor, features: Features) -> Tensor:
    """Return the vectors (n, F) of (B, T, F) that stand at padding."""
    return tensor[padding_mask(features.lengths, tensor.shape[1])]


def _check_padding(head: Any, features: Features, task: str) -> None:
    zeros = features.outputs.new_zeros(len(LENGTHS), 3, SIZE)
    longer = dataclasses.replace(features, outputs=torch.cat((features.outputs, zeros), dim=1))
    batch = _batch(task, range(len(LENGTHS)))
    padded = dataclasses.replace(batch, inputs=nn.functional.pad(batch.inputs, (0, 3)))
    if isinstance(batch.targets, Sequences):
        values = nn.functional.pad(batch.targets.values, (0, 3), value=Tokenizer.pad_id)
        padded.targets = Sequences(values, batch.targets.lengths)
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
    # A language model's answer is how likely the targets are.
    unasked = rows if task == "language_modelling" else head.predict(features, dataclasses.replace(batch, targets=None))
    for index, row in enumerate(rows):
        assert isinstance(row, dict), f"{task}: a prediction row is {type(row).__name__}, not a dictionary"
        assert "prediction" in row, f"{task}: a prediction row has {sorted(row)}, but no 'prediction'"
        try:
            json.dumps(row, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise AssertionError(f"{task}: a prediction row is not made of JSON values: {error}") from error
        alone = head.predict(_select(features, index), _batch(task, [index]))
        assert _same(alone, [row]), f"{task}: row {index} is {row} among others, but {alone[0]} alone"
        assert _same(unasked[index]["prediction"], row["prediction"]), (
            f"{task}: row {index} is {row['prediction']!r} with its target in the batch, but "
            f"{unasked[index]['prediction']!r} without"
        )


def _check_metrics(head: Any, features: Features, task: str) -> None:
    rows = head.predict(features, _batch(task, range(len(LENGTHS))))
    for reference, row in zip(CASES[task].references, rows, strict=True):
        row |= reference
    scores = head.metrics(rows)
    assert scores, f"{task}: the head computes no metric"
    for score in scores:
        assert score.name in METRICS, f"{task}: {score.name} is no metric; there are {', '.join(METRICS)}"
        kind = METRICS[score.name]
        assert kind.low <= score.value <= kind.high, (
            f"{task}: {score.name} is {score.value}, outside {kind.low} … {kind.high}"
        )
        assert score.n >= 1, f"{task}: {score.name} says n={score.n} for {len(rows)} rows"
        if score.ci95 is not None:
            assert score.ci95[0] <= score.ci95[1], f"{task}: {score.name}'s interval {score.ci95} is upside down"
    for score in head.metrics([CASES[task].perfect(row) for row in rows]):
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

"""The cell contract in executable form."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rnnbench.catalog import registry
from rnnbench.recurrence import BACKENDS, Recurrence, level_of, padding_mask

INPUT_SIZE, HIDDEN_SIZE, STEPS = 5, 100, 63
"""Odd sizes: nothing may rest on powers of two."""

LENGTHS = (17, STEPS, 1, 17)
"""Unsorted, with a tie, a full row and a single token."""

EXACT, CLOSE = 1e-9, 1e-5
"""What float64 and float32 results may differ by, relative to their largest value or to 1."""


Run = dict[str, Tensor]
"""What a forward and backward pass gave: tensors by what they are."""


def check_cell(name_or_class: str | type, **params: Any) -> None:
    """Check that a cell, by registered name or as a class, keeps the cell contract with these parameters.

    Raises `AssertionError` with one sentence that names the cell and the clause it breaks. Takes a second or two.
    """
    subject = Subject(name_or_class, params)
    with torch.random.fork_rng(devices=[]):
        for clause in CLAUSES:
            torch.manual_seed(0)
            try:
                clause(subject)
            except AssertionError:
                raise
            except Exception as error:
                words = clause.__name__.strip("_").replace("_", " ")
                raise AssertionError(
                    f"cell {subject.name} raised {type(error).__name__} where it was checked that {words}: {error}"
                ) from error


@dataclass(frozen=True)
class Subject:
    """The cell under test: makes fresh ones, and words the failures."""

    name_or_class: str | type
    params: dict[str, Any]

    @property
    def name(self) -> str:
        """The registered name, or the class's."""
        return self.name_or_class if isinstance(self.name_or_class, str) else self.name_or_class.__name__

    def cell(self, dtype: torch.dtype = torch.float64, *, training: bool = False) -> Any:
        """Return a new cell, its weights drawn from seed 1; in evaluation mode unless training is asked for."""
        torch.manual_seed(1)
        sizes = {"input_size": INPUT_SIZE, "hidden_size": HIDDEN_SIZE}
        if isinstance(self.name_or_class, str):
            cell = registry.build("cell", self.name_or_class, self.params, **sizes)
        else:
            cell = self.name_or_class(**sizes, **self.params)
        return cell.to(dtype).train(training)

    def require(self, kept: bool, clause: str) -> None:
        """Raise `AssertionError` unless the clause is kept."""
        if not kept:
            raise AssertionError(f"cell {self.name}: {clause}.")

    def require_equal(self, got: Run, expected: Run, clause: str, tolerance: float = EXACT) -> None:
        """Raise `AssertionError` unless two runs gave the same outputs, states and gradients."""
        self.require(got.keys() == expected.keys(), clause)
        for what, tensor in got.items():
            reference = expected[what]
            self.require(tensor.shape == reference.shape, f"{clause} ({what} has shape {tuple(tensor.shape)})")
            bound = tolerance * max(1.0, float(reference.detach().abs().max()))
            difference = float((tensor - reference).detach().abs().max())
            # Written so that NaN fails.
            self.require(difference <= bound, f"{clause} ({what} differs by {difference:.1e}, allowed {bound:.1e})")


def _inputs(rows: int, steps: int = STEPS, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(rows, steps, INPUT_SIZE, dtype=dtype)


def _state(recurrence: Recurrence, x: Tensor) -> tuple[Tensor, ...]:
    """Return a state some steps into a sequence: possible, but not the initial one."""
    with torch.no_grad():
        state: tuple[Tensor, ...] = recurrence(torch.randn_like(x[:, :3]), torch.full((len(x),), 3))[1]
    return state


def _run(recurrence: Recurrence, x: Tensor, lengths: Sequence[int], state: tuple[Tensor, ...]) -> Run:
    """Return outputs and final state, and the gradients of all parameters, x and the state for a fixed loss."""
    x = x.detach().requires_grad_()
    state = tuple(tensor.detach().requires_grad_() for tensor in state)
    y, after = recurrence(x, torch.tensor(lengths), state)
    results = {"y": y, **{f"state {k}": tensor for k, tensor in enumerate(after)}}
    # Weights that differ by element, and depend on its place in its own row only.
    loss = sum((tensor * _weights(tensor)).sum() for tensor in results.values())
    wanted = {"gradient of x": x, **{f"gradient of state {k}": tensor for k, tensor in enumerate(state)}}
    wanted |= {f"gradient of {name}": parameter for name, parameter in recurrence.cell.named_parameters()}
    gradients = torch.autograd.grad(loss, list(wanted.values()), materialize_grads=True)
    found = {**results, **dict(zip(wanted, gradients, strict=True))}
    return {what: tensor.detach() for what, tensor in found.items()}


def _weights(tensor: Tensor) -> Tensor:
    count = tensor[0].numel()
    return torch.cos(torch.arange(count, dtype=tensor.dtype)).view(tensor.shape[1:])


def _directions(subject: Subject, dtype: torch.dtype = torch.float64) -> Iterator[tuple[str, Recurrence]]:
    for reverse in (False, True):
        yield "read in reverse, " if reverse else "", Recurrence(subject.cell(dtype), reverse=reverse)


def _it_declares_its_sizes_and_capabilities(subject: Subject) -> None:
    cell = subject.cell()
    subject.require(
        cell.input_size == INPUT_SIZE and cell.hidden_size == HIDDEN_SIZE,
        "input_size and hidden_size are not those that its constructor was given",
    )
    for name, kind in (("output_size", int), ("causal", bool), ("steppable", bool)):
        value = getattr(cell, name, None)
        subject.require(isinstance(value, kind), f"{name} is {value!r}, not of type {kind.__name__}")
    subject.require(
        not cell.steppable or callable(getattr(cell, "step", None)), "says it is steppable but has no step method"
    )
    subject.require(cell.causal or not cell.steppable, "says it is steppable but not causal")
    subject.require(level_of(cell) == "forward" or cell.steppable, "is written by steps but says it is not steppable")


def _shapes_and_dtypes_are_as_agreed(subject: Subject) -> None:
    for dtype in (torch.float32, torch.float64):
        for direction, recurrence in _directions(subject, dtype):
            for rows, steps in ((3, 7), (1, 1), (1, 7), (3, 1)):
                x = _inputs(rows, steps, dtype)
                initial = recurrence.initial_state(rows, x)
                y, state = recurrence(x, torch.full((rows,), steps))
                given = f"{direction}x {tuple(x.shape)} of {dtype}"
                wanted = (rows, steps, recurrence.output_size)
                subject.require(
                    tuple(y.shape) == wanted and y.dtype == dtype,
                    f"{given} gave y {tuple(y.shape)} of {y.dtype}, not {wanted}",
                )
                shapes = [(tuple(tensor.shape), tensor.dtype) for tensor in state]
                subject.require(
                    shapes == [((rows, *tensor.shape[1:]), dtype) for tensor in initial],
                    f"{given} gave a state unlike the initial one: {shapes}",
                )
                subject.require(bool(y.isfinite().all()), f"{given} gave outputs that are not finite")


def _the_same_seed_gives_the_same_bits(subject: Subject) -> None:
    x = _inputs(len(LENGTHS))
    outputs = []
    for _ in range(2):
        recurrence = Recurrence(subject.cell(training=True))
        outputs.append(recurrence(x, torch.tensor(LENGTHS))[0])
    subject.require(torch.equal(*outputs), "two cells of the same seed do not give the same bits")


def _copies_and_saved_weights_give_the_same_bits(subject: Subject) -> None:
    recurrence = Recurrence(subject.cell())
    x, lengths = _inputs(len(LENGTHS)), torch.tensor(LENGTHS)
    expected = recurrence(x, lengths)[0]
    saved = io.BytesIO()
    torch.save(recurrence.state_dict(), saved)
    saved.seek(0)
    loaded = Recurrence(subject.cell())
    with torch.no_grad():
        for parameter in loaded.parameters():
            parameter.zero_()
    loaded.load_state_dict(torch.load(saved, weights_only=True))
    copies = {
        "loaded from its state_dict": loaded,
        "copied by deepcopy": copy.deepcopy(recurrence),
        "pickled": pickle.loads(pickle.dumps(recurrence)),
    }
    for how, other in copies.items():
        subject.require(torch.equal(other(x, lengths)[0], expected), f"{how}, it gives other outputs")


def _padding_changes_nothing(subject: Subject) -> None:
    mask = padding_mask(torch.tensor(LENGTHS), STEPS)
    for direction, recurrence in _directions(subject):
        x = _inputs(len(LENGTHS))
        state = _state(recurrence, x)
        batch = _run(recurrence, x, LENGTHS, state)
        poisoned = _run(recurrence, x.masked_fill(mask.unsqueeze(-1), torch.nan), LENGTHS, state)
        subject.require_equal(poisoned, batch, f"{direction}what stands at padding (NaN) changes a result", 0.0)
        subject.require(not batch["y"][mask].any(), f"{direction}y is not zero at padding")
        alone = [
            _run(recurrence, x[k : k + 1, :length], [length], tuple(tensor[k : k + 1] for tensor in state))
            for k, length in enumerate(LENGTHS)
        ]
        subject.require_equal(
            batch,
            _joined(alone, batch),
            f"{direction}a row padded in a batch does not give what it gives alone and unpadded",
        )


def _joined(rows: Sequence[Run], batch: Run) -> Run:
    """Return single rows' runs as one: padded with zeros and stacked, the gradients of parameters added."""
    joined = {}
    for what, like in batch.items():
        found = [row[what] for row in rows]
        if what in ("y", "gradient of x"):
            total = torch.zeros_like(like)
            for k, tensor in enumerate(found):
                total[k, : tensor.shape[1]] = tensor[0]
        elif what.startswith(("state ", "gradient of state ")):
            total = torch.cat(found)
        else:
            total = torch.stack(found).sum(0)
        joined[what] = total
    return joined


def _rows_do_not_see_each_other(subject: Subject) -> None:
    for direction, recurrence in _directions(subject):
        x = _inputs(3)
        state = _state(recurrence, x)
        changed = torch.cat([x[:1] + 1, x[1:]])
        recurrence.train()  # where statistics over the batch would be at work
        runs = []
        for each in (x, changed):
            torch.manual_seed(2)
            run = _run(recurrence, each, [STEPS] * 3, state)
            runs.append({what: run[what][1:] for what in ("y", "gradient of x")})
        subject.require_equal(runs[1], runs[0], f"{direction}one row of a batch changes another")


def _the_causal_claim_is_true(subject: Subject) -> None:
    cut = STEPS // 2
    for direction, recurrence in _directions(subject):
        if not recurrence.cell.causal:
            continue
        x = _inputs(2)
        changed = x.clone()
        past, future = slice(0, cut), slice(cut, None)
        if recurrence.reverse:
            past, future = future, past
        changed[:, future] += 1
        full = torch.full((2,), STEPS)
        before, after = (recurrence(each, full)[0][:, past].detach() for each in (x, changed))
        subject.require_equal(
            {"y": after}, {"y": before}, f"{direction}says it is causal, but later inputs change outputs"
        )


def _the_state_carries_a_sequence_on(subject: Subject) -> None:
    for direction, recurrence in _directions(subject):
        x = _inputs(2)
        state = _state(recurrence, x)
        if not (recurrence.cell.steppable or (recurrence.cell.causal and state)):
            continue
        whole = _forward(recurrence, [x], state)
        halves = _forward(recurrence, [x[:, :20], x[:, 20:]], state)
        subject.require_equal(
            halves, whole, f"{direction}two halves with the state carried do not give what the whole sequence gives"
        )


def _stepping_equals_the_whole_sequence(subject: Subject) -> None:
    recurrence = Recurrence(subject.cell())
    if not recurrence.steppable:
        return
    x = _inputs(2)
    before = _state(recurrence, x)
    state, outputs = before, []
    for x_t in x.unbind(1):
        y_t, state = recurrence.step(x_t, state)
        outputs.append(y_t)
    stepped = {"y": torch.stack(outputs, 1), **_named(state)}
    subject.require_equal(
        stepped, _forward(recurrence, [x], before), "stepping does not give what the whole sequence gives"
    )


def _forward(recurrence: Recurrence, pieces: Sequence[Tensor], state: tuple[Tensor, ...]) -> Run:
    """Return outputs, in the sequence's order, and final state of full rows given piece by piece."""
    outputs = []
    order = -1 if recurrence.reverse else 1
    for piece in pieces[::order]:
        y, state = recurrence(piece, torch.full((len(piece),), piece.shape[1]), state)
        outputs.append(y)
    return {"y": torch.cat(outputs[::order], 1).detach(), **_named(state)}


def _named(state: tuple[Tensor, ...]) -> dict[str, Tensor]:
    return {f"state {k}": tensor.detach() for k, tensor in enumerate(state)}


def _reversal_turns_each_row_around(subject: Subject) -> None:
    cell = subject.cell()
    x, lengths = _inputs(len(LENGTHS)), torch.tensor(LENGTHS)
    y = Recurrence(cell, reverse=True)(x, lengths)[0].detach()
    for k, length in enumerate(LENGTHS):
        row = Recurrence(cell)(x[k : k + 1, :length].flip(1), lengths[k : k + 1])[0].flip(1).detach()
        subject.require_equal(
            {"y": y[k : k + 1, :length]}, {"y": row}, "reversed, it does not start at a row's last token"
        )


def _gradients_reach_every_parameter(subject: Subject) -> None:
    recurrence = Recurrence(subject.cell(training=True))
    x = _inputs(len(LENGTHS))
    for what, gradient in _run(recurrence, x, LENGTHS, recurrence.initial_state(len(x), x)).items():
        subject.require(bool(gradient.isfinite().all()), f"{what} is not finite")
        if what.startswith("gradient of ") and not what.startswith("gradient of state "):
            subject.require(bool(gradient.any()), f"{what} is zero: nothing flows there")


def _its_backends_agree(subject: Subject) -> None:
    for name, backend in BACKENDS.items():
        cell = subject.cell()
        if name == "reference" or backend.unavailable(cell):
            continue
        for dtype, tolerance in ((torch.float32, CLOSE), (torch.float64, EXACT)):
            if backend.declines(_inputs(1, dtype=dtype)):
                continue
            for reverse in (False, True):
                fast, loop = (Recurrence(cell.to(dtype), backend=each, reverse=reverse) for each in (name, "reference"))
                for lengths in (LENGTHS, (STEPS,) * len(LENGTHS)):
                    x = _inputs(len(lengths), dtype=dtype)
                    state = _state(loop, x)
                    expected = _run(loop, x, lengths, state)
                    clause = f"backend {name} does not agree with the reference in {dtype}"
                    subject.require_equal(_run(fast, x, lengths, state), expected, clause, tolerance)
                    with torch.no_grad():
                        y = {"y": fast(x, torch.tensor(lengths), state, need_state=False)[0]}
                    only_y = {"y": expected["y"]}
                    subject.require_equal(y, only_y, f"{clause} without gradients and state", tolerance)


CLAUSES: tuple[Callable[[Subject], None], ...] = (
    _it_declares_its_sizes_and_capabilities,
    _shapes_and_dtypes_are_as_agreed,
    _the_same_seed_gives_the_same_bits,
    _copies_and_saved_weights_give_the_same_bits,
    _padding_changes_nothing,
    _rows_do_not_see_each_other,
    _the_causal_claim_is_true,
    _the_state_carries_a_sequence_on,
    _stepping_equals_the_whole_sequence,
    _reversal_turns_each_row_around,
    _gradients_reach_every_parameter,
    _its_backends_agree,
)

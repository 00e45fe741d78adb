"""Measure cases: every candidate's numbers are checked first, then all that passed are timed in alternation."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

from rnnbench.contracts import PluginError, RnnbenchError, UnavailableError
from rnnbench.records.throughput import Row
from rnnbench.recurrence.backends import BACKENDS
from rnnbench.statistics.summary import deciles
from rnnbench.throughput.alone import alone
from rnnbench.throughput.alternation import Sample, alternate
from rnnbench.throughput.candidates import BUILDERS, candidates_of
from rnnbench.throughput.case import Case
from rnnbench.throughput.material import Material, make_material
from rnnbench.throughput.parity import TOLERANCE, TOLERANCE_BFLOAT16, difference
from rnnbench.throughput.passes import Pass

PRODUCT = 512
"""Rows and columns of the matrices whose product says what the processor can do."""

_MANY = 8
"""Sequences from which a step's product is limited by arithmetic, not by reading the weights."""

_PRODUCT = "(product)"


@dataclass(frozen=True)
class Yardsticks:
    """What the samples of a candidate are put beside."""

    tokens: int
    """Valid ones of a pass."""
    operations: int | None
    """Multiplications and additions of a pass's matrix products."""
    product: float
    """Operations of a large matrix product in a second of processor time."""
    torch: Sequence[Sample]
    """torch.nn's samples, if it was measured."""


@dataclass(frozen=True)
class Ready:
    """A candidate after its first call."""

    row: Row
    work: Pass | None = None
    """None for one that is not to be timed."""


def measure(case: Case, backends: Sequence[str], seconds: float) -> list[Row]:
    """Return a row for each candidate, for all there are if none is named; one process of the machine at a time.

    Raises `RnnbenchError` for a cell that cannot be built, or whose reference cannot run.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(case.threads)
    try:
        with alone():
            material = make_material(case)
            blank = _blank(case)
            ready = list(_prepared(material, backends or candidates_of(case), blank))
            return _timed(material, ready, seconds)
    finally:
        torch.set_num_threads(before)


def _blank(case: Case) -> Row:
    """Return what all rows of a case have in common."""
    return Row(
        cell=case.cell,
        params=case.params,
        backend="",
        mode=case.mode,
        B=case.shape.batch,
        T=case.shape.steps,
        H=case.shape.hidden_size,
        threads=case.threads,
        lengths=case.lengths,
        status="ok",
        load=round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    )


def _prepared(material: Material, names: Sequence[str], blank: Row) -> Iterator[Ready]:
    """Yield the candidates, each called once and compared with the reference."""
    try:
        expected = _reference(material)
    except UnavailableError as error:
        yield from (Ready(replace(blank, backend=name, status="unavailable", reason=str(error))) for name in names)
        return
    valid = material.valid if material.case.mode != "decode" else None
    for name in names:
        row = replace(blank, backend=name)
        start = time.perf_counter()
        try:
            work = BUILDERS[name](material)
            found = work()
        except UnavailableError as error:
            yield Ready(replace(row, status="unavailable", reason=str(error)))
            continue
        except Exception as error:
            first_line = str(error).partition("\n")[0]
            yield Ready(replace(row, status="failed", reason=f"{type(error).__name__}: {first_line}"))
            continue
        drawback = BACKENDS[name].drawback(material.cell) if name in BACKENDS else ""
        row = replace(row, first_call_seconds=time.perf_counter() - start, reason=drawback)
        yield _checked(row, work, difference(found, expected, valid))


def _reference(material: Material) -> list[Tensor]:
    """Return what the plain loop gives; a cell that it cannot run is broken."""
    try:
        return BUILDERS["reference"](material)()
    except RnnbenchError:
        raise
    except Exception as error:
        raise PluginError(f"cell {material.case.cell} raised {type(error).__name__}: {error}") from error


def _checked(row: Row, work: Pass, apart: float) -> Ready:
    allowed = TOLERANCE_BFLOAT16 if row.backend == "fused_bfloat16" else TOLERANCE
    row = replace(row, parity=apart <= allowed, difference=apart)
    if row.parity:
        return Ready(row, work)
    return Ready(replace(row, status="wrong", reason=f"differs from the reference by {apart:.1e}, allowed {allowed}"))


def _timed(material: Material, ready: Sequence[Ready], seconds: float) -> list[Row]:
    works: dict[str, Callable[[], object]] = {each.row.backend: each.work for each in ready if each.work is not None}
    if not works:
        return [each.row for each in ready]
    works[_PRODUCT] = _product()
    samples = alternate(works, seconds * len(works))
    yardsticks = Yardsticks(
        tokens=material.tokens,
        operations=_operations(material),
        product=2 * PRODUCT**3 / _median(sample.cpu for sample in samples[_PRODUCT]),
        torch=samples.get("torch", []),
    )
    return [_filled(each.row, samples[each.row.backend], yardsticks) if each.work else each.row for each in ready]


def _filled(row: Row, own: Sequence[Sample], yardsticks: Yardsticks) -> Row:
    """Return a row with its samples' numbers."""
    found = deciles([sample.wall for sample in own])
    cpu = _median(sample.cpu for sample in own)
    step = 1e6 / row.T
    rate = yardsticks.operations / cpu if yardsticks.operations else None
    pairs = list(zip(yardsticks.torch, own, strict=True)) if yardsticks.torch else []
    return replace(
        row,
        median_us_per_step=found.median * step,
        p10=found.p10 * step,
        p90=found.p90 * step,
        cpu_us_per_step=cpu * step,
        tokens_per_second=yardsticks.tokens / found.median,
        ratio_to_torch=_median(torchs.wall / ours.wall for torchs, ours in pairs) if pairs else None,
        cpu_ratio_to_torch=_median(torchs.cpu / ours.cpu for torchs, ours in pairs) if pairs else None,
        samples=found.n,
        gflops=rate / 1e9 if rate else None,
        product_gflops=yardsticks.product / 1e9,
        share_of_peak=rate / yardsticks.product if rate and row.B >= _MANY else None,
    )


def _median(values: Iterable[float]) -> float:
    return deciles(list(values)).median


def _product() -> Callable[[], object]:
    """Return a large matrix product as fast as torch does it: by oneDNN, where it is part of torch."""
    left, right = (torch.ones(PRODUCT, PRODUCT) for _ in range(2))
    if torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        left, right = left.to_mkldnn(), right.to_mkldnn()
    return lambda: linear(left, right)


def _operations(material: Material) -> int | None:
    """Return multiplications and additions of a pass's matrix products over valid tokens.

    Each number of a weight matrix takes part in one of both for every token; backward, in two of both more. None for
    cells that are no recurrence, whose weights may be used otherwise.
    """
    cell: Any = material.cell
    if not cell.steppable:
        return None
    weights: int = sum(parameter.numel() for parameter in cell.parameters() if parameter.dim() > 1)
    return 2 * weights * material.tokens * (3 if material.case.mode == "train" else 1)

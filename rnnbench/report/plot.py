"""matplotlib, where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from rnnbench.contracts import UsageError

_ENDINGS = (".svg", ".png")


def pyplot() -> ModuleType:
    """Return matplotlib's pyplot, set to draw into files; raises `UsageError` where matplotlib is not installed."""
    try:
        import matplotlib
    except ImportError:
        raise UsageError("a picture needs matplotlib; install it with pip install 'rnnbench[plot]'.") from None
    matplotlib.use("agg")
    import matplotlib.pyplot

    return matplotlib.pyplot


def check_ending(path: Path) -> None:
    """Raise `UsageError` unless the file's name says what it is to be."""
    if path.suffix not in _ENDINGS:
        raise UsageError(f"{path}: a picture's name ends in {' or '.join(_ENDINGS)}.")


@contextmanager
def figure(path: Path, panels: int, inches: tuple[float, float], across: int = 0) -> Iterator[list[Any]]:
    """Give axes, each of that size and so many side by side (all unless said), then write them to `path`.

    The same drawing gives the same bytes. Raises `UsageError` where matplotlib is not installed.
    """
    plot = pyplot()
    width, height = inches
    # Text stays text, and neither ids nor a date change from one drawing to the next.
    with plot.rc_context({"svg.hashsalt": "rnnbench", "svg.fonttype": "none", "font.size": 10}):
        columns = across or panels
        rows = -(-panels // columns)
        size = (width * columns, height * rows)
        drawn, axes = plot.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
        try:
            for spare in axes.flat[panels:]:
                spare.set_axis_off()
            yield list(axes.flat[:panels])
            drawn.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
        finally:
            plot.close(drawn)

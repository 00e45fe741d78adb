"""Figures, drawn by matplotlib where it is installed, and written as files."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from rnnbench.catalog.files import write_atomically
from rnnbench.contracts import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ENDINGS = (".svg", ".png")
_DPI = 120


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


def save_png(drawn: Figure, path: Path) -> None:
    """Write a figure as PNG and close it; raises `DataError` where the file cannot be written."""
    content = io.BytesIO()
    with warnings.catch_warnings():
        # What no installed font has is drawn as an empty box, which says as much.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        drawn.savefig(content, format="png", dpi=_DPI)
    pyplot().close(drawn)
    write_atomically(path, content.getvalue())

"""Figures, drawn by matplotlib where it is installed, and written as files."""

from __future__ import annotations

import importlib.util
import io
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnbench.catalog.files import make_folder, write_atomically
from rnnbench.contracts import UsageError
from rnnbench.report.fonts import fonts_for

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SAVED_AS: dict[str, dict[str, Any]] = {
    # No date, which would be another in each drawing.
    ".svg": {"format": "svg", "metadata": {"Date": None}},
    ".png": {"format": "png", "dpi": 120},
}
"""Endings of a file's name, and what matplotlib is told for each."""


def can_draw() -> bool:
    """Return whether matplotlib is installed; it is not imported."""
    return importlib.util.find_spec("matplotlib") is not None


def picture_path(name: str | Path) -> Path:
    """Return the path; raises `UsageError` unless its ending is a picture's, and matplotlib is there to draw it."""
    path = Path(name)
    if path.suffix.lower() not in _SAVED_AS:
        raise UsageError(f"{path}: a picture's name ends in {' or '.join(_SAVED_AS)}.")
    if not can_draw():
        raise UsageError(f"{path}: a picture needs matplotlib; install it with pip install 'rnnbench[plot]'.")
    return path


@contextmanager
def figure(
    path: Path, panels: int, inches: tuple[float, float], across: int = 0, texts: Collection[str] = ()
) -> Iterator[list[Any]]:
    """Give axes, each of that size and so many side by side (all unless said), then write them to `path`.

    The same drawing gives the same bytes. `texts` are drawn in whatever they are written in, and the file's folder is
    made if it is missing. Raises what `picture_path` does, and `DataError` where the file cannot be written.
    """
    picture_path(path)
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plot

    # Text stays text, and ids do not change from one drawing to the next.
    style: dict[Any, Any] = {"svg.hashsalt": "rnnbench", "svg.fonttype": "none", "font.size": 10}
    if texts:
        style["font.family"] = fonts_for(texts)
    with plot.rc_context(style):
        columns = across or panels
        rows = -(-panels // columns)
        size = (inches[0] * columns, inches[1] * rows)
        drawn, axes = plot.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
        try:
            for spare in axes.flat[panels:]:
                spare.set_axis_off()
            yield list(axes.flat[:panels])
            content = _content(drawn, path.suffix.lower())
        finally:
            plot.close(drawn)
    make_folder(path.parent)
    write_atomically(path, content)


def _content(drawn: Figure, ending: str) -> bytes:
    content = io.BytesIO()
    with warnings.catch_warnings():
        # What no installed font has is drawn as an empty box, which says as much.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        drawn.savefig(content, **_SAVED_AS[ending])
    return content.getvalue()

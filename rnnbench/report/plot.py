"""matplotlib, where it is installed."""

from __future__ import annotations

from types import ModuleType

from rnnbench.contracts import UsageError


def pyplot() -> ModuleType:
    """Return matplotlib's pyplot, set to draw into files; raises `UsageError` where matplotlib is not installed."""
    try:
        import matplotlib
    except ImportError:
        raise UsageError("a picture needs matplotlib; install it with pip install 'rnnbench[plot]'.") from None
    matplotlib.use("agg")
    import matplotlib.pyplot

    return matplotlib.pyplot

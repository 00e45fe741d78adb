"""Pointwise cells as Triton kernels: the graph of `rnnbench.recurrence.fused` in another language.

function    a part of the graph as a function
values      what the kernels read and write, and where it stands
sequence    kernels that run a whole sequence in one launch, W_hh on the chip
steps       kernels of one step, between products by cuBLAS, where W_hh does not fit
emit        all of it as one Python module a cell; maths: what it imports
module      the cache of such modules
graph       single steps as CUDA graphs
launch      which kernels run, by the shared memory they need
kernel      a cell's kernels, called with tensors
engine      torch operations with gradients, known to torch.compile
resources   registers, spills and shared memory, by compiling for a GPU that need not be there
"""

from __future__ import annotations

from rnnbench.contracts import UnavailableError
from rnnbench.recurrence.cuda.kernel import Kernel
from rnnbench.recurrence.fused.trace import UntraceableError, trace
from rnnbench.recurrence.pointwise import PointwiseCell

__all__ = ["show_source"]


def show_source(cell: PointwiseCell) -> str:
    """Return the Triton text of a cell; raises `UnavailableError` if it cannot be fused."""
    try:
        return Kernel(trace(cell), type(cell).__name__).text
    except UntraceableError as error:
        raise UnavailableError(f"there is no fused {type(cell).__name__}: {str(error).removesuffix('.')}.") from error

"""What a token costs in arithmetic, whoever runs the recurrence."""

from __future__ import annotations

import copy

import torch
from torch.utils.flop_counter import FlopCounterMode

from rnnbench.contracts import Batch
from rnnbench.networks import Network
from rnnbench.pipeline.batching import to_device
from rnnbench.recurrence import Recurrence


def flops_per_token(network: Network, batch: Batch) -> float:
    """Return the multiplications and additions of the matrix products and convolutions of a forward pass, per token.

    Counted for the loss of a batch on a copy that runs the plain loop, since the fused operations of torch hide what
    they multiply; pointwise work is not counted, and what is done once a sequence is shared among its tokens.
    """
    subject = copy.deepcopy(network).to("cpu", torch.float32).eval()
    for module in subject.modules():
        if isinstance(module, Recurrence):
            module.backend = "reference"
    batch = to_device(batch, torch.device("cpu"))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        subject.loss(batch)
    return float(counter.get_total_flops()) / batch.tokens

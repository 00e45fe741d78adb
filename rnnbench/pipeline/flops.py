"""What a token costs in arithmetic, whoever runs the recurrence."""

from __future__ import annotations

import copy

import torch
from torch.utils.flop_counter import FlopCounterMode

from rnnbench.contracts import Batch
from rnnbench.networks import Network
from rnnbench.recurrence import Recurrence

_STEPS = 32
"""Tokens of the sequence that is counted; what the head does once a sequence is shared among them."""


def flops_per_token(network: Network, token: int) -> float:
    """Return the multiplications and additions of the matrix products and convolutions of a forward pass, per token.

    Counted on a copy that runs the plain loop, since the fused operations of torch hide what they multiply; pointwise
    work is not counted. `token` is any id of the vocabulary.
    """
    subject = copy.deepcopy(network).to("cpu", torch.float32).eval()
    for module in subject.modules():
        if isinstance(module, Recurrence):
            module.backend = "reference"
    batch = Batch(torch.full((1, _STEPS), token), torch.tensor([_STEPS]), targets=None, rows=[0])
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        subject.predict(batch)
    return float(counter.get_total_flops()) / _STEPS

"""What is built around any cell: embeddings, stacks, pooling."""

from rnnbench.networks.embedding import build_embedding, read_vectors
from rnnbench.networks.network import Network
from rnnbench.networks.pooling import Attention, Pool, Pooling, last, maximum, mean
from rnnbench.networks.stack import Stack

__all__ = [
    "Attention",
    "Network",
    "Pool",
    "Pooling",
    "Stack",
    "build_embedding",
    "last",
    "maximum",
    "mean",
    "read_vectors",
]

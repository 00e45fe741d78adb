"""What is built around any cell: inputs, stacks, pooling, readouts, a decoder and its search."""

from rnnbench.networks.crf import CRF
from rnnbench.networks.decoder import AttentionScore, Decoder
from rnnbench.networks.dropout import WordDropout, build_dropout
from rnnbench.networks.embedding import build_embedding, read_vectors
from rnnbench.networks.generation import Hypothesis, beam_search, draw, sample
from rnnbench.networks.inputs import ImageInput, LetterInput, TokenInput, VectorInput
from rnnbench.networks.network import Network
from rnnbench.networks.pooling import Attention, Pool, Pooling, last, maximum, mean, summary
from rnnbench.networks.readout import Readout
from rnnbench.networks.stack import Stack

__all__ = [
    "CRF",
    "Attention",
    "AttentionScore",
    "Decoder",
    "Hypothesis",
    "ImageInput",
    "LetterInput",
    "Network",
    "Pool",
    "Pooling",
    "Readout",
    "Stack",
    "TokenInput",
    "VectorInput",
    "WordDropout",
    "beam_search",
    "build_dropout",
    "build_embedding",
    "draw",
    "last",
    "maximum",
    "mean",
    "read_vectors",
    "sample",
    "summary",
]

"""What a network reads, as one vector a step: embedded tokens, words with their characters, vectors, images.

Every module here takes a `Batch` and returns (B, T, D), with `output_size` D.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rnnbench.contracts import Batch, Features, Sequences
from rnnbench.networks.dropout import WordDropout
from rnnbench.networks.pooling import summary
from rnnbench.networks.stack import Stack
from rnnbench.recurrence import padding_mask


class TokenInput(nn.Module):
    """Embedded tokens, beside what their word's characters say, if `letters` is given."""

    def __init__(
        self,
        embedding: nn.Embedding,
        letters: LetterInput | None = None,
        word_dropout: WordDropout | None = None,
        embedding_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.letters = letters
        self.word_dropout = word_dropout
        self.embedding_dropout = embedding_dropout
        self.output_size = embedding.embedding_dim + (letters.output_size if letters else 0)

    def forward(self, batch: Batch) -> Tensor:
        """Return (B, T, D)."""
        ids = batch.inputs
        if self.word_dropout is not None:
            ids = self.word_dropout(ids, padding_mask(batch.lengths, ids.shape[1]))
        embedded = nn.functional.embedding(ids, self._weight(), self.embedding.padding_idx)
        return embedded if self.letters is None else torch.cat((embedded, self.letters(batch)), dim=-1)

    def _weight(self) -> Tensor:
        """Return the embeddings, in training those of some of the vocabulary at zero (Gal and Ghahramani 2016)."""
        weight = self.embedding.weight
        if not (self.training and self.embedding_dropout):
            return weight
        kept = weight.new_empty(len(weight), 1).bernoulli_(1 - self.embedding_dropout)
        return weight * kept / (1 - self.embedding_dropout)


class LetterInput(nn.Module):
    """Reads each word's characters with a stack of cells of their own; every token of a word gets the result.

    Characters as inputs of a tagger: Ling et al. 2015, "Finding function in form"; Ma and Hovy 2016 with a CNN.
    """

    def __init__(self, embedding: nn.Embedding, stack: Stack, dropout: nn.Module) -> None:
        super().__init__()
        self.embedding = embedding
        self.stack = stack
        self.dropout = dropout
        self.output_size = stack.output_size

    def forward(self, batch: Batch) -> Tensor:
        """Return (B, T, F) for the T tokens of a batch with `words` and their letters."""
        words = batch.words
        assert words is not None
        assert words.letters is not None
        assert words.spelling is not None
        steps = torch.arange(batch.inputs.shape[1], device=batch.inputs.device)
        # The first word that does not end before a token is the one that the token belongs to.
        ends = words.last.masked_fill(padding_mask(words.lengths, words.last.shape[1]), len(steps))
        word = torch.searchsorted(ends, steps.expand(len(ends), -1).contiguous()).clamp(max=ends.shape[1] - 1)
        return self._read(words.letters)[words.spelling.gather(1, word)]

    def _read(self, letters: Sequences) -> Tensor:
        outputs, _ = self.stack(self.dropout(self.embedding(letters.values)), letters.lengths, need_state=False)
        return summary(Features(outputs, letters.lengths, (), self.stack.causal, self.stack.directions))


class VectorInput(nn.Module):
    """Vectors as they are."""

    embedding = None

    def __init__(self, size: int) -> None:
        super().__init__()
        self.output_size = size

    def forward(self, batch: Batch) -> Tensor:
        """Return (B, T, D)."""
        return batch.inputs


class BatchNorm(nn.BatchNorm1d):
    """Batch normalisation (Ioffe and Szegedy 2015) that takes a row by itself, too.

    One row has no variance: it is normalised by the running statistics, in training as in evaluation, and they do not
    learn from it.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the rows (B, D) normalised over the batch."""
        if len(x) > 1:
            return super().forward(x)
        return nn.functional.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)


class ImageInput(nn.Module):
    """A small convolutional network: an image becomes one step, a vector.

    Three times convolution, batch normalisation, ReLU and halving; then a linear layer, normalised over the batch, too.
    Without these norms the decoder hardly looks at the image: most captions become the same.
    """

    embedding = None

    def __init__(self, shape: tuple[int, ...], size: int, widths: tuple[int, ...] = (32, 64, 128)) -> None:
        super().__init__()
        channels = (shape[0], *widths)
        layers: list[nn.Module] = []
        for before, after in zip(channels, widths, strict=False):
            layers += [nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
            layers.append(nn.MaxPool2d(2, ceil_mode=True))
        vector = (nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(16 * widths[-1], size), BatchNorm(size))
        self.network = nn.Sequential(*layers, *vector)
        self.output_size = size

    def forward(self, batch: Batch) -> Tensor:
        """Return (B, 1, D) for images (B, channels, height, width) of bytes."""
        scaled = batch.inputs.to(next(self.parameters()).dtype) / 127.5 - 1
        vector: Tensor = self.network(scaled)
        return vector.unsqueeze(1)

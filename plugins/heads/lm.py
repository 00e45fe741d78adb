"""Language modelling: which token comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from torch import Tensor, nn
from torch.nn import functional

from rnnbench.contracts import Batch, Features, Score, Sequences, TaskInfo, Vocabulary, check_range
from rnnbench.networks import Readout
from rnnbench.recurrence import padding_mask
from rnnbench.statistics.likelihood import likelihood_scores


class Lm(nn.Module):
    """A language model: after every token the probability of each next one, the end of a row among them.

    With `tied` the scores are products with the tokens' own embeddings (Press and Wolf 2017). Two penalties of AWD-LSTM
    are added to the training loss (Merity et al. 2017, "Revisiting activation regularization for language RNNs"):

    * `activation_penalty` times the mean square of the features: activation regularization, AR,
    * `slowness_penalty` times the mean square of their changes from step to step: temporal activation regularization,
      TAR. Theirs is taken before dropout and this one after it, so that it goes with `model.variational_dropout`.

    Both are means over valid steps.
    """

    accepts: ClassVar[frozenset[str]] = frozenset({"language_modelling"})
    uses_state: ClassVar[bool] = False
    needs_causal: ClassVar[bool] = True

    def __init__(
        self,
        input_size: int,
        info: TaskInfo,
        vocabulary: Vocabulary,
        embedding: nn.Embedding,
        tied: bool = False,
        activation_penalty: float = 0.0,
        slowness_penalty: float = 0.0,
    ) -> None:
        super().__init__()
        check_range("head.activation_penalty", activation_penalty, 0)
        check_range("head.slowness_penalty", slowness_penalty, 0)
        self.info = info
        self.pad_id = vocabulary.pad_id
        self.activation_penalty = activation_penalty
        self.slowness_penalty = slowness_penalty
        self.readout = Readout(input_size, vocabulary.size, embedding if tied else None)

    def scores(self, features: Features) -> Tensor:
        """Return the scores of every next token (B, T, V)."""
        scores: Tensor = self.readout(features.outputs)
        return scores

    def loss(self, features: Features, batch: Batch) -> Tensor:
        """Return the mean cross-entropy of the next tokens in nats, and the penalties."""
        loss = self._losses(features, batch.targets).sum() / batch.units
        if not self.training:
            return loss
        outputs, lengths = features.outputs, features.lengths
        if self.activation_penalty:
            loss = loss + self.activation_penalty * _mean_square(outputs, lengths)
        if self.slowness_penalty and outputs.shape[1] > 1:
            loss = loss + self.slowness_penalty * _mean_square(outputs.diff(dim=1), lengths - 1)
        return loss

    def predict(self, features: Features, batch: Batch) -> list[dict[str, Any]]:
        """Return each row's negative log-probability in nats, and the tokens that it is the sum of."""
        nlls = self._losses(features, batch.targets).double().sum(dim=1)
        return [
            {"prediction": nll, "nll": nll, "tokens": tokens}
            for nll, tokens in zip(nlls.tolist(), batch.targets.lengths.tolist(), strict=True)
        ]

    def metrics(self, rows: Sequence[dict[str, Any]]) -> list[Score]:
        """Return the scores that the data set names, of a whole split."""
        return likelihood_scores(self.info.metrics, rows)

    def _losses(self, features: Features, targets: Sequences) -> Tensor:
        """Return each next token's cross-entropy (B, T), zero at padding."""
        # Flat, since a softmax over a middle axis copies the scores.
        scores, values = self.scores(features).flatten(0, 1), targets.values.flatten()
        losses = functional.cross_entropy(scores, values, ignore_index=self.pad_id, reduction="none")
        return losses.view_as(targets.values)


def _mean_square(values: Tensor, lengths: Tensor) -> Tensor:
    """Return the mean of the squares of (B, T, F) over each row's first `lengths` (B,) steps, 0 if there are none."""
    padding = padding_mask(lengths, values.shape[1])
    squares = values.masked_fill(padding.unsqueeze(-1), 0.0).pow(2)
    # The mean of all steps first: in half precision a sum could be infinite.
    return squares.mean() * (padding.numel() / lengths.sum().clamp(min=1))

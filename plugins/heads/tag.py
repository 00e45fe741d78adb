"""Tagging: one label for each word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from rnnbench.contracts import Batch, Features, Score, TaskInfo, Vocabulary
from rnnbench.networks.crf import CRF
from rnnbench.recurrence import padding_mask
from rnnbench.statistics.intervals import bootstrap_sums
from rnnbench.statistics.schemes import OUTSIDE, PREFIXES, joined, may_follow, parts, to_iob2
from rnnbench.statistics.spans import f1, precision, recall, span_counts


class Tag(nn.Module):
    """One tag for each word: a linear layer, then softmax word by word or a conditional random field.

    * `crf`: score the tags of a sentence together, by a linear-chain conditional random field, and look for the best
      sequence; where tags mark spans it gives legal ones only,
    * `scheme`: what the network learns where tags mark spans: IOB2, or BIOES, which also tells a span's last word;
      predictions and scores are IOB2 in any case.
    """

    accepts: ClassVar[frozenset[str]] = frozenset({"tagging"})
    uses_state: ClassVar[bool] = False

    def __init__(
        self,
        input_size: int,
        vocabulary: Vocabulary,
        info: TaskInfo,
        crf: bool = False,
        scheme: Literal["IOB2", "BIOES"] = "IOB2",
    ) -> None:
        super().__init__()
        self.metric_names = info.metrics
        self.spans = info.scheme == "IOB2"
        self.scheme = scheme if self.spans else ""
        self.learned = _bioes(vocabulary.labels) if self.scheme == "BIOES" else vocabulary.labels
        """The tags that the network tells apart."""
        self.output = nn.Linear(input_size, len(self.learned))
        self.crf = CRF(len(self.learned), _allowed(self.learned, self.scheme) if self.spans else None) if crf else None
        self.place: Tensor
        self.goes_on: Tensor
        place, goes_on = _translation(vocabulary.labels, self.learned, self.scheme)
        self.register_buffer("place", place, persistent=False)
        self.register_buffer("goes_on", goes_on, persistent=False)

    def loss(self, features: Features, batch: Batch) -> Tensor:
        """Return the negative log-probability of the tags, in nats: the mean over the batch's words."""
        return self._nll(features, batch).sum() / batch.units

    def predict(self, features: Features, batch: Batch) -> list[dict[str, Any]]:
        """Return the tags of each sentence; where the batch has targets, also `nll`, theirs for the whole sentence."""
        emissions = self._emissions(features)
        best = emissions.argmax(dim=2) if self.crf is None else self.crf.decode(emissions, features.lengths)
        rows: list[dict[str, Any]] = [
            {"prediction": self._given([self.learned[place] for place in places[:length]])}
            for places, length in zip(best.tolist(), features.lengths.tolist(), strict=True)
        ]
        if batch.targets is not None:
            for row, nll in zip(rows, self._nll(features, batch).tolist(), strict=True):
                row["nll"] = nll
        return rows

    def metrics(self, rows: Sequence[dict[str, Any]]) -> list[Score]:
        """Return those scores of a whole split that the data set names, with bootstrap intervals over its sentences.

        * Of spans: F1, precision and recall; F1 by the rules of conlleval. Their `n` is the number of true spans.
        * Of plain tags: accuracy; where rows say which words are `unseen` in training, also theirs. `n` counts words.
        * Where rows have the `nll` of their target: the loss, which is its mean per word.
        """
        scores = _span_scores(rows) if self.spans else _word_scores(rows)
        if all("nll" in row for row in rows):
            nll = np.array([[row["nll"], len(row["target"])] for row in rows])
            scores.append(_score("loss", nll, _ratio, int(nll[:, 1].sum()), "nats per word"))
        order = {name: place for place, name in enumerate(self.metric_names)}
        return sorted((score for score in scores if score.name in order), key=lambda score: order[score.name])

    def _emissions(self, features: Features) -> Tensor:
        emissions: Tensor = self.output(features.outputs)
        return emissions

    def _nll(self, features: Features, batch: Batch) -> Tensor:
        """Return the negative log-probability of each row's tags (B,)."""
        emissions, tags = self._emissions(features), self._learned(batch)
        if self.crf is not None:
            return self.crf.nll(emissions, tags, batch.targets.lengths)
        losses = functional.cross_entropy(emissions.flatten(0, 1), tags.flatten(), reduction="none")
        return losses.view_as(tags).masked_fill(_padding(batch), 0.0).sum(dim=1)

    def _learned(self, batch: Batch) -> Tensor:
        """Return the batch's tags (B, W) as places among those that the network tells apart, 0 at padding."""
        padding = _padding(batch)
        tags = batch.targets.values.masked_fill(padding, 0)
        followed = self.goes_on[tags[:, :-1], tags[:, 1:]] & ~padding[:, 1:]
        learned: Tensor = self.place[tags, functional.pad(followed, (0, 1)).long()]
        return learned

    def _given(self, tags: list[str]) -> list[str]:
        """Return learned tags in the data's scheme."""
        return to_iob2(tags, self.scheme) if self.spans else tags


def _padding(batch: Batch) -> Tensor:
    return padding_mask(batch.targets.lengths, batch.targets.values.shape[1])


def _bioes(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the BIOES tags of all types of span that IOB2 labels have."""
    kinds = sorted({parts(label)[1] for label in labels if label != OUTSIDE})
    return (OUTSIDE, *(joined(prefix, kind) for kind in kinds for prefix in PREFIXES["BIOES"]))


def _allowed(tags: Sequence[str], scheme: str) -> Tensor:
    """Return which tag may follow which (K + 1, K + 1), as `CRF` wants it."""
    edged = [*tags, None]
    return torch.tensor([[may_follow(before, tag, scheme) for tag in edged] for before in edged])


def _translation(labels: Sequence[str], learned: Sequence[str], scheme: str) -> tuple[Tensor, Tensor]:
    """Return how targets become learned tags.

    `place` (L, 2) is the place of what a label becomes: entry [i, 1] where the span goes on with the next word, which
    `goes_on` (L, L) tells from the two words' labels. It matters to BIOES only.
    """
    if scheme != "BIOES":
        places = torch.arange(len(labels))
        return places.unsqueeze(1).expand(-1, 2).contiguous(), torch.zeros(len(labels), len(labels), dtype=torch.bool)
    index = {tag: place for place, tag in enumerate(learned)}
    alone = {"B": "S", "I": "E"}
    pairs = [parts(label) for label in labels]
    place = [[index[joined(alone.get(prefix, prefix), kind)], index[joined(prefix, kind)]] for prefix, kind in pairs]
    goes_on = [[right == "I" and kind == before for right, kind in pairs] for _, before in pairs]
    return torch.tensor(place), torch.tensor(goes_on)


def _span_scores(rows: Sequence[dict[str, Any]]) -> list[Score]:
    targets, predictions = ([row[key] for row in rows] for key in ("target", "prediction"))
    strict, conlleval = (span_counts(targets, predictions, convention) for convention in ("strict", "conlleval"))
    return [
        _score(name, counts, statistic, int(counts[:, 2].sum()), signature)
        for name, counts, statistic, signature in (
            ("f1", strict, f1, "micro, seqeval strict, IOB2"),
            ("precision", strict, precision, "micro, seqeval strict, IOB2"),
            ("recall", strict, recall, "micro, seqeval strict, IOB2"),
            ("f1_conlleval", conlleval, f1, "micro, as conlleval, IOB2"),
        )
    ]


def _word_scores(rows: Sequence[dict[str, Any]]) -> list[Score]:
    right = [np.array([a == b for a, b in zip(row["target"], row["prediction"], strict=True)]) for row in rows]
    counts = np.array([[words.sum(), len(words)] for words in right])
    scores = [_score("accuracy", counts, _ratio, int(counts[:, 1].sum()), "correct words / all")]
    if all("unseen" in row for row in rows):
        unseen = [np.array(row["unseen"], dtype=bool) for row in rows]
        counts = np.array([[(words & new).sum(), new.sum()] for words, new in zip(right, unseen, strict=True)])
        if n := int(counts[:, 1].sum()):
            scores.append(_score("unseen_accuracy", counts, _ratio, n, "correct words / all, of those not in train"))
    return scores


def _ratio(counts: NDArray[Any]) -> NDArray[Any]:
    """Return the first column's share of the second's."""
    return np.asarray(counts[..., 0] / np.maximum(counts[..., 1], 1))


def _score(name: str, counts: NDArray[Any], statistic: Any, n: int, signature: str) -> Score:
    return Score(
        name=name,
        value=float(statistic(counts.sum(axis=0))),
        n=n,
        ci95=bootstrap_sums(counts, statistic),
        signature=f"{signature}; percentile bootstrap over sentences",
    )

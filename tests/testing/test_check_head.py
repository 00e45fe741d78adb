"""check_head finds what is wrong with a head, and says it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from rnnbench.contracts import Batch, Features, Score
from rnnbench.plugins.heads.classify import Classify
from rnnbench.testing import check_head


class NoTask(Classify):
    accepts = frozenset()


class UnknownTask(Classify):
    accepts = frozenset({"divination"})


class StrangeClash(Classify):
    clashes = (({"polling": "last"}, "it is misspelt"),)


class VectorLoss(Classify):
    def loss(self, features: Features, batch: Batch) -> Tensor:
        return self.logits(features).sum(-1)


class InfiniteLoss(Classify):
    def loss(self, features: Features, batch: Batch) -> Tensor:
        return super().loss(features, batch) * torch.inf


class DetachedLoss(Classify):
    def loss(self, features: Features, batch: Batch) -> Tensor:
        return super().loss(features, batch).detach().requires_grad_()


class FirstRowLoss(Classify):
    def loss(self, features: Features, batch: Batch) -> Tensor:
        return self.logits(features)[0].sum()


class NotBlind(Classify):
    blind = True


class SummedLoss(Classify):
    def loss(self, features: Features, batch: Batch) -> Tensor:
        return super().loss(features, batch) * len(batch.rows)


class ReadsPadding(Classify):
    def logits(self, features: Features) -> Tensor:
        return self.output(features.outputs.mean(1))


class TrainsOnPadding(Classify):
    def loss(self, features: Features, batch: Batch) -> Tensor:
        penalty = features.outputs.diff(dim=1).pow(2).mean() if self.training else 0.0
        return super().loss(features, batch) + penalty


class UntrainedLoss(Classify):
    def loss(self, features: Features, batch: Batch) -> Tensor:
        return super().loss(features, batch) / (0.0 if self.training else 1.0)


class SeesOthers(Classify):
    def predict(self, features: Features, batch: Batch) -> list[dict[str, Any]]:
        best = self.logits(features).argmax(-1).max().item()
        return [{"prediction": str(best + len(features.lengths))} for _ in features.lengths]


class TooFewRows(Classify):
    def predict(self, features: Features, batch: Batch) -> list[dict[str, Any]]:
        return super().predict(features, batch)[1:]


class Nameless(Classify):
    def predict(self, features: Features, batch: Batch) -> list[dict[str, Any]]:
        return [{"label": "yes"} for _ in features.lengths]


class TensorRows(Classify):
    def predict(self, features: Features, batch: Batch) -> list[dict[str, Any]]:
        return [{"prediction": length} for length in features.lengths]


class CountsNothing(Classify):
    def metrics(self, rows: Sequence[dict[str, Any]]) -> list[Score]:
        return [Score("accuracy", 1.0, 0)]


class PeeksAtTargets(Classify):
    def predict(self, features: Features, batch: Batch) -> list[dict[str, Any]]:
        rows = super().predict(features, batch)
        if batch.targets is not None:
            for row, target in zip(rows, batch.targets.tolist(), strict=True):
                row["prediction"] = self.labels[target]
        return rows


class UnknownMetric(Classify):
    def metrics(self, rows: Sequence[dict[str, Any]]) -> list[Score]:
        return [Score("beauty", 1.0, len(rows))]


class NeverPerfect(Classify):
    def metrics(self, rows: Sequence[dict[str, Any]]) -> list[Score]:
        return [Score("accuracy", 0.5, len(rows))]


class Forgetful(Classify):
    def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {name: torch.zeros_like(tensor) for name, tensor in super().state_dict().items()}


BROKEN = {
    NoTask: "accepts no task",
    UnknownTask: r"the tasks \['divination'\], which do not exist",
    StrangeClash: r"clashes names \['polling'\], which are no parameters",
    VectorLoss: "should be a scalar",
    InfiniteLoss: "the loss is (inf|-inf)",
    DetachedLoss: "no gradient with respect to the features",
    FirstRowLoss: "does not depend on the features of every row",
    NotBlind: "the head is blind, and the loss has a gradient",
    SummedLoss: "the mean over its examples' targets",
    ReadsPadding: "gradient at padding",
    TrainsOnPadding: "in training the loss has a gradient at padding",
    UntrainedLoss: "in training the loss is inf",
    SeesOthers: "among others, but",
    TooFewRows: "3 rows for 4 examples",
    Nameless: "no 'prediction'",
    TensorRows: "not made of JSON values",
    CountsNothing: "says n=0 for 4 rows",
    PeeksAtTargets: "with its target in the batch",
    UnknownMetric: "beauty is no metric",
    NeverPerfect: "of perfect predictions is 0.5, not 1.0",
    Forgetful: "predicts otherwise after its state_dict",
}


@pytest.mark.parametrize("head", BROKEN, ids=lambda head: head.__name__)
def test_a_broken_head_is_found(head: type) -> None:
    with pytest.raises(AssertionError, match=BROKEN[head]):
        check_head(head)


def test_a_class_with_parameters_is_checked() -> None:
    check_head(Classify, pooling="mean")

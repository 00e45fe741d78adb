"""The head contract: what is asked of the features, how it is scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from rnnbench.contracts.metric import Score

if TYPE_CHECKING:
    from torch import Tensor


@dataclass
class Batch:
    """Some examples, padded to the longest.

    * `inputs`: token ids (B, T), padded with the tokenizer's `pad_id`,
    * `lengths`: valid tokens of each row (B,), at least 1,
    * `targets`: what the task wants, in its own shape: class indices (B,) for classification; None in prediction,
    * `rows`: each example's place in its split, so that a prediction finds its text again.
    """

    inputs: Tensor
    lengths: Tensor
    targets: Any
    rows: Sequence[int]


@dataclass
class Features:
    """What the encoder made of a batch.

    * `outputs`: (B, T, F), zero at padding,
    * `lengths`: (B,),
    * `state`: of the last layer, after each row's last valid step (both directions' one after the other),
    * `causal`: whether outputs[:, t] saw the first t + 1 inputs only,
    * `directions`: 2 if the first half of F was read forwards and the second half backwards, else 1.
    """

    outputs: Tensor
    lengths: Tensor
    state: tuple[Tensor, ...]
    causal: bool
    directions: int = 1


@runtime_checkable
class Head(Protocol):
    """A task's output layer, loss and metrics; a torch module.

    Its constructor may name any of the injected `input_size` (F of `Features`), `info`, `vocabulary` and
    `build_stack` (asks for further recurrent layers of the run's cell); its other keyword parameters are its
    configuration.

    Two class attributes are optional. `parts = frozenset({"decoder.cell"})` names places, keys of
    `rnnbench.contracts.PARTS`, for which the head calls `build_stack(…, part="decoder")`; `cell@decoder.cell=gru` on
    the command line fills one with another cell. `uses_state = False` says that the head never looks at
    `Features.state`, which is then () and costs nothing. A head measures no time.
    """

    accepts: ClassVar[frozenset[str]]
    """The tasks it can serve: keys of `rnnbench.contracts.COLUMNS`."""

    def loss(self, features: Features, batch: Batch) -> Tensor:
        """Return the training loss, a mean over the batch's examples: a scalar."""
        ...

    def predict(self, features: Features) -> list[dict[str, Any]]:
        """Return one JSON-able row per example; `prediction` is always among its keys."""
        ...

    def metrics(self, rows: Sequence[dict[str, Any]]) -> list[Score]:
        """Return the scores of a whole split from its prediction rows, each with its `target` beside it."""
        ...

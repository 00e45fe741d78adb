"""The head contract: what is asked of the features, how it is scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from rnnbench.contracts.metric import Score

if TYPE_CHECKING:
    from torch import Tensor


@dataclass
class Sequences:
    """Rows of different lengths: `values` (B, U), padded at their ends, and `lengths` (B,), each at least 1."""

    values: Tensor
    lengths: Tensor


@dataclass
class Words:
    """The words of sentences whose tokens are a batch's inputs.

    * `first`, `last`: where each word's tokens begin and end, (B, W), both inclusive; 0 at padding,
    * `lengths`: words of each row (B,),
    * `spelling`: which row of `letters` spells each word, (B, W); 0 at padding,
    * `letters`: the different words' bytes in UTF-8, framed by bos and eos; None where no network that reads characters
      was asked for.
    """

    first: Tensor
    last: Tensor
    lengths: Tensor
    spelling: Tensor | None = None
    letters: Sequences | None = None


@dataclass
class Batch:
    """Some examples, padded to the longest.

    * `inputs`: token ids (B, T), padded with the tokenizer's `pad_id`; vectors (B, T, D); or images
      (B, channels, height, width) of bytes,
    * `lengths`: valid steps of each row (B,), at least 1; an image is one step,
    * `targets`: what the task wants: class indices or values (B,); `Sequences` of tag indices, one a word, of the next
      tokens, or of the answer's tokens with eos; None in prediction,
    * `rows`: each example's place in its split, so that a prediction finds its text again,
    * `words`: where the words lie, for sentences given as words,
    * `fresh`: (B,) of a stream, True where a row does not go on from the row of the same place in the batch before;
      None where every row is an example of its own.
    """

    inputs: Tensor
    lengths: Tensor
    targets: Any
    rows: Sequence[int]
    words: Words | None = None
    fresh: Tensor | None = None

    @property
    def tokens(self) -> int:
        """How many steps are read and, where the answers are of other lengths, written; padding is not counted."""
        read = int(self.lengths.sum())
        aligned = self.words is not None or self.fresh is not None or not isinstance(self.targets, Sequences)
        return read if aligned else read + self.units

    @property
    def units(self) -> int:
        """How many targets a loss is the mean of."""
        return int(self.targets.lengths.sum()) if isinstance(self.targets, Sequences) else len(self.rows)


@dataclass
class Features:
    """What the encoder made of a batch.

    * `outputs`: (B, T, F), zero at padding; of sentences given as words one step a word, of an image one in all,
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

    Its constructor may name any of the injected `input_size` (F of `Features`), `info`, `vocabulary`, `build_stack`
    (asks for further recurrent layers of the run's cell), `embedding` (of the input's tokens, to tie weights to) and
    `tokenizer` (of the answers, to turn ids into text); its other keyword parameters are its configuration.

    Four class attributes are optional. `parts = frozenset({"decoder.cell"})` names places, keys of
    `rnnbench.contracts.PARTS`, for which the head calls `build_stack(…, part="decoder")`; `cell@decoder.cell=gru` on
    the command line fills one with another cell. `uses_state = False` says that the head never looks at
    `Features.state`, which is then () and costs nothing. `needs_causal = True` says that outputs which saw what comes
    later would give the answer away, as to a language model. `clashes = (({"depth": 1, "skips": True}, "why"),)` names
    values of the head's own parameters that cannot be used together, and says why and what to choose; a run that has
    them is told before it begins. A head measures no time.
    """

    accepts: ClassVar[frozenset[str]]
    """The tasks it can serve: keys of `rnnbench.contracts.TARGETS`."""

    def loss(self, features: Features, batch: Batch) -> Tensor:
        """Return the training loss, a mean over the batch's targets (`Batch.units` of them): a scalar."""
        ...

    def predict(self, features: Features, batch: Batch) -> list[dict[str, Any]]:
        """Return one JSON-able row per example; `prediction` is always among its keys.

        The answer must not depend on `batch.targets`, which are there in evaluation only: for scores of the targets
        themselves, such as their probability.
        """
        ...

    def metrics(self, rows: Sequence[dict[str, Any]]) -> list[Score]:
        """Return the scores of a whole split from its prediction rows, each with its `target` beside it."""
        ...

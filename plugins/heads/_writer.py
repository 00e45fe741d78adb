"""What all heads that write a text have in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from rnnbench.contracts import Batch, Features, Score, Sequences, TaskInfo, Tokenizer, Vocabulary, check_range
from rnnbench.networks import AttentionScore, Decoder, Hypothesis, Stack, beam_search
from rnnbench.statistics.generation import SCORERS, score
from rnnbench.statistics.likelihood import likelihood_scores


class Writer(nn.Module):
    """A head that writes a text with a decoder: trained on right answers, then searching for its likeliest."""

    parts: ClassVar[frozenset[str]] = frozenset({"decoder.cell"})
    uses_state: ClassVar[bool] = False

    def __init__(
        self,
        input_size: int,
        info: TaskInfo,
        vocabulary: Vocabulary,
        tokenizer: Tokenizer,
        build_stack: Callable[..., Stack],
        *,
        attention: AttentionScore = "none",
        input_feeding: bool = False,
        embedding_size: int,
        tied: bool,
        dropout: float,
        scheduled_sampling: float = 0.0,
        label_smoothing: float,
        beam_size: int,
        length_penalty: float,
        max_length: int,
    ) -> None:
        super().__init__()
        check_range("head.embedding_size", embedding_size, 1)
        check_range("head.dropout", dropout, 0, 0.99)
        check_range("head.scheduled_sampling", scheduled_sampling, 0, 1)
        check_range("head.label_smoothing", label_smoothing, 0, 0.99)
        check_range("head.beam_size", beam_size, 1)
        check_range("head.length_penalty", length_penalty, 0, 10)
        check_range("head.max_length", max_length, 1)
        assert vocabulary.target is not None
        self.info = info
        self.words = vocabulary.target
        self.tokenizer = tokenizer
        self.decoder = Decoder(
            input_size,
            vocabulary.target.size,
            build_stack,
            embedding_size=embedding_size,
            attention=attention,
            input_feeding=input_feeding,
            tied=tied,
            dropout=dropout,
            pad_id=vocabulary.target.pad_id,
        )
        self.scheduled_sampling = scheduled_sampling
        self.label_smoothing = label_smoothing
        self.beam_size = beam_size
        self.length_penalty = length_penalty
        self.max_length = max_length

    def loss(self, features: Features, batch: Batch) -> Tensor:
        """Return the mean cross-entropy of the answers' tokens, eos among them, in nats."""
        sampling = self.scheduled_sampling if self.training else 0.0
        losses = self._losses(self.encoded(features), batch.targets, self.label_smoothing, sampling)
        return losses.sum() / batch.units

    def predict(self, features: Features, batch: Batch) -> list[dict[str, Any]]:
        """Return the text found, its log-probability, and whether it ended by itself, not at `max_length`.

        Beside them stands the negative log-likelihood of the right answer, where it is known.
        """
        rows = [
            {
                "prediction": self.tokenizer.decode(best.ids),
                "log_probability": best.log_probability,
                "finished": best.finished,
            }
            for best, *_ in self.search(features, self.beam_size, self.length_penalty)
        ]
        if batch.targets is not None:
            losses = self._losses(self.encoded(features), batch.targets).sum(dim=1)
            for row, nll, tokens in zip(rows, losses.tolist(), batch.targets.lengths.tolist(), strict=True):
                row |= {"nll": nll, "tokens": tokens}
        return rows

    def search(self, features: Features, beam_size: int, length_penalty: float) -> list[list[Hypothesis]]:
        """Return the `beam_size` best texts of each row, best first."""
        features = self.encoded(features)
        decoder = self.decoder

        def step(token: Tensor, state: Any) -> tuple[Tensor, Any]:
            scores, after = decoder.step(token, *state)
            return scores, (after, state[1])

        return beam_search(
            step,
            (decoder.initial_state(features), decoder.memory(features)),
            len(features.lengths),
            bos_id=self.words.bos_id,
            eos_id=self.words.eos_id,
            never=(self.words.pad_id, self.words.unk_id, self.words.bos_id),
            max_length=self.max_length,
            beam_size=min(beam_size, self.words.size - 3),
            length_penalty=length_penalty,
            device=features.outputs.device,
        )

    def attention(self, features: Features, text: Hypothesis) -> Tensor:
        """Return for one row of features how much each token of a text, its end last, looked at each input (U, T)."""
        ids = torch.tensor([[self.words.bos_id, *text.ids]], device=features.outputs.device)
        weights: Tensor = self.decoder.weights(self.encoded(features), ids)[0]
        return weights

    def metrics(self, rows: Sequence[dict[str, Any]]) -> list[Score]:
        """Return the scores that the data set names, of a whole split.

        `bleu_unseen` is BLEU of the rows none of whose right answers stands in train; it is left out if there are none.
        """
        names = self.info.metrics
        scores = {item.name: item for item in likelihood_scores(names, rows)}
        scores |= {item.name: item for item in self._text_scores([name for name in names if name in SCORERS], rows)}
        unseen = [row for row in rows if not row.get("seen", False)]
        if "bleu_unseen" in names and unseen:
            scores["bleu_unseen"] = dataclasses.replace(self._text_scores(["bleu"], unseen)[0], name="bleu_unseen")
        return [scores[name] for name in names if name in scores]

    def _text_scores(self, names: Sequence[str], rows: Sequence[dict[str, Any]]) -> list[Score]:
        language = self.info.languages[-1] if self.info.languages else ""
        scores = score(names, [row["prediction"] for row in rows], [row["target"] for row in rows], language)
        cut = sum(not row["finished"] for row in rows)
        said = f"; {cut:,} of {len(rows):,} texts cut off at head.max_length={self.max_length}" if cut else ""
        return [dataclasses.replace(item, signature=item.signature + said) for item in scores]

    def encoded(self, features: Features) -> Features:
        """Return the features that the decoder sees."""
        return features

    def _losses(self, features: Features, targets: Sequences, smoothing: float = 0.0, sampling: float = 0.0) -> Tensor:
        """Return each token's cross-entropy (B, U), zero at padding."""
        begin = targets.values.new_full((len(targets.values), 1), self.words.bos_id)
        before = torch.cat((begin, targets.values[:, :-1]), dim=1)
        scores = self.decoder(features, before, targets.lengths, sampling)
        # Pad is no token of any answer, so that its loss is zero. Flat, since a softmax over a middle axis copies.
        losses = functional.cross_entropy(
            scores.flatten(0, 1),
            targets.values.flatten(),
            ignore_index=self.words.pad_id,
            label_smoothing=smoothing,
            reduction="none",
        )
        return losses.view_as(targets.values)

"""The predictor: a trained network at work on new inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnnbench.contracts import DataError, IncompatibleError, Job, State, TaskInfo, Tokenizer, Vocabulary
from rnnbench.networks import Hypothesis, Network, sample
from rnnbench.pipeline.arrays import Encoded
from rnnbench.pipeline.batching import by_length, collate
from rnnbench.pipeline.blame import blaming_plugins
from rnnbench.pipeline.build import LETTER_CELL
from rnnbench.pipeline.evaluation import predict_rows
from rnnbench.pipeline.inputs import encode_inputs
from rnnbench.pipeline.trainer import build_trainer

_FIRST = np.array([0])

_UNFINISHED = "\N{REPLACEMENT CHARACTER}"
"""What a character looks like of which only some bytes are there."""


class Predictor:
    """A trained network with its tokenizers: what is read in, prediction rows or texts out."""

    def __init__(
        self, job: Job, info: TaskInfo, vocabulary: Vocabulary, tokenizers: Sequence[Tokenizer], network: Network
    ) -> None:
        self.job = job
        self.info = info
        self.vocabulary = vocabulary
        self.tokenizer, self.target_tokenizer = tokenizers[0], tokenizers[-1]
        trainer = build_trainer(job.settings)
        self._precision = trainer.precision_plugin
        self._precision.convert_module(network).to(trainer.strategy.root_device)
        self.network = network.eval()

    def predict(self, inputs: Sequence[Any]) -> list[dict[str, Any]]:
        """Return one row per input, in order.

        An input is a text; for a tagger a sentence, as a list of words or a text whose words stand between spaces;
        for vectors a list of them; for images the path or the bytes of a file. Raises `DataError` for one that is
        empty, too long, or cannot be read.
        """
        if not len(inputs):
            return []
        encoded = self._encode(inputs)
        plan = [collate(encoded, rows) for rows in by_length(encoded.sizes, self.job.settings.evaluate.batch_size)]
        with blaming_plugins(self.job):
            return predict_rows(self.network, plan, self._precision)

    @torch.no_grad()
    def write(
        self, inputs: Sequence[Any], *, beam_size: int | None = None, length_penalty: float | None = None
    ) -> list[list[dict[str, Any]]]:
        """Return for each input the best texts, best first: rows of `text`, `log_probability` and `score`.

        The beam and the length penalty are those of the run's head unless they are given. Raises `IncompatibleError`
        for a run whose head writes no texts, and `DataError` as `predict`.
        """
        head = self._head("search", "writes texts: seq2seq or caption")
        penalty = head.length_penalty if length_penalty is None else length_penalty
        found = []
        for value in inputs:
            features = self.network(collate(self._encode([value]), _FIRST))
            texts = head.search(features, beam_size or head.beam_size, penalty)[0]
            found.append([self._written(text, penalty) for text in texts])
        return found

    @torch.no_grad()
    def attention(self, value: Any, *, beam_size: int | None = None) -> tuple[list[str], list[str], Tensor]:
        """Return the pieces read, the pieces of the best text with its end, and how much each looked at each (U, T).

        Raises `IncompatibleError` for a run whose head has no attention.
        """
        head = self._head("attention", "writes with attention: seq2seq")
        if head.decoder.attention == "none":
            raise IncompatibleError("this run's head has no attention; train one with head.attention=dot.")
        batch = collate(self._encode([value]), _FIRST)
        features = self.network(batch)
        best = head.search(features, beam_size or head.beam_size, head.length_penalty)[0][0]
        read = self.tokenizer.pieces(batch.inputs[0].tolist())
        written = self.target_tokenizer.pieces([*best.ids, self.target_tokenizer.eos_id])
        return read, written, head.attention(features, best).cpu()

    @torch.no_grad()
    def generate(
        self,
        prompt: str = "",
        *,
        length: int = 200,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        seed: int = 0,
    ) -> Iterator[str]:
        """Yield what the language model writes after the prompt, in pieces as they are drawn; not the prompt.

        `length` is in tokens. The end of a row is written as a line break where rows follow each other, and ends the
        text where they do not. Raises `IncompatibleError` for a run of another head, `DataError` for a prompt with
        characters or words that the training text never showed.
        """
        head = self._head("scores", "foretells what comes next: lm")
        tokenizer, stream = self.tokenizer, self.info.layout == "stream"
        device = next(self.network.parameters()).device
        states: tuple[State, ...] | None = None

        def step(token: Tensor, before: tuple[State, ...] | None) -> tuple[Tensor, tuple[State, ...]]:
            features, after = self.network.advance(token.view(1, -1), before)
            return head.scores(features)[:, -1], after

        known = [tokenizer.eos_id if stream else tokenizer.bos_id, *self._prompt(prompt)]
        if len(known) > 1:
            _, states = step(torch.tensor(known[:-1], device=device), None)
        drawn = sample(
            step,
            states,
            torch.tensor(known[-1:], device=device),
            eos_id=None if stream else tokenizer.eos_id,
            never=(tokenizer.pad_id, tokenizer.bos_id, tokenizer.unk_id),
            max_length=length,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            generator=torch.Generator(device).manual_seed(seed),
        )
        yield from self._as_they_come(drawn, known[1:])

    def _as_they_come(self, drawn: Iterator[int], known: list[int]) -> Iterator[str]:
        """Yield the text of tokens as soon as it is certain, with the spaces that part it from what is known."""
        row, shown = list(known), self.tokenizer.decode(known)
        for token in drawn:
            if token == self.tokenizer.eos_id:
                row, shown = [], ""
                yield "\n"
                continue
            row.append(token)
            text = self.tokenizer.decode(row)
            if not text.endswith(_UNFINISHED) and text.startswith(shown):
                yield text[len(shown) :]
                shown = text

    def _prompt(self, prompt: str) -> list[int]:
        unknown = self.tokenizer.unk_id
        ids = self.tokenizer.encode(prompt)
        if unknown in ids:
            parts = dict.fromkeys([*prompt, *prompt.split()])
            shown = [part for part in parts if unknown in self.tokenizer.encode(part)]
            named = [part for part in shown if len(part) == 1] or shown or [prompt]
            raise DataError(
                f"the prompt has {', '.join(map(repr, named[:5]))}, which the training text never showed; "
                "leave out what is unknown."
            )
        return ids

    def _written(self, text: Hypothesis, penalty: float) -> dict[str, Any]:
        return {
            "text": self.target_tokenizer.decode(text.ids),
            "log_probability": text.log_probability,
            "score": text.score(penalty),
        }

    def _head(self, method: str, what: str) -> Any:
        if not hasattr(self.network.head, method):
            raise IncompatibleError(
                f"this run's head is {self.job.head.name}, and this needs one that {what}; name another run."
            )
        return self.network.head

    def _encode(self, inputs: Sequence[Any]) -> Encoded:
        return encode_inputs(
            self.info,
            [read_input(value, self.info) for value in inputs],
            self.tokenizer,
            "input",
            self.job.settings.training.max_length,
            letters=LETTER_CELL in self.job.parts,
            shape=self.vocabulary.shape,
        )


def read_input(value: Any, info: TaskInfo) -> Any:
    """Return what a person gives as a value of the input's column; raises `DataError` if it cannot be one."""
    if info.modality == "image" and isinstance(value, str | Path):
        try:
            return Path(value).read_bytes()
        except OSError as error:
            raise DataError(f"{value}: {error.strerror}; expected an image file.") from error
    if info.modality == "words" and isinstance(value, str):
        return value.split()
    kinds: dict[str, Any] = {"text": str, "words": list | tuple, "vectors": list | tuple, "image": bytes}
    if not isinstance(value, kinds[info.modality]):
        raise DataError(f"{str(value)[:60]!r} is no {info.modality}, which this run reads; see `rnnbench show`.")
    return value

"""The predictor: a trained network at work on new inputs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rnnbench.contracts import (
    Batch,
    DataError,
    IncompatibleError,
    Job,
    State,
    TaskInfo,
    Tokenizer,
    UsageError,
    Vocabulary,
)
from rnnbench.networks import Hypothesis, Network, sample
from rnnbench.pipeline.batching import by_length, collate, to_device
from rnnbench.pipeline.blame import blaming_plugins
from rnnbench.pipeline.build import LETTER_CELL
from rnnbench.pipeline.evaluation import predict_rows
from rnnbench.pipeline.inputs import encode_inputs
from rnnbench.pipeline.limits import check_sampling, check_search
from rnnbench.pipeline.trainer import build_trainer

_UNFINISHED = "\N{REPLACEMENT CHARACTER}"
"""What a character looks like of which only some bytes are there."""

_READ = {
    "text": "a text",
    "words": "a sentence: a text, or a list of its words",
    "vectors": "a list of lists of numbers, one a time step, which --json-in takes",
    "image": "an image file",
}
"""What an input has to be, by modality."""


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

    def predict(self, inputs: Sequence[Any], places: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Return one row per input, in order.

        An input is a text; for a tagger a sentence, as a list of words or a text whose words stand between spaces;
        for vectors a list or an array of them; for images the path or the bytes of a file. Raises `DataError` for one
        that is empty, too long, or cannot be read, naming the input's place, "input 1" and so on unless they are
        given, and `UsageError` for one input that stands in no list.
        """
        batches = (batch for _, batch in self._batches(inputs, places))
        with blaming_plugins(self.job):
            return predict_rows(self.network, batches, self._precision)

    @torch.no_grad()
    def write(
        self,
        inputs: Sequence[Any],
        places: Sequence[str] | None = None,
        *,
        beam_size: int | None = None,
        length_penalty: float | None = None,
    ) -> list[list[dict[str, Any]]]:
        """Return for each input the best texts, best first: rows of `text`, `log_probability`, `score`, `finished`.

        A text that is not finished was cut off at the head's `max_length`.

        The beam and the length penalty are those of the run's head unless they are given. Raises `IncompatibleError`
        for a run whose head writes no texts, and `DataError` as `predict`.
        """
        head = self._head("search", "writes texts: seq2seq or caption")
        size, penalty = _search(head, beam_size, length_penalty)
        found: dict[int, list[dict[str, Any]]] = {}
        with blaming_plugins(self.job), self._precision.forward_context():
            for rows, batch in self._batches(inputs, places):
                texts = head.search(self.network(batch), size, penalty)
                written = ([self._written(text, penalty) for text in best] for best in texts)
                found.update(zip(rows, written, strict=True))
        return [found[row] for row in range(len(inputs))]

    @torch.no_grad()
    def attention(
        self,
        value: Any,
        place: str = "input 1",
        *,
        beam_size: int | None = None,
        length_penalty: float | None = None,
    ) -> tuple[list[str], list[str], Tensor]:
        """Return the pieces read, the pieces of the best text with its end, and how much each looked at each (U, T).

        Raises `IncompatibleError` for a run whose head has no attention, and `DataError` as `predict`.
        """
        head = self._head("attention", "writes with attention: seq2seq")
        if head.decoder.attention == "none":
            raise IncompatibleError("this run's head has no attention; train one with head.attention=dot.")
        ((_, batch),) = self._batches([value], [place])
        features = self.network(batch)
        best = head.search(features, *_search(head, beam_size, length_penalty))[0][0]
        read = self.tokenizer.pieces(batch.inputs[0].tolist())
        written = self.target_tokenizer.pieces([*best.ids, self.target_tokenizer.eos_id])
        return read, written, head.attention(features, best).cpu()

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
        text where they do not. Raises `IncompatibleError` for a run of another head, `UsageError` for a number that
        makes no sense, and `DataError` for a prompt with characters or words that the training text never showed.
        """
        head = self._head("scores", "predicts what comes next: lm")
        check_sampling(length=length, temperature=temperature, top_k=top_k, top_p=top_p, seed=seed)
        known = self._prompt(prompt)
        drawn = self._drawn(head, known, seed, max_length=length, temperature=temperature, top_k=top_k, top_p=top_p)
        return self._as_they_come(drawn, known)

    @torch.no_grad()
    def _drawn(self, head: Any, prompt: Sequence[int], seed: int, **options: Any) -> Iterator[int]:
        """Yield the tokens drawn after a prompt, which stands at the beginning of a row."""
        tokenizer, stream = self.tokenizer, self.info.layout == "stream"
        device = next(self.network.parameters()).device
        states: tuple[State, ...] | None = None

        def step(token: Tensor, before: tuple[State, ...] | None) -> tuple[Tensor, tuple[State, ...]]:
            features, after = self.network.advance(token.view(1, -1), before)
            return head.scores(features)[:, -1], after

        known = [tokenizer.eos_id if stream else tokenizer.bos_id, *prompt]
        if len(known) > 1:
            _, states = step(torch.tensor(known[:-1], device=device), None)
        yield from sample(
            step,
            states,
            torch.tensor(known[-1:], device=device),
            eos_id=None if stream else tokenizer.eos_id,
            never=(tokenizer.pad_id, tokenizer.bos_id, tokenizer.unk_id),
            generator=torch.Generator(device).manual_seed(seed),
            **options,
        )

    def unknown(self, text: str) -> list[str]:
        """Return the unknown characters or words of a text if the vocabulary has none of its letters and digits."""
        ids = self.tokenizer.encode(text)
        if self.tokenizer.unk_id not in ids:
            return []
        known = self.tokenizer.pieces([index for index in ids if index != self.tokenizer.unk_id])
        return [] if any(map(str.isalnum, chain.from_iterable(known))) else self._unknown(text, ids)

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
        ids = self.tokenizer.encode(prompt)
        if self.tokenizer.unk_id in ids:
            raise DataError(
                f"the prompt has {', '.join(map(repr, self._unknown(prompt, ids)[:5]))}, which the training text never "
                "showed; leave out what is unknown."
            )
        return ids

    def _unknown(self, prompt: str, ids: Sequence[int]) -> list[str]:
        """Return what of a prompt is unknown: characters where each is a token, else what stands between spaces."""
        unknown, characters = self.tokenizer.unk_id, unicodedata.normalize("NFC", prompt)
        if len(ids) == len(characters):
            return list(dict.fromkeys(c for c, index in zip(characters, ids, strict=True) if index == unknown))
        return [word for word in dict.fromkeys(prompt.split()) if unknown in self.tokenizer.encode(word)] or [prompt]

    def _written(self, text: Hypothesis, penalty: float) -> dict[str, Any]:
        return {
            "text": self.target_tokenizer.decode(text.ids),
            "log_probability": text.log_probability,
            "score": text.score(penalty),
            "finished": text.finished,
        }

    def _head(self, method: str, what: str) -> Any:
        if not hasattr(self.network.head, method):
            raise IncompatibleError(
                f"this run's head is {self.job.head.name}, and this needs one that {what}; name another run."
            )
        return self.network.head

    def _batches(self, inputs: Sequence[Any], places: Sequence[str] | None = None) -> Iterator[tuple[list[int], Batch]]:
        """Yield the inputs in batches of similar length, on the network's device, each with its inputs' numbers."""
        if isinstance(inputs, str | bytes | Path) or not hasattr(inputs, "__len__"):
            raise UsageError(f"{str(inputs)[:60]!r} is no list of inputs; for one input, give a list of one: [input].")
        if not len(inputs):
            return
        named = [
            f"{place} ({value})" if self.info.modality == "image" and isinstance(value, str | Path) else place
            for value, place in zip(inputs, places or _numbered(inputs), strict=True)
        ]
        encoded = encode_inputs(
            self.info,
            [read_input(value, self.info, place) for value, place in zip(inputs, named, strict=True)],
            self.tokenizer,
            named.__getitem__,
            self.job.settings.training.max_length,
            letters=LETTER_CELL in self.job.parts,
            shape=self.vocabulary.shape,
        )
        device = next(self.network.parameters()).device
        for rows in by_length(encoded.sizes, self.job.settings.evaluate.batch_size):
            yield rows.tolist(), to_device(collate(encoded, rows), device)


def _search(head: Any, beam_size: int | None, length_penalty: float | None) -> tuple[int, float]:
    """Return the beam and the length penalty, the head's own where none is given; raises `UsageError` as it does."""
    check_search(beam_size=beam_size, length_penalty=length_penalty)
    return beam_size or head.beam_size, head.length_penalty if length_penalty is None else length_penalty


def _numbered(inputs: Sequence[Any]) -> list[str]:
    return [f"input {number}" for number, _ in enumerate(inputs, start=1)]


def read_input(value: Any, info: TaskInfo, place: str) -> Any:
    """Return what a person gives as a value of the input's column; raises `DataError` if it cannot be one."""
    if info.modality == "image" and isinstance(value, str | Path):
        try:
            return Path(value).read_bytes()
        except OSError as error:
            raise DataError(f"{place}: {error.strerror}; expected an image file.") from error
    if info.modality == "words" and isinstance(value, str):
        return value.split()
    if info.modality == "vectors" and hasattr(value, "tolist"):
        return value.tolist()
    kinds: dict[str, Any] = {"text": str, "words": list | tuple, "vectors": list | tuple, "image": bytes}
    if not isinstance(value, kinds[info.modality]):
        raise DataError(f"{place} is {str(value)[:60]!r}; this run reads {_READ[info.modality]}.")
    if info.modality == "words":
        for number, word in enumerate(value, start=1):
            if not isinstance(word, str) or not word.strip():
                raise DataError(f"{place}: word {number} is {word!r}; give a list of strings, none of them empty.")
    return value

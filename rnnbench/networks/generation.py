"""Generation: greedy, by beam search, or by sampling, from anything that scores the next token.

All take `step(token (B,), state) -> (scores (B, V), state)`; a state is a tensor (B, …) or any nesting of tuples of
such. Scores are unnormalised log-probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

Step = Callable[[Tensor, Any], tuple[Tensor, Any]]


@dataclass(frozen=True)
class Hypothesis:
    """A text as token ids, without bos and eos, and its log-probability with eos, in nats."""

    ids: list[int]
    log_probability: float
    finished: bool
    """Whether it ended by itself, not by the limit of its length."""

    def score(self, length_penalty: float) -> float:
        """Return log-probability / ((5 + n) / 6) ** penalty for n tokens, eos among them (Wu et al. 2016, eq. 14)."""
        length = len(self.ids) + self.finished
        return self.log_probability / math.pow((5 + length) / 6, length_penalty)


def select(state: Any, rows: Tensor) -> Any:
    """Return the rows of every tensor in a state."""
    if isinstance(state, Tensor):
        return state.index_select(0, rows)
    parts = [select(part, rows) for part in state]
    return type(state)(*parts) if hasattr(state, "_fields") else tuple(parts)


def beam_search(
    step: Step,
    state: Any,
    batch_size: int,
    *,
    bos_id: int,
    eos_id: int,
    never: tuple[int, ...] = (),
    max_length: int,
    beam_size: int = 1,
    length_penalty: float = 0.0,
    device: torch.device | None = None,
) -> list[list[Hypothesis]]:
    """Return for each row its `beam_size` best texts, best first; a beam of one is greedy search.

    `state` is that of `batch_size` rows; `never` are ids that are not written.
    """
    searches = [_Search(eos_id, max_length, beam_size, length_penalty) for _ in range(batch_size)]
    alive = list(searches)
    token = torch.full((batch_size,), bos_id, device=device)
    while alive:
        scores, state = step(token, state)
        log = scores.float().log_softmax(-1)
        log[:, list(never)] = -torch.inf
        totals = torch.tensor([total for search in alive for total in search.totals], device=device)
        # A text's best continuations: one more than the beam, since one of them may be its end.
        best, tokens = (totals.unsqueeze(-1) + log).topk(min(beam_size + (beam_size > 1), log.shape[-1]))
        kept: list[int] = []
        place = 0
        for search, values, ids in _by_search(alive, best.tolist(), tokens.tolist()):
            kept += [place + parent for parent in search.advance(values, ids)]
            place += len(values)
        state = select(state, torch.tensor(kept, dtype=torch.long, device=device))
        alive = [search for search in alive if search.texts]
        token = torch.tensor([text[-1] for search in alive for text in search.texts], device=device)
    return [search.ended for search in searches]


class _Search:
    """The search for one row's best texts: those that are open, with their log-probabilities, and those that ended."""

    def __init__(self, eos_id: int, max_length: int, beam_size: int, length_penalty: float) -> None:
        self.eos_id = eos_id
        self.max_length = max_length
        self.beam_size = beam_size
        self.length_penalty = length_penalty
        self.texts: list[list[int]] = [[]]
        self.totals = [0.0]
        self.ended: list[Hypothesis] = []

    def advance(self, values: list[list[float]], ids: list[list[int]]) -> list[int]:
        """Take the best of each open text's continuations; return from which text each that is open now came."""
        candidates = sorted(
            (-value, parent, token)
            for parent, row in enumerate(values)
            for value, token in zip(row, ids[parent], strict=True)
            if value > -torch.inf
        )
        going: list[tuple[list[int], float]] = []
        parents: list[int] = []
        for negative, parent, token in candidates:
            if len(going) == self.beam_size:
                break
            if token == self.eos_id:
                self.ended.append(Hypothesis(self.texts[parent], -negative, finished=True))
                if self.beam_size == 1:
                    break
            else:
                going.append(([*self.texts[parent], token], -negative))
                parents.append(parent)
        self.ended = self._best(self.ended)
        if going and len(going[0][0]) == self.max_length:
            self.ended = self._best([*self.ended, *(Hypothesis(*text, finished=False) for text in going)])
            going = []
        if self._is_over(going):
            going = []
        self.texts, self.totals = [text for text, _ in going], [total for _, total in going]
        return parents if going else []

    def _best(self, texts: list[Hypothesis]) -> list[Hypothesis]:
        return sorted(texts, key=lambda text: -text.score(self.length_penalty))[: self.beam_size]

    def _is_over(self, going: list[tuple[list[int], float]]) -> bool:
        """Return whether no open text can become better than the worst of a full set of ended ones."""
        if len(self.ended) < self.beam_size:
            return False
        if self.beam_size == 1 or not going:
            return True
        longest = self.max_length if self.length_penalty else len(going[0][0])
        reachable = Hypothesis([0] * longest, going[0][1], finished=True)
        return reachable.score(self.length_penalty) <= self.ended[-1].score(self.length_penalty)


def _by_search(
    searches: list[_Search], values: list[list[float]], ids: list[list[int]]
) -> Iterator[tuple[_Search, list[list[float]], list[list[int]]]]:
    """Yield each search with the rows of its own open texts."""
    place = 0
    for search in searches:
        end = place + len(search.texts)
        yield search, values[place:end], ids[place:end]
        place = end


def sample(
    step: Step,
    state: Any,
    first: Tensor,
    *,
    eos_id: int | None,
    never: tuple[int, ...] = (),
    max_length: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    generator: torch.Generator | None = None,
) -> Iterator[int]:
    """Yield the tokens of one text, each as soon as it is drawn, until eos or `max_length`.

    `first` (1,) is the last token of what is known. A temperature of 0 takes the likeliest; `top_k` draws among the k
    likeliest only, `top_p` among the fewest whose probabilities sum to p (Holtzman et al. 2020).
    """
    token = first
    for _ in range(max_length):
        scores, state = step(token, state)
        token = draw(scores[0].float(), never, temperature, top_k, top_p, generator).view(1)
        if eos_id is not None and int(token) == eos_id:
            return
        yield int(token)


def draw(
    scores: Tensor,
    never: tuple[int, ...],
    temperature: float,
    top_k: int | None,
    top_p: float | None,
    generator: torch.Generator | None,
) -> Tensor:
    """Return one token drawn by the scores (V,)."""
    scores = scores.clone()
    scores[list(never)] = -torch.inf
    if temperature < torch.finfo(scores.dtype).tiny:
        return scores.argmax()
    # From the best score down, so that a small temperature makes no infinity of it.
    scores = (scores - scores.max()) / temperature
    if top_k is not None and top_k < len(scores):
        scores[scores < scores.topk(top_k).values[-1]] = -torch.inf
    if top_p is not None and top_p < 1:
        probability, order = scores.softmax(-1).sort(descending=True)
        # The token that crosses p is kept, and the likeliest in any case.
        outside = probability.cumsum(-1) - probability >= top_p
        outside[0] = False
        scores[order[outside]] = -torch.inf
    return torch.multinomial(scores.softmax(-1), 1, generator=generator)[0]

"""Generation: greedy, by beam search, or by sampling, from anything that scores the next token.

All take `step(token (B,), state) -> (scores (B, V), state)`; a state is a tensor (B, …) or any nesting of tuples of
such. Scores are unnormalised log-probabilities.
"""

from __future__ import annotations

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
        return self.log_probability / ((5 + len(self.ids) + self.finished) / 6) ** length_penalty


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

    `state` is that of `batch_size` rows; `never` are ids that are not written. A row's search ends when none of its
    open texts can become better than the worst it has.
    """
    rows = torch.arange(batch_size, device=device)
    state = select(state, rows.repeat_interleave(beam_size))
    token = torch.full((batch_size * beam_size,), bos_id, device=device)
    # Only the first of the equal beginnings counts.
    total = torch.full((batch_size, beam_size), -torch.inf, device=device)
    total[:, 0] = 0.0
    written = torch.zeros(batch_size, beam_size, 0, dtype=torch.long, device=device)
    done: list[list[Hypothesis]] = [[] for _ in range(batch_size)]
    open_rows = list(range(batch_size))
    for length in range(1, max_length + 1):
        scores, state = step(token, state)
        log = scores.float().log_softmax(-1)
        log[:, list(never)] = -torch.inf
        vocabulary = log.shape[-1]
        candidates = (total.unsqueeze(-1) + log.view(len(open_rows), beam_size, vocabulary)).flatten(1)
        # Of 2 x beam candidates at most half can end a text.
        best, index = candidates.topk(min(2 * beam_size, candidates.shape[1]), dim=1)
        parents, tokens = index // vocabulary, index % vocabulary
        keep_total, keep_parent, keep_token, still = [], [], [], []
        for place, row in enumerate(open_rows):
            kept: list[tuple[float, int, int]] = []
            for value, parent, chosen in zip(
                best[place].tolist(), parents[place].tolist(), tokens[place].tolist(), strict=True
            ):
                if value == -torch.inf:
                    continue
                if chosen == eos_id:
                    done[row].append(Hypothesis(written[place, parent].tolist(), value, finished=True))
                elif len(kept) < beam_size:
                    kept.append((value, parent, chosen))
                if beam_size == 1:
                    break
            done[row] = sorted(done[row], key=lambda text: -text.score(length_penalty))[:beam_size]
            if not kept or _is_over(done[row], kept[0][0], length, max_length, beam_size, length_penalty):
                continue
            if length == max_length:
                done[row] += [
                    Hypothesis([*written[place, parent].tolist(), chosen], value, finished=False)
                    for value, parent, chosen in kept
                ]
                continue
            kept += [(-torch.inf, kept[0][1], kept[0][2])] * (beam_size - len(kept))
            still.append(place)
            keep_total.append([value for value, _, _ in kept])
            keep_parent.append([parent for _, parent, _ in kept])
            keep_token.append([chosen for _, _, chosen in kept])
        if not still:
            break
        parent = torch.tensor(keep_parent, device=device)
        chosen_tokens = torch.tensor(keep_token, device=device)
        place_of = torch.tensor(still, device=device)
        flat = (place_of.unsqueeze(-1) * beam_size + parent).flatten()
        state = select(state, flat)
        written = torch.cat(
            (written[place_of].gather(1, parent.unsqueeze(-1).expand(-1, -1, length - 1)), chosen_tokens.unsqueeze(-1)),
            dim=-1,
        )
        total = torch.tensor(keep_total, device=device)
        token = chosen_tokens.flatten()
        open_rows = [open_rows[place] for place in still]
    return [
        sorted(texts, key=lambda text: (not text.finished, -text.score(length_penalty)))[:beam_size] for texts in done
    ]


def _is_over(
    done: list[Hypothesis], best_open: float, length: int, max_length: int, beam_size: int, length_penalty: float
) -> bool:
    """Return whether no open text can still beat the worst of a full set of finished ones."""
    if len(done) < beam_size:
        return False
    longest = max_length if length_penalty > 0 else length
    bound = best_open / ((5 + longest + 1) / 6) ** length_penalty
    return bound <= done[-1].score(length_penalty)


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
    if temperature == 0:
        return scores.argmax()
    scores = scores / temperature
    if top_k is not None and top_k < len(scores):
        scores[scores < scores.topk(top_k).values[-1]] = -torch.inf
    if top_p is not None and top_p < 1:
        probability, order = scores.softmax(-1).sort(descending=True)
        # The token that crosses p is kept.
        outside = probability.cumsum(-1) - probability >= top_p
        scores[order[outside]] = -torch.inf
    return torch.multinomial(scores.softmax(-1), 1, generator=generator)[0]

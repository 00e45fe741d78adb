"""Search and sampling, against the count of all texts."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
import torch
from torch import Tensor

from rnnbench.networks import Hypothesis, beam_search, draw, sample
from rnnbench.networks.generation import select

BOS, EOS, LETTERS = 0, 1, (2, 3, 4)
SIZE = 5


def scores_after(text: list[int]) -> Tensor:
    """Scores that depend on the whole text, as a recurrent network's do."""
    seed = int.from_bytes(bytes([7, *text]), "big") % 2**31
    return torch.randn(SIZE, generator=torch.Generator().manual_seed(seed)) * 2


def step(token: Tensor, state: Any) -> tuple[Tensor, Any]:
    """A state (B, T) that holds the text itself, zero-padded, and its length (B,)."""
    texts, lengths = state
    texts = texts.clone()
    texts[torch.arange(len(texts)), lengths] = token
    read = [row[1 : 1 + length].tolist() for row, length in zip(texts, lengths.tolist(), strict=True)]
    return torch.stack([scores_after(text) for text in read]), (texts, lengths + 1)


def start(rows: int = 1) -> Any:
    return torch.zeros(rows, 9, dtype=torch.long), torch.zeros(rows, dtype=torch.long)


def log_probability(text: list[int], *, ended: bool) -> float:
    total = 0.0
    for place, token in enumerate([*text, EOS] if ended else text):
        scores = scores_after(text[:place]).clone()
        log = scores.log_softmax(-1)
        total += float(log[token])
    return total


def everything(longest: int, penalty: float) -> list[Hypothesis]:
    texts = [list(text) for n in range(longest) for text in itertools.product(LETTERS, repeat=n)]
    found = [Hypothesis(text, log_probability(text, ended=True), True) for text in texts]
    full = (list(text) for text in itertools.product(LETTERS, repeat=longest))
    found += [Hypothesis(text, log_probability(text, ended=False), False) for text in full]
    return sorted(found, key=lambda text: -text.score(penalty))


def search(beam: int, longest: int, penalty: float = 0.0, rows: int = 1) -> list[list[Hypothesis]]:
    return beam_search(
        step,
        start(rows),
        rows,
        bos_id=BOS,
        eos_id=EOS,
        never=(BOS,),
        max_length=longest,
        beam_size=beam,
        length_penalty=penalty,
    )


@pytest.mark.parametrize("penalty", [0.0, 0.6, 1.5])
def test_a_beam_that_holds_everything_finds_the_best_texts_of_all(penalty: float) -> None:
    (found,) = search(100, 4, penalty)
    best = everything(4, penalty)
    assert [text.ids for text in found[:20]] == [text.ids for text in best[:20]]
    for ours, theirs in zip(found[:20], best, strict=False):
        assert ours.log_probability == pytest.approx(theirs.log_probability, abs=1e-4)
        assert ours.finished == theirs.finished


def test_a_beam_of_one_takes_the_likeliest_token_at_each_step() -> None:
    (found,) = search(1, 6)
    text: list[int] = []
    while len(text) < 6:
        scores = scores_after(text)
        scores[BOS] = -torch.inf
        token = int(scores.argmax())
        if token == EOS:
            break
        text.append(token)
    assert [hypothesis.ids for hypothesis in found] == [text]


def test_a_wider_beam_is_never_worse() -> None:
    scores = [search(beam, 5)[0][0].log_probability for beam in (1, 2, 4, 8, 64)]
    assert all(after >= before - 1e-5 for before, after in itertools.pairwise(scores))


def test_rows_are_searched_as_if_alone() -> None:
    alone = search(3, 5, 0.6)[0]
    for row in search(3, 5, 0.6, rows=3):
        assert [text.ids for text in row] == [text.ids for text in alone]


def test_the_length_penalty_is_that_of_wu_et_al() -> None:
    text = Hypothesis([2, 3, 4], -3.0, finished=True)
    assert text.score(0.0) == -3.0
    assert text.score(1.0) == pytest.approx(-3.0 / (9 / 6))


def test_states_of_any_nesting_are_selected() -> None:
    state = ((torch.arange(3), torch.arange(6).view(3, 2)), torch.arange(3))
    (one, two), three = select(state, torch.tensor([2, 0]))
    assert one.tolist() == three.tolist() == [2, 0]
    assert two.tolist() == [[4, 5], [0, 1]]


def counts(**options: Any) -> list[float]:
    generator = torch.Generator().manual_seed(0)
    scores = torch.tensor([0.0, math.log(4), math.log(3), math.log(2), -torch.inf])
    settings = {"never": (0,), "temperature": 1.0, "top_k": None, "top_p": None, **options}
    drawn = [int(draw(scores, generator=generator, **settings)) for _ in range(4000)]
    return [drawn.count(token) / len(drawn) for token in range(5)]


def test_tokens_are_drawn_by_their_probabilities() -> None:
    assert counts() == pytest.approx([0, 4 / 9, 3 / 9, 2 / 9, 0], abs=0.03)


def test_temperature_sharpens_and_zero_takes_the_likeliest() -> None:
    assert counts(temperature=0.5) == pytest.approx([0, 16 / 29, 9 / 29, 4 / 29, 0], abs=0.03)
    assert counts(temperature=0.0) == [0, 1, 0, 0, 0]


def test_top_k_and_top_p_leave_the_unlikely_out() -> None:
    assert counts(top_k=2) == pytest.approx([0, 4 / 7, 3 / 7, 0, 0], abs=0.03)
    assert counts(top_p=0.5) == pytest.approx([0, 4 / 7, 3 / 7, 0, 0], abs=0.03)
    assert counts(top_p=0.4) == [0, 1, 0, 0, 0]


@pytest.mark.parametrize("options", [{"top_p": 0.0}, {"temperature": 1e-320}, {"temperature": 1e-30}])
def test_the_narrowest_choice_is_the_likeliest(options: dict[str, float]) -> None:
    assert counts(**options) == [0, 1, 0, 0, 0]


def test_a_sample_ends_at_eos_or_at_its_length() -> None:
    def drawn(seed: int, eos_id: int | None) -> list[int]:
        generator = torch.Generator().manual_seed(seed)
        first = torch.tensor([BOS])
        return list(sample(step, start(), first, eos_id=eos_id, never=(BOS,), max_length=8, generator=generator))

    texts = [drawn(seed, EOS) for seed in range(20)]
    assert all(EOS not in text for text in texts)
    assert min(map(len, texts)) < 8
    assert all(len(drawn(seed, None)) == 8 for seed in range(5))
    assert drawn(3, EOS) == drawn(3, EOS)

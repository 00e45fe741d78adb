"""The heads that write a text: translation and captions."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rnnbench.catalog.registry import build
from rnnbench.contracts import Batch, Features, IncompatibleError, Sequences, TaskInfo, UsageError, Vocabulary
from rnnbench.networks import Stack
from rnnbench.plugins.heads._writer import Writer
from rnnbench.testing.head import Letters

PAD, UNK, BOS, EOS = 0, 1, 2, 3
LETTERS = (4, 5, 6)
"""As tokens: a, b and c."""
TARGET = Vocabulary(7, PAD, UNK, BOS, EOS)
LENGTHS = torch.tensor([3, 1])
ANSWERS = [[5, 4, EOS], [6, EOS]]


def build_stack(input_size: int, causal: bool = False, part: str = "") -> Stack:
    return Stack(lambda size: build("cell", "gru", {}, input_size=size, hidden_size=5), input_size)


def writer(name: str = "seq2seq", **params: Any) -> Writer:
    torch.manual_seed(0)
    task = "captioning" if name == "caption" else "transduction"
    head: Writer = build(
        "head",
        name,
        {"embedding_size": 4, **params},
        input_size=6,
        info=TaskInfo(task, "char", ("exact_match",)),
        vocabulary=Vocabulary(9, target=TARGET),
        tokenizer=Letters(),
        build_stack=build_stack,
    )
    for parameter in head.parameters():
        nn.init.normal_(parameter, std=0.8)
    return head.double()


def features() -> Features:
    outputs = torch.randn(2, 3, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    outputs[1, 1:] = 0.0
    return Features(outputs, LENGTHS, (), causal=True)


def batch(answers: list[list[int]] = ANSWERS) -> Batch:
    lengths = torch.tensor([len(answer) for answer in answers])
    values = nn.utils.rnn.pad_sequence([torch.tensor(answer) for answer in answers], batch_first=True)
    inputs = torch.zeros(2, 3, dtype=torch.long)
    return Batch(inputs, LENGTHS, Sequences(values, lengths), range(2))


@torch.no_grad()
def log_probabilities(head: Writer, answer: list[int]) -> Tensor:
    """Return the logarithm of each token's probability at each step of an answer to both inputs (2, U, V)."""
    before = torch.tensor([BOS, *answer[:-1]]).expand(2, -1)
    scores = head.decoder(head.encoded(features()), before, torch.full((2,), len(answer)))
    found: Tensor = scores - scores.exp().sum(-1, keepdim=True).log()
    return found


def right(head: Writer, row: int, answer: list[int]) -> float:
    """Return the log-probability of an answer to one of the inputs."""
    found = log_probabilities(head, answer)[row]
    return sum(float(found[step, token]) for step, token in enumerate(answer))


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("name", ["seq2seq", "caption"])
def test_loss_is_the_cross_entropy_with_a_share_of_each_target_spread_over_all_tokens(
    name: str, smoothing: float
) -> None:
    head = writer(name, label_smoothing=smoothing)
    total = 0.0
    for row, answer in enumerate(ANSWERS):
        for step, token in enumerate(answer):
            log = log_probabilities(head, answer)[row, step]
            wanted = torch.full((TARGET.size,), smoothing / TARGET.size, dtype=torch.float64)
            wanted[token] += 1 - smoothing
            total -= float((wanted * log).sum())
    assert head.loss(features(), batch()).item() == pytest.approx(total / 5)


@pytest.mark.parametrize("name", ["seq2seq", "caption"])
def test_the_likelihood_of_the_right_answer_is_told_without_smoothing(name: str) -> None:
    head = writer(name, label_smoothing=0.3)
    rows = head.predict(features(), batch())
    assert [row["nll"] for row in rows] == pytest.approx([-right(head, row, ANSWERS[row]) for row in (0, 1)])
    assert [row["tokens"] for row in rows] == [3, 2]


@pytest.mark.parametrize("penalty", [0.0, 1.0])
@pytest.mark.parametrize(
    "params",
    [{"attention": "none"}, {"attention": "additive"}, {"input_feeding": True, "tied": True}],
    ids=lambda params: "-".join(params),
)
def test_a_beam_that_holds_every_text_finds_the_likeliest_of_all(params: dict[str, Any], penalty: float) -> None:
    longest = 2
    head = writer(max_length=longest, **params)
    beams = head.search(features(), 4, penalty)
    for row in (0, 1):
        texts = [list(text) for length in range(longest + 1) for text in itertools.product(LETTERS, repeat=length)]
        # One of the greatest length needs no end.
        given = [(text, right(head, row, text if len(text) == longest else [*text, EOS])) for text in texts]
        best = sorted(given, key=lambda pair: -pair[1] / ((5 + min(len(pair[0]) + 1, longest)) / 6) ** penalty)
        assert beams[row][0].ids == best[0][0]
        assert beams[row][0].log_probability == pytest.approx(best[0][1], abs=1e-5)
        known = {tuple(text): log for text, log in given}
        for text in beams[row]:
            assert text.log_probability == pytest.approx(known[tuple(text.ids)], abs=1e-5)


def test_the_prediction_is_the_best_text_and_what_it_looked_at_is_told() -> None:
    head = writer(beam_size=3, max_length=4)
    rows = head.predict(features(), batch())
    for row, best in enumerate(head.search(features(), 3, head.length_penalty)):
        assert rows[row]["prediction"] == Letters().decode(best[0].ids)
        assert rows[row]["log_probability"] == best[0].log_probability
        assert rows[row]["finished"] == best[0].finished
        only = Features(features().outputs[row : row + 1], LENGTHS[row : row + 1], (), causal=True)
        weights = head.attention(only, best[0])
        assert weights.shape == (len(best[0].ids) + 1, 3)
        torch.testing.assert_close(weights.sum(-1), torch.ones(len(weights), dtype=torch.float64))


def test_own_tokens_are_read_in_training_only() -> None:
    head = writer(scheduled_sampling=1.0)
    plain = writer()
    answers = [[4, 4, 4, EOS], [5, 5, 5, EOS]]
    assert not math.isclose(head.loss(features(), batch(answers)).item(), plain.loss(features(), batch(answers)).item())
    head.eval()
    assert head.loss(features(), batch(answers)).item() == pytest.approx(plain.loss(features(), batch(answers)).item())


def test_a_blind_head_knows_nothing_of_the_image() -> None:
    head = writer("caption", blind=True)
    rows = head.predict(features(), batch())
    noise = dataclasses.replace(features(), outputs=torch.full((2, 3, 6), torch.nan, dtype=torch.float64))
    assert head.predict(noise, batch()) == rows
    assert rows[0]["prediction"] == rows[1]["prediction"]
    assert bool(head.loss(noise, batch()).isfinite())


def test_input_feeding_needs_something_to_feed() -> None:
    with pytest.raises(IncompatibleError, match=r"head\.input_feeding=true feeds back what was attended to"):
        writer(attention="none", input_feeding=True)


@pytest.mark.parametrize("name", ["seq2seq", "caption"])
@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"dropout": 1.0}, "head.dropout=1.0: expected a number from 0 to 0.99."),
        ({"embedding_size": 0}, "head.embedding_size=0: expected a number at least 1."),
        ({"label_smoothing": 1.0}, "head.label_smoothing=1.0: expected a number from 0 to 0.99."),
        ({"beam_size": 0}, "head.beam_size=0: expected a number at least 1."),
        ({"length_penalty": -0.5}, "head.length_penalty=-0.5: expected a number from 0 to 10."),
        ({"max_length": 0}, "head.max_length=0: expected a number at least 1."),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_numbers_out_of_range_are_refused(name: str, params: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        writer(name, **params)
    assert str(caught.value) == message

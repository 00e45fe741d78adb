"""The decoder: all steps at once are each step by itself, whatever stands at padding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from rnnbench.catalog.registry import build
from rnnbench.contracts import Features, IncompatibleError
from rnnbench.networks import AttentionScore, Decoder, Stack, last, maximum

INPUTS, HIDDEN, TOKENS, WORD = 6, 5, 9, 4
READ, WRITTEN = torch.tensor([4, 1, 6]), torch.tensor([2, 5, 4])
ATTENTIONS: tuple[AttentionScore, ...] = ("none", "dot", "additive")


def stacks(cell: str = "lstm", **options: Any) -> Callable[..., Stack]:
    def build_stack(input_size: int, causal: bool = False, part: str = "") -> Stack:
        assert (causal, part) == (True, "decoder")
        return Stack(lambda size: build("cell", cell, {}, input_size=size, hidden_size=HIDDEN), input_size, **options)

    return build_stack


def decoder(cell: str = "lstm", options: dict[str, Any] | None = None, **params: Any) -> Decoder:
    torch.manual_seed(0)
    built = Decoder(INPUTS, TOKENS, stacks(cell, **(options or {"layers": 2})), embedding_size=WORD, **params)
    for parameter in built.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return built.double()


def padding(lengths: Tensor) -> Tensor:
    return torch.tensor([[step >= length for step in range(int(lengths.max()))] for length in lengths.tolist()])


def features(garbage: float = 0.0, directions: int = 1) -> Features:
    outputs = torch.randn(3, 6, INPUTS, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    outputs[padding(READ)] = garbage
    return Features(outputs.requires_grad_(), READ, (), causal=directions == 1, directions=directions)


def known(garbage: int = 0) -> Tensor:
    ids = torch.randint(1, TOKENS, (3, 5), generator=torch.Generator().manual_seed(2))
    ids[padding(WRITTEN)] = garbage
    return ids


def stepped(writer: Decoder, given: Features, ids: Tensor) -> Tensor:
    memory, state = writer.memory(given), writer.initial_state(given)
    found = []
    for token in ids.unbind(1):
        scores, state = writer.step(token, state, memory)
        found.append(scores)
    return torch.stack(found, dim=1)


def gradients(writer: Decoder, given: Features, scores: Tensor) -> list[Tensor]:
    valid = scores[~padding(WRITTEN)]
    found = torch.autograd.grad((valid * valid.detach().cos()).sum(), [given.outputs, *writer.parameters()])
    return list(found)


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize(
    ("attention", "input_feeding"),
    [("none", False), ("dot", False), ("additive", False), ("dot", True), ("additive", True)],
)
def test_all_steps_at_once_are_each_step_by_itself(
    attention: AttentionScore, input_feeding: bool, directions: int
) -> None:
    writer = decoder(attention=attention, input_feeding=input_feeding)
    given, dirty = features(directions=directions), features(garbage=1e3, directions=directions)
    whole, single = writer(given, known(), WRITTEN), stepped(writer, dirty, known(garbage=7))
    valid = ~padding(WRITTEN)
    torch.testing.assert_close(whole[valid], single[valid])
    for one, other in zip(gradients(writer, given, whole), gradients(writer, dirty, single), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_a_row_is_written_as_if_alone_whatever_stands_at_padding(attention: AttentionScore) -> None:
    writer = decoder(attention=attention)
    given = features(garbage=-1e3)
    together = writer(given, known(garbage=7), WRITTEN)
    for row, (read, written) in enumerate(zip(READ.tolist(), WRITTEN.tolist(), strict=True)):
        only = slice(row, row + 1)
        alone = Features(given.outputs[only, :read], READ[only], (), causal=True)
        torch.testing.assert_close(writer(alone, known()[only, :written], WRITTEN[only])[0], together[row, :written])


@pytest.mark.parametrize("attention", ["dot", "additive"])
def test_attention_is_that_of_the_papers(attention: AttentionScore) -> None:
    writer, given = decoder(attention=attention), features()
    memory, state = writer.memory(given), writer.initial_state(given)
    tokens = known()[:, 0]
    scores, after = writer.step(tokens, state, memory)
    queries, _ = writer.stack(writer.embedding(tokens).unsqueeze(1), torch.ones(3, dtype=torch.long), state.states)
    for row, length in enumerate(READ.tolist()):
        outputs, query = given.outputs[row, :length], queries[row, 0]
        if attention == "dot":
            energies = outputs @ (writer.query.weight @ query)
        else:
            assert writer.score is not None
            assert isinstance(writer.key, torch.nn.Linear)
            hidden = torch.tanh(writer.query.weight @ query + outputs @ writer.key.weight.T)
            energies = hidden @ writer.score.weight[0]
        shares = energies.exp() / energies.exp().sum()
        mixed = torch.cat(((shares.unsqueeze(-1) * outputs).sum(0), query))
        attended = torch.tanh(writer.combine.weight @ mixed + writer.combine.bias)
        torch.testing.assert_close(after.fed[row], attended)
        torch.testing.assert_close(scores[row], writer.readout(attended))
        torch.testing.assert_close(writer.weights(given, known())[row, 0, :length], shares)


@pytest.mark.parametrize("attention", ["dot", "additive"])
def test_each_step_looks_at_valid_inputs_only(attention: AttentionScore) -> None:
    weights = decoder(attention=attention).weights(features(garbage=1e3), known())
    assert weights.shape == (3, 5, 6)
    torch.testing.assert_close(weights.sum(-1), torch.ones(3, 5, dtype=torch.float64))
    assert not weights.transpose(1, 2)[padding(READ)].any()


@pytest.mark.parametrize(("causal", "directions"), [(True, 1), (False, 2), (False, 1)])
def test_hidden_and_cell_states_begin_from_the_encoders_summary(causal: bool, directions: int) -> None:
    writer = decoder()
    given = Features(features().outputs, READ, (), causal, directions)
    read = last(given.outputs, READ, directions) if causal or directions == 2 else maximum(given.outputs, READ)
    expected = torch.tanh(read @ writer.bridge.weight.T + writer.bridge.bias).chunk(4, dim=-1)
    states = writer.initial_state(given).states
    assert [len(state) for state in states] == [2, 2]
    for tensor, part in zip((tensor for state in states for tensor in state), expected, strict=True):
        torch.testing.assert_close(tensor, part)


def test_normalisers_begin_where_their_cell_says() -> None:
    writer = decoder("slstm", {"layers": 1})
    (state,) = writer.initial_state(features()).states
    (initial,) = writer.stack.initial_state(3, features().outputs)
    names = writer.stack.recurrences[0].cell.state
    assert [torch.equal(*pair) for pair in zip(state, initial, strict=True)] == [name not in "hc" for name in names]


def test_input_feeding_reads_what_was_attended_to_before() -> None:
    writer, given = decoder(input_feeding=True), features()
    memory, state = writer.memory(given), writer.initial_state(given)
    assert not state.fed.any()
    token = known()[:, 0]
    _, after = writer.step(token, state, memory)
    again, _ = writer.step(token, after, memory)
    starved, _ = writer.step(token, after._replace(fed=torch.zeros_like(after.fed)), memory)
    assert not torch.allclose(again, starved)


@pytest.mark.parametrize("size", [INPUTS, WORD])
def test_tied_scores_are_products_with_the_embeddings(size: int) -> None:
    torch.manual_seed(0)
    writer = Decoder(INPUTS, TOKENS, stacks(), embedding_size=size, tied=True)
    assert writer.readout.scores.weight is writer.embedding.weight
    assert isinstance(writer.readout.project, torch.nn.Identity) == (size == INPUTS)


def test_a_step_reads_the_decoders_own_token_with_the_sampling_probability() -> None:
    writer, given = decoder(), features()
    memory, state = writer.memory(given), writer.initial_state(given)
    token, found = known()[:, 0], []
    for _ in range(5):
        scores, state = writer.step(token, state, memory)
        token = scores.argmax(-1)
        found.append(scores)
    everything = torch.full_like(WRITTEN, 5)
    torch.testing.assert_close(writer(given, known(), everything, 1.0), torch.stack(found, dim=1))
    torch.testing.assert_close(writer(given, known(), everything, 1e-12), writer(given, known(), everything))


def test_a_share_of_the_tokens_is_sampled() -> None:
    writer = decoder(options={"layers": 1})
    outputs = features().outputs[:1].expand(600, -1, -1)
    given = Features(outputs, torch.full((600,), 4), (), causal=True)
    ids = torch.full((600, 2), 3)
    scores = writer(given, ids, torch.full((600,), 2), 0.3)[:, 1]
    plain = writer(given, ids, torch.full((600,), 2))[:, 1]
    other = ((scores - plain).abs() > 1e-6).any(-1)
    assert 0.2 < float(other.float().mean()) < 0.4


@pytest.mark.parametrize(("input_feeding", "probability"), [(True, 0.0), (False, 0.5)])
@pytest.mark.parametrize("options", [{"dropout": 0.5, "variational": True}, {"weight_drop": 0.5}])
def test_what_is_drawn_once_a_text_is_refused_step_by_step(
    input_feeding: bool, probability: float, options: dict[str, Any]
) -> None:
    writer, given = decoder(options=options, input_feeding=input_feeding), features()
    with pytest.raises(IncompatibleError, match=r"head\.input_feeding and head\.scheduled_sampling take one by one"):
        writer(given, known(), WRITTEN, probability)
    assert writer.eval()(given, known(), WRITTEN).shape == (3, 5, TOKENS)

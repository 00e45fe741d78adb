"""The decoder: writes a text, token after token, with an encoder's outputs before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, get_args

import torch
from torch import Tensor, nn

from rnnbench.contracts import Features, IncompatibleError, State, check_choice
from rnnbench.networks.pooling import summary
from rnnbench.networks.readout import Readout
from rnnbench.networks.stack import Stack
from rnnbench.recurrence import padding_mask

AttentionScore = Literal["none", "dot", "additive"]


class Memory(NamedTuple):
    """What the decoder looks at: an encoder's outputs (B, T, F), their projected keys, True at padding (B, T)."""

    outputs: Tensor
    keys: Tensor
    padding: Tensor


class DecoderState(NamedTuple):
    """Where a decoder stands: the states of its layers, and the attentional vector (B, F) of the step before."""

    states: tuple[State, ...]
    fed: Tensor


class Decoder(nn.Module):
    """A causal stack over the answer's tokens, begun from a summary of the encoder's outputs.

    Attention stands after the recurrence, so that a known answer is read in one call of the stack: query q_t = the
    stack's output, context = the outputs weighted by softmax of their scores, a_t = tanh(W [context, q_t]) (Luong et
    al. 2015, "Effective approaches to attention-based neural machine translation", equation 5). `dot` scores are
    products with a projected query (their "general"), `additive` ones v·tanh(W q + U m) (Bahdanau et al. 2015). With
    `input_feeding` a_{t-1} stands beside the input of step t, which makes the stack go step by step.
    """

    def __init__(
        self,
        input_size: int,
        size: int,
        build_stack: Callable[..., Stack],
        *,
        embedding_size: int = 64,
        attention: AttentionScore = "dot",
        input_feeding: bool = False,
        tied: bool = False,
        dropout: float = 0.0,
        pad_id: int = 0,
    ) -> None:
        super().__init__()
        check_choice("head.attention", attention, get_args(AttentionScore))
        self.attention = attention
        self.input_feeding = input_feeding
        self.embedding = nn.Embedding(size, embedding_size, padding_idx=pad_id)
        # What is fed back has the encoder's width.
        fed = input_size if input_feeding else 0
        self.stack: Stack = build_stack(embedding_size + fed, causal=True, part="decoder")
        self.width = self.stack.output_size if attention == "none" else input_size
        self.bridged = [_bridged(recurrence.cell) for recurrence in self.stack.recurrences]
        initial = self.stack.initial_state(1, torch.empty(0))
        self.bridge = nn.Linear(
            input_size,
            sum(
                tensor.shape[-1]
                for state, chosen in zip(initial, self.bridged, strict=True)
                for tensor, yes in zip(state, chosen, strict=True)
                if yes
            ),
        )
        if attention != "none":
            self.query = nn.Linear(self.stack.output_size, input_size, bias=False)
            self.key = nn.Linear(input_size, input_size, bias=False) if attention == "additive" else nn.Identity()
            self.score = nn.Linear(input_size, 1, bias=False) if attention == "additive" else None
            self.combine = nn.Linear(input_size + self.stack.output_size, input_size)
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()
        self.readout = Readout(self.width, size, self.embedding if tied else None)

    def memory(self, features: Features) -> Memory:
        """Return the encoder's outputs as what can be looked at."""
        padding = padding_mask(features.lengths, features.outputs.shape[1])
        keys = features.outputs if self.attention == "none" else self.key(features.outputs)
        return Memory(features.outputs, keys, padding)

    def initial_state(self, features: Features) -> DecoderState:
        """Return where writing begins: the bridge's states from the encoder's summary, all others at their start."""
        values = torch.tanh(self.bridge(summary(features)))
        states, place = [], 0
        for state, chosen in zip(self.stack.initial_state(len(values), values), self.bridged, strict=True):
            tensors = []
            for tensor, yes in zip(state, chosen, strict=True):
                if yes:
                    tensor = values[:, place : place + tensor.shape[-1]]
                    place += tensor.shape[-1]
                tensors.append(tensor)
            states.append(tuple(tensors))
        return DecoderState(tuple(states), values.new_zeros(len(values), self.width))

    def forward(self, features: Features, ids: Tensor, lengths: Tensor, sampling_probability: float = 0.0) -> Tensor:
        """Return the scores (B, U, V) of each next token, where `ids` (B, U) are the tokens before it.

        With `sampling_probability` a step reads the token that was likeliest at the step before in place of the known
        one: scheduled sampling (Bengio et al. 2015).
        """
        memory, state = self.memory(features), self.initial_state(features)
        if not self.input_feeding and not sampling_probability:
            outputs, _ = self.stack(self._embed(ids), lengths, state.states, need_state=False)
            scores: Tensor = self.readout(self.dropout(self._attend(outputs, memory)[0]))
            return scores
        if self.training and self.stack.draws_once:
            raise IncompatibleError(
                "model.variational_dropout, model.recurrent_dropout and model.weight_drop are drawn once for all steps "
                "of a text, which head.input_feeding and head.scheduled_sampling take one by one; leave either out."
            )
        found: list[Tensor] = []
        for t in range(ids.shape[1]):
            token = ids[:, t]
            if sampling_probability and t:
                swapped = torch.rand(token.shape, device=token.device) < sampling_probability
                token = torch.where(swapped, found[-1].argmax(-1), token)
            scores, state = self.step(token, state, memory)
            found.append(scores)
        return torch.stack(found, dim=1)

    def step(self, token: Tensor, state: DecoderState, memory: Memory) -> tuple[Tensor, DecoderState]:
        """Return the scores (B, V) of the token after `token` (B,), and where the decoder stands then."""
        attended, _, state = self._advance(token, state, memory)
        scores: Tensor = self.readout(self.dropout(attended))
        return scores, state

    def weights(self, features: Features, ids: Tensor) -> Tensor:
        """Return how much each step that reads one of `ids` (B, U) looked at each input (B, U, T); rows sum to one."""
        memory, state = self.memory(features), self.initial_state(features)
        found = []
        for token in ids.unbind(1):
            _, weights, state = self._advance(token, state, memory)
            found.append(weights)
        return torch.stack(found, dim=1)

    def _advance(self, token: Tensor, state: DecoderState, memory: Memory) -> tuple[Tensor, Tensor, DecoderState]:
        """Return the attentional vector (B, F) of one step, its weights (B, T), and where the decoder stands then."""
        x = self._embed(token.unsqueeze(1))
        if self.input_feeding:
            x = torch.cat((x, state.fed.unsqueeze(1)), dim=-1)
        outputs, states = self.stack(x, torch.ones_like(token), state.states)
        attended, weights = (part.squeeze(1) for part in self._attend(outputs, memory))
        return attended, weights, DecoderState(states, attended)

    def _embed(self, ids: Tensor) -> Tensor:
        embedded: Tensor = self.embedding(ids)
        return embedded

    def _attend(self, outputs: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Return the attentional vectors (B, U, F) of the stack's outputs, and the weights (B, U, T)."""
        if self.attention == "none":
            return outputs, outputs.new_zeros(*outputs.shape[:2], memory.outputs.shape[1])
        query = self.query(outputs)
        if self.score is None:
            scores = query @ memory.keys.transpose(1, 2)
        else:
            scores = self.score(torch.tanh(query.unsqueeze(2) + memory.keys.unsqueeze(1))).squeeze(-1)
        weights = scores.masked_fill(memory.padding.unsqueeze(1), -torch.inf).softmax(dim=-1)
        context = weights @ memory.outputs
        return torch.tanh(self.combine(torch.cat((context, outputs), dim=-1))), weights


def _bridged(cell: Any) -> list[bool]:
    """Return which of a cell's states can begin from a summary: hidden and cell states, not normalisers."""
    names = getattr(cell, "state", None)
    if isinstance(names, tuple):
        return [name in ("h", "c") for name in names]
    return [True] * len(cell.state_sizes)

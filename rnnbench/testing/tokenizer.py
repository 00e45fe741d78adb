"""The tokenizer contract in executable form."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rnnbench.catalog import registry
from rnnbench.contracts import Text, Tokenizer

TEXTS: tuple[Text, ...] = (
    "The quick brown fox jumps over the lazy dog.",
    "She said: \"It's 10,000.50 €, isn't it?\" (Yes!)",
    "Äiti söi yötyötä; naïve café, Straße.",
    "日本語のテキスト。 हिन्दी में पाठ",
    ["Ann", "lives", "in", "New York", ".", "U.S."],
)
"""What a tokenizer is fitted on."""

NASTY: tuple[Text, ...] = (
    "",
    " ",
    "\n\t ",
    "  two  spaces ",
    "unseen: Ω ж 漢 🙂 👩‍👩‍👧 ❤️",
    "e\u0301 and \u00e9, \u0301 alone, \u1100\u1161 \uac00",
    "İstanbul ΣΑΣ ǅ ﬁ",
    "<pad> <unk> <s> </s> a<unk>b <UNK>",
    "▁ ▁a▁b \ufffd \u2047",
    "zero\0width\u200bjoiner\u200d\ufeff nbsp\u00a0\u3000\u2028 \x85 \x1c",
    "don 't do n't ' \" '' ( ( a ) ) -- a-b a - b ¿qué? $5 % , ,",
    "x" * 500,
    [],
    [""],
    ["", "a", ""],
    [" ", "10 000", "<unk>", "a<unk>", "▁", "can't", "\u0301"],
)
"""Texts that have broken tokenizers before."""


def check_tokenizer(name_or_class: str | type, **params: Any) -> None:
    """Check a tokenizer, given by name or as a class with its parameters, against its contract.

    Raises `AssertionError` naming the clause that is broken.
    """

    def build() -> Tokenizer:
        if isinstance(name_or_class, str):
            built = registry.build("tokenizer", name_or_class, params)
        else:
            built = name_or_class(**params)
        assert isinstance(built, Tokenizer), f"{built!r} is not a rnnbench.contracts.Tokenizer"
        return built

    tokenizer = build()
    _check_fit(tokenizer, build)
    for text in (*TEXTS, *NASTY):
        _check_text(tokenizer, text)
        if not isinstance(text, str):
            _check_alignment(tokenizer, text)
    _check_specials(tokenizer)
    _check_copies(tokenizer, build)


def _check_fit(tokenizer: Tokenizer, build: Callable[[], Tokenizer]) -> None:
    read = 0

    def once() -> Iterator[Text]:
        nonlocal read
        for text in TEXTS:
            read += 1
            yield text

    tokenizer.fit(once())
    assert read == len(TEXTS), f"fit read {read} of {len(TEXTS)} texts; it must read all of them, once"
    state = json.dumps(tokenizer.state())
    other = build()
    other.fit([*NASTY[:5], "something else"])
    other.fit(list(TEXTS))
    assert json.dumps(other.state()) == state, "fit on the same texts gave another state; it must depend on them alone"


def _check_text(tokenizer: Tokenizer, text: Text) -> None:
    ids = tokenizer.encode(text)
    size = tokenizer.vocab_size
    assert all(type(index) is int for index in ids), f"encode({text!r}) gave ids that are no int: {ids[:20]}"
    assert all(0 <= index < size for index in ids), f"encode({text!r}) gave an id outside 0..{size - 1}: {ids[:20]}"
    reserved = {tokenizer.pad_id, tokenizer.bos_id, tokenizer.eos_id} & set(ids)
    assert not reserved, f"encode({text!r}) gave the special ids {sorted(reserved)}; only unk may occur"
    again = tokenizer.encode(tokenizer.decode(ids))
    assert again == ids, (
        f"encode(decode(encode(s))) differs from encode(s) for s = {text!r}: "
        f"{tokenizer.pieces(ids)} became {tokenizer.pieces(again)}"
    )
    assert len(tokenizer.pieces(ids)) == len(ids), f"pieces gave another number of pieces than ids for {text!r}"


def _check_alignment(tokenizer: Tokenizer, words: Sequence[str]) -> None:
    ids, spans = tokenizer.align(words)
    assert ids == tokenizer.encode(words), f"align and encode give different ids for {words!r}"
    assert len(spans) == len(words), f"align gave {len(spans)} spans for {len(words)} words: {words!r}"
    assert all(start < end for start, end in spans), f"align gave a word of {words!r} no id: {spans}"
    covered = [index for start, end in spans for index in range(start, end)]
    assert covered == list(range(len(ids))), f"align's spans do not cover each id once and in order: {spans}"


def _check_specials(tokenizer: Tokenizer) -> None:
    ids = (tokenizer.pad_id, tokenizer.unk_id, tokenizer.bos_id, tokenizer.eos_id)
    assert ids == (0, 1, 2, 3), f"pad, unk, bos and eos are {ids}; they must be 0, 1, 2, 3"
    assert tokenizer.pieces(ids) == list(tokenizer.specials), "pieces(0..3) must be the special tokens' names"
    silent = [tokenizer.pad_id, tokenizer.bos_id, tokenizer.eos_id]
    assert tokenizer.decode(silent) == "", "decode must leave no trace of pad, bos and eos"
    assert tokenizer.decode([tokenizer.unk_id]), "decode must show where an unk was"
    framed = tokenizer.encode("The dog")
    shown = tokenizer.decode([tokenizer.bos_id, *framed, tokenizer.eos_id, tokenizer.pad_id])
    assert shown == tokenizer.decode(framed), "bos, eos or pad changed the decoded text"


def _check_copies(tokenizer: Tokenizer, build: Callable[[], Tokenizer]) -> None:
    restored = build()
    restored.restore(json.loads(json.dumps(tokenizer.state())))
    copies = {
        "restore(state())": restored,
        "pickle": pickle.loads(pickle.dumps(tokenizer)),
        "deepcopy": copy.deepcopy(tokenizer),
    }
    for how, other in copies.items():
        assert other.vocab_size == tokenizer.vocab_size, f"{how} changed vocab_size"
        for text in (*TEXTS, *NASTY):
            ids = tokenizer.encode(text)
            assert other.encode(text) == ids, f"{how} changed the encoding of {text!r}"
            assert other.decode(ids) == tokenizer.decode(ids), f"{how} changed the decoding of {text!r}"

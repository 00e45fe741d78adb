from __future__ import annotations

from rnnbench.plugins.tokenizers.whitespace import Whitespace


def test_words_are_what_stands_between_white_space() -> None:
    tokenizer = Whitespace()
    line = "mr. u.s. n't $ N.V. <unk> @-@ rose 5.5 %"
    tokenizer.fit([line])
    ids = tokenizer.encode(f"  {line}\n")
    assert len(ids) == 10
    assert tokenizer.pieces(ids) == line.split()
    assert ids[5] == tokenizer.unk_id
    assert tokenizer.decode(ids) == line


def test_the_unknown_word_is_one_of_the_vocabulary() -> None:
    tokenizer = Whitespace(lowercase=True)
    tokenizer.fit(["A a <unk> b"])
    assert tokenizer.vocab_size == 4 + 2
    assert tokenizer.encode("new") == [tokenizer.unk_id]

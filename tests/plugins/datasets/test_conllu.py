from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from rnnbench.contracts import DataError
from rnnbench.plugins.datasets.conllu import CoNLLU

SENTENCE = """\
# sent_id = 1
# text = Näin sen ettei
1	Näin	nähdä	VERB	V	Mood=Ind|Number=Sing	0	root	_	_
2	sen	se	PRON	Pron	Case=Gen	1	obj	_	_
3-4	ettei	_	_	_	_	_	_	_	_
3	ett	että	SCONJ	C	_	5	mark	_	_
4	ei	ei	AUX	V	Number=Sing	5	aux	_	_
4.1	ollut	olla	VERB	V	_	_	_	1:dep	_
5	10 000	10000	NUM	Num	_	1	obj	_	_

"""


def treebank(path: Path, content: str = SENTENCE) -> str:
    (path / "fi_x-ud-train.conllu.gz").write_bytes(gzip.compress(content.encode()))
    for split in ("dev", "test"):
        (path / f"fi_x-ud-{split}.conllu").write_text(content, encoding="utf-8")
    (path / "test.txt").write_text("another format of the same")
    return str(path)


@pytest.mark.parametrize(
    ("column", "tags"),
    [
        ("upos", ["VERB", "PRON", "SCONJ", "AUX", "NUM"]),
        ("xpos", ["V", "Pron", "C", "V", "Num"]),
        ("feats", ["Mood=Ind|Number=Sing", "Case=Gen", "_", "Number=Sing", "_"]),
        ("deprel", ["root", "obj", "mark", "aux", "obj"]),
    ],
)
def test_words_are_the_syntactic_ones(column: Any, tags: list[str], tmp_path: Path) -> None:
    dataset = CoNLLU(treebank(tmp_path), column=column)
    for split in ("train", "validation", "test"):
        assert dataset.load(split).to_pylist() == [{"words": ["Näin", "sen", "ett", "ei", "10 000"], "tags": tags}]
    assert dataset.info.scheme == ""
    assert dataset.info.labels == tuple(sorted(set(tags)))
    assert len(dataset.sources()) == 3


def test_a_tag_that_training_never_shows_is_a_tag_all_the_same(tmp_path: Path) -> None:
    treebank(tmp_path)
    (tmp_path / "fi_x-ud-test.conllu").write_text(SENTENCE.replace("NUM", "SYM"), encoding="utf-8")
    assert "SYM" in (CoNLLU(str(tmp_path)).info.labels or ())


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("\tsen\tse", "\tsen", r":4: 9 columns; CoNLL-U has 10"),
        ("2\tsen", "3\tsen", r":4: the word is numbered 3, expected 2; number words from 1 and leave a blank line"),
        ("2\tsen", "x\tsen", r":4: the word is numbered x, expected 2"),
        ("\tPRON\t", "\t\t", r":4: the column upos is empty; write _"),
        ("\tsen\t", "\t \t", r":4: the column form is empty"),
    ],
)
def test_malformed_lines_are_named(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    path = treebank(tmp_path, SENTENCE.replace(old, new))
    with pytest.raises(DataError, match=rf"fi_x-ud-dev\.conllu{sentence}"):
        CoNLLU(path).load("train")


def test_a_column_that_says_nothing_is_refused(tmp_path: Path) -> None:
    path = treebank(tmp_path, "1\ta\ta\tX\t_\t_\t0\troot\t_\t_\n")
    with pytest.raises(DataError, match=r"column xpos, has only one tag \(_\) in train; choose another column"):
        CoNLLU(path, column="xpos").load("train")


def test_one_file_is_carved(tmp_path: Path) -> None:
    sentences = [SENTENCE.replace("sen\t", f"sen{number}\t") for number in range(100)]
    (tmp_path / "mine.conllu").write_text("".join(sentences), encoding="utf-8")
    dataset = CoNLLU(str(tmp_path / "mine.conllu"))
    sizes = [dataset.load(split).num_rows for split in ("train", "validation", "test")]
    assert sum(sizes) == 100
    assert min(sizes) > 3

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from rnnbench.contracts import SPLITS, DataError
from rnnbench.plugins.datasets.conll import CoNLL

IOB2 = ["B-PER I-PER O", "B-LOC B-LOC", "O"]
SAME: dict[str, list[str]] = {
    "IOB1": ["I-PER I-PER O", "I-LOC B-LOC", "O"],
    "IOB2": IOB2,
    "BIOES": ["B-PER E-PER O", "S-LOC S-LOC", "O"],
    "BILOU": ["B-PER L-PER O", "U-LOC U-LOC", "O"],
}
"""The same sentences in every scheme."""


def text(sentences: list[str], separator: str = "\t", prefix: str = "w") -> str:
    return "\n".join(
        "".join(f"{prefix}{number}.{place}{separator}{tag}\n" for place, tag in enumerate(tags.split()))
        for number, tags in enumerate(sentences)
    )


def folder(path: Path, train: str, held: str | None = None) -> str:
    (path / "train.tsv").write_text(train, encoding="utf-8")
    for split in ("dev", "test"):
        (path / f"{split}.tsv").write_text(held or train, encoding="utf-8")
    return str(path)


def tags(dataset: CoNLL, split: str = "train") -> list[str]:
    return [" ".join(row) for row in dataset.load(split)["tags"].to_pylist()]


@pytest.mark.parametrize("declared", [False, True])
@pytest.mark.parametrize("scheme", SAME)
def test_every_scheme_is_read_as_iob2(scheme: str, declared: bool, tmp_path: Path) -> None:
    name: Any = {"BILOU": "BIOES"}.get(scheme, scheme)
    dataset = CoNLL(folder(tmp_path, text(SAME[scheme])), scheme=name if declared else "auto")
    assert dataset.info.scheme == "IOB2"
    assert dataset.info.metrics[0] == "f1"
    assert dataset.info.labels == ("B-LOC", "B-PER", "I-PER", "O")
    assert tags(dataset) == IOB2
    assert dataset.load("train")["words"].to_pylist()[0] == ["w0.0", "w0.1", "w0.2"]


def test_plain_tags_stay_as_they_are(tmp_path: Path) -> None:
    path = folder(tmp_path, text(["NOUN VERB", "O I"]))
    for scheme in ("auto", "none"):
        dataset = CoNLL(path, scheme=scheme)  # type: ignore[arg-type]
        assert dataset.info.scheme == ""
        assert dataset.info.metrics == ("accuracy", "unseen_accuracy")
        assert tags(dataset) == ["NOUN VERB", "O I"]


def test_the_class_declares_spans_and_reads_nothing() -> None:
    assert CoNLL.info.scheme == "IOB2"
    assert CoNLL("nowhere").offline


def test_the_scheme_is_that_of_all_files_together(tmp_path: Path) -> None:
    # Train alone could be IOB2 or BIOES.
    dataset = CoNLL(folder(tmp_path, text(["B-PER B-PER", "O"]), text(["I-PER O"])), scheme="auto")
    with pytest.raises(DataError, match=r"dev\.tsv:1: I-PER at the beginning of a sentence is not IOB2; "):
        dataset.load("train")


def test_columns_comments_documents_and_line_ends(tmp_path: Path) -> None:
    content = (
        "-DOCSTART- -X- O O\r\n\r\n# a comment of more words\r\nEU NNP I-NP B-ORG\r\nrejects  VBZ I-VP O \r\n"
        "# NN I-NP O\r\n\r\n \r\n-DOCSTART- -X-\r\n\r\nPeter\u00a0B NNP I-NP B-PER\r\n"
    )
    dataset = CoNLL(folder(tmp_path, content))
    assert dataset.load("test").to_pylist() == [
        {"words": ["EU", "rejects", "#"], "tags": ["B-ORG", "O", "O"]},
        {"words": ["Peter\u00a0B"], "tags": ["B-PER"]},
    ]
    parts = CoNLL(str(tmp_path), tag=1)
    assert tags(parts) == ["NNP VBZ NN", "NNP"]
    assert tags(CoNLL(str(tmp_path), tag=-2)) == ["B-NP B-VP B-NP", "B-NP"]
    assert CoNLL(str(tmp_path), word=1, tag=3).load("train")["words"].to_pylist()[0] == ["NNP", "VBZ", "NN"]


def test_words_between_tabs_may_hold_spaces(tmp_path: Path) -> None:
    dataset = CoNLL(folder(tmp_path, "10 000\tB-NUM\n#\tO\n#ff\tO\n"))
    assert dataset.load("train")["words"].to_pylist() == [["10 000", "#", "#ff"]]
    with pytest.raises(DataError, match=r"dev\.tsv:2: 2 columns where line 1 has 3"):
        CoNLL(str(tmp_path), separator="space").load("train")


def test_rows_of_markup_end_sentences_and_are_no_words(tmp_path: Path) -> None:
    content = '<doc id="1">\n<HEADLINE>\nNokia\tB-ORG\n</HEADLINE>\n<unk>\tO\n<\tO\n3>\tO\n'
    words = CoNLL(folder(tmp_path, content)).load("train")["words"].to_pylist()
    assert words == [["Nokia"], ["<unk>", "<", "3>"]]


def test_a_document_begins_a_sentence_without_a_blank_line_before_it(tmp_path: Path) -> None:
    content = "EU B-ORG\nfalls O\n-DOCSTART- O\nPeter B-PER\n-DOCSTART-\n\nsings O\n"
    words = CoNLL(folder(tmp_path, content)).load("train")["words"].to_pylist()
    assert words == [["EU", "falls"], ["Peter"], ["sings"]]


def test_packed_files_and_other_encodings_are_read(tmp_path: Path) -> None:
    content = text(IOB2 * 50, prefix="ä").encode("latin-1")
    (tmp_path / "mine.conll.gz").write_bytes(gzip.compress(content))
    dataset = CoNLL(str(tmp_path / "mine.conll.gz"), encoding="latin-1")
    rows = [row for split in SPLITS for row in dataset.load(split).to_pylist()]
    assert len(rows) == 150
    assert rows[0]["words"][0].startswith("ä")
    assert dataset.sources() == [tmp_path / "mine.conll.gz"]
    (tmp_path / "mine.conll.gz").write_bytes(gzip.compress(content)[:-20])
    with pytest.raises(DataError, match=r"mine\.conll\.gz is not a readable gzip file"):
        CoNLL(str(tmp_path / "mine.conll.gz")).load("train")


def test_a_folder_of_folders_names_them(tmp_path: Path) -> None:
    for name in ("ftb", "tdt"):
        (tmp_path / name).mkdir()
        folder(tmp_path / name, text(IOB2))
    (tmp_path / "README.txt").write_text("about")
    with pytest.raises(DataError, match="but the folders ftb, tdt; give one of them"):
        CoNLL(str(tmp_path)).load("train")
    assert tags(CoNLL(str(tmp_path / "tdt"))) == IOB2


@pytest.mark.parametrize(
    ("content", "params", "sentence"),
    [
        ("a\tO\nb\tI-PER\n", {"scheme": "IOB2"}, r":2: I-PER after O is not legal in IOB2; correct it"),
        ("a\tO\nb\tB-PER\n", {"scheme": "IOB1"}, r":2: B-PER after O is not legal in IOB1"),
        ("a\tB-PER\n\nb\tO\n", {"scheme": "BIOES"}, r":1: the end of a sentence after B-PER is not legal in BIOES"),
        ("a\tI-PER\nb\tO\nc\tB-PER\n", {}, r":1: I-PER at the beginning .* not IOB2; .*:3: B-PER after O is not IOB1"),
        ("a\tB-PER\nb\tNOUN\n", {}, r":2: the tag NOUN marks no span, as others do; .*dataset\.scheme=none"),
        ("a\tB-PER\nb\tNOUN\n", {"scheme": "IOB2"}, r":2: the tag NOUN is not of IOB2"),
        ("a\tO\n\nb\tO\n", {}, r":1: every tag is O, here and later; choose a column with dataset\.tag="),
        ("a\tX\n\nb\tX\n", {}, r"has only one tag \(X\) in train; choose another column"),
        ("a\tO\n\nb\tO\n", {"scheme": "IOB2"}, r"has only one tag \(O\) in train; give sentences with spans"),
        ("a\tb\tO\nc\tO\n", {}, r":2: 2 columns where line 1 has 3; fix the line"),
        ("a\tO\n\t\n\tO\n", {}, r":3: the word is empty; fill it in"),
        ("a\tB-X\nb\t\n", {}, r":2: the tag is empty"),
        ("a\tO\n", {"tag": 2}, r":1: there is no column 2 among 2; choose one with dataset\.tag=, from 0 to 1"),
        ("a\n\nb\n", {}, r":1: column 0 of 1 is that of words and that of tags as well; a word and its tags are exp"),
        ("a\tO\n", {"tag": 0}, r":1: column 0 of 2 is that of words .* choose another with dataset\.tag="),
        ("a\tO\n", {"word": -3}, r":1: there is no column -3 among 2; choose one with dataset\.word="),
        ("# only\n-DOCSTART- O\n", {}, r"has no sentence; expected a word and its tags"),
        ("\n", {}, r"train\.tsv is empty"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(
    content: str, params: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    path = folder(tmp_path, content, "x\tO\n")
    with pytest.raises(DataError, match=sentence):
        CoNLL(path, **params).load("train")

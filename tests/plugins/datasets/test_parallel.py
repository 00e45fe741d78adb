from __future__ import annotations

import gzip
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from rnnbench.catalog import registry
from rnnbench.contracts import SPLITS, DataError, UsageError
from rnnbench.plugins.datasets.parallel import Parallel
from rnnbench.plugins.datasets.pronunciations import Pronunciations

Rows = list[tuple[str, list[str]]]


def rows(dataset: Parallel, *splits: str) -> Rows:
    return [(row["text"], row["target"]) for split in splits for row in dataset.load(split).to_pylist()]


def write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def numbered(word: str, count: int = 100) -> list[str]:
    return [f"{word} {number}" for number in range(count)]


def table(count: int = 100) -> list[str]:
    return [f"one {number}\tyksi {number}\tCC-BY" for number in range(count)]


def test_line_aligned_files_for_each_split(tmp_path: Path) -> None:
    for split, count in (("train", 5), ("dev", 2), ("test", 3)):
        write(tmp_path / f"{split}.en", *numbered(f"{split} one", count))
        write(tmp_path / f"{split}.ja", *numbered(f"{split} 一", count))
    write(tmp_path / "README.md", "about")
    dataset = Parallel(str(tmp_path), "en", "ja")
    assert [len(rows(dataset, split)) for split in SPLITS] == [5, 2, 3]
    assert rows(dataset, "test")[1] == ("test one 1", ["test 一 1"])
    assert dataset.info.languages == ("en", "ja")
    assert (dataset.info.tokenizer, dataset.info.target_tokenizer) == ("word", "char")
    assert {file.name for file in dataset.sources()} == {
        f"{split}.{language}" for split in ("train", "dev", "test") for language in ("en", "ja")
    }


def test_the_other_direction_is_the_other_way_round(tmp_path: Path) -> None:
    write(tmp_path / "all.en", *numbered("one"))
    write(tmp_path / "all.ja", *numbered("一"))
    forth, back = Parallel(str(tmp_path), "en", "ja"), Parallel(str(tmp_path), "ja", "en")
    assert sorted(rows(back, *SPLITS)) == sorted((answers[0], [text]) for text, answers in rows(forth, *SPLITS))
    assert (back.info.tokenizer, back.info.target_tokenizer) == ("char", "word")


def test_two_files_by_their_names(tmp_path: Path) -> None:
    write(tmp_path / "documents.txt", *numbered("text"))
    write(tmp_path / "headlines.txt", *numbered("headline"))
    dataset = Parallel(str(tmp_path), "documents.txt", "headlines.txt")
    assert ("text 7", ["headline 7"]) in rows(dataset, *SPLITS)
    assert dataset.info.languages == ()


def test_two_files_anywhere_by_their_paths(tmp_path: Path) -> None:
    for language in ("en", "ja"):
        (tmp_path / language).mkdir()
    source = write(tmp_path / "en" / "all.en", *numbered("one"))
    target = write(tmp_path / "ja" / "everything.ja", *numbered("一"))
    dataset = Parallel(source=str(source), target=str(target))
    assert ("one 7", ["一 7"]) in rows(dataset, *SPLITS)
    assert dataset.info.languages == ("en", "ja")
    assert dataset.sources() == [source, target]
    with pytest.raises(UsageError, match=r"dataset\.target=none\.ja is no file; give dataset\.path=, .* or a file for"):
        Parallel(source=str(source), target="none.ja")
    with pytest.raises(UsageError, match=r"dataset\.source=0 is no file; give dataset\.path="):
        Parallel()
    with pytest.raises(UsageError, match=r"dataset\.source and dataset\.target are both en"):
        Parallel(str(tmp_path), "en", "en")


def test_packed_files_are_found_beside_each_other(tmp_path: Path) -> None:
    for language, word in (("en", "one"), ("ja", "一")):
        (tmp_path / f"all.{language}.gz").write_bytes(gzip.compress("\n".join(numbered(word)).encode()))
    dataset = Parallel(str(tmp_path), "en", "ja")
    assert ("one 7", ["一 7"]) in rows(dataset, *SPLITS)
    (tmp_path / "all.ja.gz").unlink()
    write(tmp_path / "all.ja", *numbered("二"))
    assert ("one 7", ["二 7"]) in rows(Parallel(str(tmp_path), "en", "ja"), *SPLITS)


@pytest.mark.parametrize("name", ["pairs.tsv", "pairs.txt"])
def test_columns_by_number_and_any_further_column(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, *table())
    dataset = Parallel(str(path), "1", "0", ["fi", "en"])
    assert len(rows(dataset, *SPLITS)) == 100
    assert ("yksi 7", ["one 7"]) in rows(dataset, *SPLITS)


def test_columns_by_the_names_in_the_first_line(tmp_path: Path) -> None:
    path = write(tmp_path / "pairs.tsv", "id\tquestion\tanswer", *(f"{n}\twhat {n}\tthat {n}" for n in range(100)))
    dataset = Parallel(str(path), "question", "answer")
    assert len(rows(dataset, *SPLITS)) == 100
    assert ("what 7", ["that 7"]) in rows(dataset, *SPLITS)


def test_json_lines_may_have_several_right_answers(tmp_path: Path) -> None:
    objects: list[dict[str, Any]] = [{"a": f"x {n}", "b": [f"y {n}", f"z {n}"]} for n in range(100)]
    path = write(tmp_path / "pairs.jsonl", *map(json.dumps, [*objects, {"a": "single", "b": "answer"}]))
    found = rows(Parallel(str(path), "a", "b"), *SPLITS)
    assert ("x 7", ["y 7", "z 7"]) in found
    assert ("single", ["answer"]) in found


def test_a_zip_is_read_without_what_is_about_it(tmp_path: Path) -> None:
    path = tmp_path / "fin-eng.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("fin.txt", "\n".join(table()) + "\n")
        archive.writestr("_about.txt", "where it is from")
        archive.writestr("__MACOSX/._fin.txt", b"\0\xff")
    dataset = Parallel(str(tmp_path))
    assert ("one 7", ["yksi 7"]) in rows(dataset, *SPLITS)
    assert dataset.sources() == [path]


def test_equal_sources_are_one_example_and_never_in_two_splits(tmp_path: Path) -> None:
    path = write(tmp_path / "pairs.tsv", *table(), *(f"one {n}\tykkönen {n}" for n in range(100)), "one 7\tyksi 7")
    folded = rows(Parallel(str(path)), *SPLITS)
    assert len(folded) == 100
    assert ("one 7", ["yksi 7", "ykkönen 7"]) in folded
    lines = Parallel(str(path), fold=False)
    assert len(rows(lines, *SPLITS)) == 201
    texts = [{text for text, _ in rows(lines, split)} for split in SPLITS]
    assert not texts[0] & texts[1]
    assert not texts[0] & texts[2]


def test_a_pattern_chooses_one_of_several_sets(tmp_path: Path) -> None:
    for language in ("fin", "fre"):
        for split in ("train", "dev", "test"):
            write(tmp_path / f"{language}_{split}.tsv", *(f"{language} {n}\tp h {n}" for n in range(3)))
    with pytest.raises(DataError, match=r"different files for validation \(fin_dev\.tsv, fre_dev\.tsv\)"):
        Parallel(str(tmp_path)).load("train")
    dataset = Pronunciations(str(tmp_path / "fre_*.tsv"), "fr")
    assert rows(dataset, "test") == [(f"fre {n}", [f"p h {n}"]) for n in range(3)]
    assert dataset.info.metrics == ("wer", "per")
    assert (dataset.info.languages, dataset.info.tokenizer, dataset.info.target_tokenizer) == (
        ("fr",),
        "char",
        "whitespace",
    )
    with pytest.raises(DataError, match="nothing in the folder has such a name"):
        Parallel(str(tmp_path / "swe_*")).load("train")


def test_tokens_become_plain_text(tmp_path: Path) -> None:
    pytest.importorskip("sacremoses")
    write(tmp_path / "all.en", *(f'he didn \'t say , " number {n} " .' for n in range(100)))
    write(tmp_path / "all.ja", *(f"彼 は {n} 。" for n in range(100)))
    found = rows(Parallel(str(tmp_path), "en", "ja", detokenize=True), *SPLITS)
    assert 'he didn\'t say, "number 7".' in [text for text, _ in found]
    assert not any("彼 は" in answers[0] for _, answers in found)


def test_missing_detokenizer_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sacremoses", None)
    with pytest.raises(DataError, match=r"sacremoses: pip install 'rnnbench\[translation\]'"):
        Parallel(str(write(tmp_path / "a.tsv", *table())), detokenize=True).load("train")


@pytest.mark.parametrize(
    ("source", "target", "sentence"),
    [
        (["a", "b", "c"], ["x", "y"], r"all\.fi:3: there is no such line, but all\.en has one: 'c'"),
        (["a"], ["x", "y"], r"all\.en:2: there is no such line, but all\.fi has one: 'y'"),
        (["a", "", "c"], ["x", "y", "z"], r"all\.en:2: the source is empty; remove the pair"),
        (["a", "b", "c"], ["x", " ", "z"], r"all\.fi:2: the target is empty; remove the pair"),
    ],
)
def test_lines_without_their_other_side_are_named(
    source: list[str], target: list[str], sentence: str, tmp_path: Path
) -> None:
    write(tmp_path / "all.en", *source)
    write(tmp_path / "all.fi", *target)
    with pytest.raises(DataError, match=sentence):
        Parallel(str(tmp_path), "en", "fi").load("train")


@pytest.mark.parametrize(
    ("content", "source", "target", "sentence"),
    [
        ("a\tb\nc d\n", "0", "1", r":2: expected a column 1 after 1 tabs, found 0 tabs in 'c d'"),
        ("a\tb\n\tc\n", "0", "1", r":2: the source is empty"),
        ("a\tb\n\nc\td\n", "0", "1", r":2: expected a column 1"),
        ("text\ttarget\na\tb\n", "texts", "target", r":1: there is no column texts\. Did you mean text\?"),
        (" \n", "0", "1", r" is empty; expected examples"),
    ],
)
def test_malformed_columns_are_named_with_their_line(
    content: str, source: str, target: str, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.tsv"
    path.write_text(content)
    with pytest.raises(DataError, match=rf"mine\.tsv{sentence}"):
        Parallel(str(path), source, target).load("train")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('{"a": "x"}', "there is no column b"),
        ('{"a": "x", "b": 3}', "the target is 3; expected a string"),
        ('{"a": "x", "b": []}', "the list of right answers is empty"),
        ('{"a": " ", "b": "y"}', "the source is empty"),
        (r'{"a": "\ud83d", "b": "y"}', "half a surrogate pair"),
        ("[1]", "expected a JSON object"),
    ],
)
def test_malformed_json_lines_are_named_with_their_line(line: str, sentence: str, tmp_path: Path) -> None:
    path = write(tmp_path / "mine.jsonl", '{"a": "x", "b": "y"}', line)
    with pytest.raises(DataError, match=rf"mine\.jsonl:2: .*{sentence}"):
        Parallel(str(path), "a", "b").load("train")


def test_what_is_not_beside_or_not_in_the_folder_is_said(tmp_path: Path) -> None:
    write(tmp_path / "train.en", *numbered("one"))
    with pytest.raises(DataError, match=r"train\.en has no train\.fi beside it; .*dataset\.target"):
        Parallel(str(tmp_path), "en", "fi").load("train")
    with pytest.raises(DataError, match=r"NAME\.SOURCE beside NAME\.TARGET with dataset\.source=SOURCE"):
        Parallel(str(tmp_path)).load("train")
    with pytest.raises(DataError, match=r"does not exist"):
        Parallel(str(tmp_path / "none")).load("train")


def test_zips_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"bad\.zip is not a readable zip"):
        Parallel(str(tmp_path / "bad.zip")).load("train")
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.txt", "a\tb")
        archive.writestr("b.txt", "a\tb")
    with pytest.raises(DataError, match=r"two\.zip: expected one text in it, found a\.txt, b\.txt; unpack it"):
        Parallel(str(tmp_path / "two.zip")).load("train")


@pytest.mark.parametrize("endings", [("en", "zh-CN"), ("eng", "jpn"), ("EN", "zh_Hant"), ("en", "yue")])
def test_endings_of_other_spellings_are_languages(tmp_path: Path, endings: tuple[str, str]) -> None:
    for ending in endings:
        write(tmp_path / f"all.{ending}", *numbered("一"))
    info = Parallel(str(tmp_path), *endings).info
    assert (info.languages, info.tokenizer, info.target_tokenizer) == (endings, "word", "char")


@pytest.mark.parametrize("endings", [("src", "tgt"), ("0", "1"), ("en", "txt"), ("question", "answer")])
def test_other_endings_are_no_languages(endings: tuple[str, str]) -> None:
    assert Parallel("a.tsv", *endings).info.languages == ()


def test_a_name_is_no_language() -> None:
    with pytest.raises(UsageError, match=r"Japanese is no code of a language; give one of ISO 639, as en, fi, ja"):
        Parallel("a.tsv", languages=["en", "Japanese"])


def test_languages_are_two() -> None:
    with pytest.raises(UsageError, match=r"dataset\.languages=\[en\]: give two"):
        Parallel("a.tsv", languages=["en"])


def test_words_with_several_pronunciations_have_several_right_answers(tmp_path: Path) -> None:
    path = write(tmp_path / "words.tsv", *(f"w{n}\tW {n}\nw{n}\tV {n}" for n in range(100)))
    assert ("w7", ["W 7", "V 7"]) in rows(Pronunciations(str(path)), *SPLITS)


def test_phones_survive_their_natural_tokenizer(tmp_path: Path) -> None:
    phones = "ʔ ɓ aː w ˧˧ t͡ɕ ŋ̟ kʷ ˀ˩ ."
    path = write(tmp_path / "words.tsv", *(f"w{n}\t{phones}" for n in range(100)))
    dataset = Pronunciations(str(path))
    tokenizer = registry.build("tokenizer", dataset.info.target_tokenizer, {})
    answers = [answer for _, found in rows(dataset, *SPLITS) for answer in found]
    tokenizer.fit(answers)
    assert {tokenizer.decode(tokenizer.encode(answer)) for answer in answers} == {phones}
    assert len(tokenizer.encode(phones)) == 10

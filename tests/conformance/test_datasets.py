"""Every registered data set keeps its contract, without the network."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from rnnbench.catalog import registry
from rnnbench.contracts import SPLITS
from rnnbench.testing import check_dataset

TEXTS = [f"example number {number}" for number in range(200)]


def text_files(folder: Path) -> dict[str, Any]:
    lines = [f"{'ab'[number % 2]} {text}\n" for number, text in enumerate(TEXTS)]
    (folder / "tiny.train").write_text("".join(lines))
    return {"path": str(folder)}


def comma_separated(folder: Path) -> dict[str, Any]:
    with (folder / "tiny.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *((text, len(text) % 2) for text in TEXTS)])
    return {"path": str(folder)}


def json_lines(folder: Path) -> dict[str, Any]:
    rows = [{"text": text, "label": len(text) % 2} for text in TEXTS]
    (folder / "tiny.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return {"path": str(folder)}


def pairs(folder: Path) -> dict[str, Any]:
    (folder / "train.en").write_text("".join(f"{text}\n" for text in TEXTS))
    (folder / "train.fi").write_text("".join(f"esimerkki {number}\n" for number in range(len(TEXTS))))
    return {"path": str(folder), "source": "en", "target": "fi"}


def phones(folder: Path) -> dict[str, Any]:
    (folder / "words.tsv").write_text("".join(f"w{number}\tW {number}\n" for number in range(200)))
    return {"path": str(folder / "*.tsv"), "language": "en"}


def pictures(folder: Path) -> dict[str, Any]:
    image = pytest.importorskip("PIL.Image")
    rows = [{"image": f"{number}.png", "captions": [text, f"picture {number}"]} for number, text in enumerate(TEXTS)]
    (folder / "captions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for number in range(len(TEXTS)):
        image.new("RGB", (4, 3), (number, 0, 0)).save(folder / f"{number}.png")
    return {"path": str(folder), "size": 8}


def parquet(*splits: str, text: str = "text", classes: int = 2) -> Callable[[Path], dict[str, Any]]:
    def write(folder: Path) -> dict[str, Any]:
        labels = [number % classes for number in range(len(TEXTS))]
        for split in splits:
            table = pyarrow.table({text: TEXTS, "label": labels})
            pyarrow.parquet.write_table(table, folder / f"{split}-00000-of-00001.parquet")
        return {"path": str(folder)}

    return write


def columns(folder: Path) -> dict[str, Any]:
    rows = (f"{text.replace(' ', '_')} B-{'XY'[number % 2]}\n. O\n\n" for number, text in enumerate(TEXTS))
    (folder / "tiny.conll").write_text("".join(rows))
    return {"path": str(folder)}


def treebank(folder: Path) -> dict[str, Any]:
    rest = "\t_\t{}\t_\t_\t0\troot\t_\t_\n"
    rows = (f"1\t{text}{rest.format('NOUN')}2\t.{rest.format('PUNCT')}\n" for text in TEXTS)
    (folder / "tiny.conllu").write_text("".join(rows))
    return {"path": str(folder)}


def tagged_parquet(column: str, **params: Any) -> Callable[[Path], dict[str, Any]]:
    def write(folder: Path) -> dict[str, Any]:
        for split in SPLITS:
            table = pyarrow.table({"tokens": [[split, "x"], ["y"]], column: [["B-X", "I-X"], ["O"]]})
            pyarrow.parquet.write_table(table, folder / f"{split}.parquet")
        return {"path": str(folder), **params}

    return write


def translations(folder: Path) -> dict[str, Any]:
    rows = {"translation": [{"en": text, "de": text[::-1]} for text in TEXTS]}
    for split in ("train", "validation", "test"):
        pyarrow.parquet.write_table(pyarrow.table(rows), folder / f"{split}.parquet")
    return {"path": str(folder), "source": "en", "target": "de"}


def translated_columns(folder: Path) -> dict[str, Any]:
    for split in ("train", "validation", "test"):
        pyarrow.parquet.write_table(pyarrow.table({"en": TEXTS, "de": TEXTS}), folder / f"{split}.parquet")
    return {"path": str(folder)}


def photographs(folder: Path) -> dict[str, Any]:
    image = pytest.importorskip("PIL.Image")
    image.new("RGB", (4, 3)).save(folder / "black.png")
    rows: dict[str, list[Any]] = {"image": [{"bytes": (folder / "black.png").read_bytes(), "path": None}]}
    rows |= {f"caption_{number}": [f"caption {number}"] for number in range(5)}
    for split in ("train", "validation", "test"):
        pyarrow.parquet.write_table(pyarrow.table(rows), folder / f"{split}.parquet")
    return {"path": str(folder), "size": 8}


def fixed(**params: Any) -> Callable[[Path], dict[str, Any]]:
    return lambda folder: params


def lines(column: str, folder_of: str) -> Callable[[Path], dict[str, Any]]:
    def write(folder: Path) -> dict[str, Any]:
        (folder / folder_of).mkdir()
        for split in ("train", "validation", "test"):
            pyarrow.parquet.write_table(
                pyarrow.table({column: [*TEXTS, ""]}), folder / folder_of / f"{split}-0.parquet"
            )
        return {"path": str(folder)}

    return write


def plain_text(**params: Any) -> Callable[[Path], dict[str, Any]]:
    def write(folder: Path) -> dict[str, Any]:
        (folder / "tiny.txt").write_text("\n\n".join(TEXTS))
        return {"path": str(folder), **params}

    return write


PARAMETERS: dict[str, list[Callable[[Path], dict[str, Any]]]] = {
    "adding": [fixed(length=10, train=100, validation=20, test=20)],
    "ag_news": [parquet("train", "test", classes=4)],
    "captions": [pictures],
    "conll": [columns],
    "conll2003": [tagged_parquet("ner_tags")],
    "conllu": [treebank],
    "copy_memory": [fixed(wait=5, train=100, validation=20, test=20)],
    "csv": [comma_separated],
    "digits": [fixed(), fixed(order="pixels"), fixed(order="permuted")],
    "dyck": [fixed(train=1000), fixed(kinds=3, depth=1, length=20, test_length=22, train=100, validation=20, test=20)],
    "emoji_names": [fixed(language="de"), fixed(language="ja", skin_tones=True)],
    "flickr8k": [photographs],
    "hkcancor": [fixed(), fixed(tags="full")],
    "imdb": [parquet("train", "test")],
    "intents": [fixed(language="en", per_template=3), fixed(language="fi", per_template=3)],
    "iwslt2017": [translations],
    "jsonl": [json_lines],
    "multi30k": [translated_columns],
    "opus_books": [translations],
    "parallel": [pairs],
    "parquet": [parquet("train")],
    "pronunciations": [phones],
    "ptb": [lines("sentence", "penn_treebank")],
    "recall": [fixed(train=1000, validation=100, test=100)],
    "slots": [fixed(language="en", per_template=3), fixed(language="fi", per_template=3)],
    "sst2": [parquet("train", "validation", text="sentence")],
    "text": [plain_text(), plain_text(unit="line"), plain_text(split="interleaved", test=0.0)],
    "text_files": [text_files],
    "transliteration": [fixed(language="ru"), fixed(language="zh")],
    "turku_ner": [tagged_parquet("ner_tags")],
    "universal_dependencies": [tagged_parquet("upos", treebank="en_ewt")],
    "wikitext103": [lines("text", "wikitext-103-v1")],
    "wikitext2": [lines("text", "wikitext-2-v1")],
}
"""What a data set is checked with, after writing its files; one that is not named here has its defaults."""

CASES = [(name, params) for name in registry.names("dataset") for params in PARAMETERS.get(name, [fixed()])]


@pytest.mark.parametrize(("name", "params"), CASES)
def test_dataset_keeps_its_contract(name: str, params: Callable[[Path], dict[str, Any]], tmp_path: Path) -> None:
    check_dataset(name, **params(tmp_path))


WRITTEN = [name for name in registry.names("dataset") if "bleu" in registry.find("dataset", name).load().info.metrics]
"""The data sets whose answers are texts that are compared by their n-grams."""


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_scored_with_bleu_is_scored_with_all_that_its_answers_allow(name: str) -> None:
    metrics = registry.find("dataset", name).load().info.metrics
    assert "chrf" in metrics
    # A summary and a reply are not expected to be the reference to the letter.
    assert "exact_match" in metrics or metrics[0] != "bleu"

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnbench.contracts import SPLITS, DataError, UsageError
from rnnbench.pipeline.inputs import encode_inputs, numbered
from rnnbench.plugins.datasets.captions import Captions
from rnnbench.plugins.tokenizers.none import NoText

Image = pytest.importorskip("PIL.Image")

NAMES = [f"{number:03}.png" for number in range(100)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    for number, name in enumerate(NAMES):
        Image.new("RGB", (6, 4), (number, 2 * number, 255)).save(tmp_path / "pictures" / name)
    return tmp_path


def captions(dataset: Captions, *splits: str) -> list[list[str]]:
    return [found for split in splits for found in dataset.load(split)["target"].to_pylist()]


def dump(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content))


def lines(path: Path, *found: str) -> None:
    path.write_text("".join(f"{line}\n" for line in found))


def test_json_lines_with_one_caption_or_several(folder: Path) -> None:
    rows: list[dict[str, Any]] = [{"image": name, "captions": [f"one {name}", f"two {name}"]} for name in NAMES[1:]]
    lines(folder / "captions.jsonl", *map(json.dumps, [*rows, {"image": "pictures/000.png", "captions": " single \n"}]))
    dataset = Captions(str(folder), size=8)
    found = captions(dataset, *SPLITS)
    assert len(found) == 100
    assert ["one 007.png", "two 007.png"] in found
    assert ["single"] in found
    assert len(dataset.sources()) == 101


def test_metadata_as_the_hub_has_it(folder: Path) -> None:
    lines(folder / "metadata.jsonl", *(json.dumps({"file_name": f"pictures/{n}", "text": f"one {n}"}) for n in NAMES))
    assert ["one 007.png"] in captions(Captions(str(folder), size=8), *SPLITS)


def test_vectors_computed_elsewhere_are_read_in_place_of_images(tmp_path: Path) -> None:
    lines(tmp_path / "captions.jsonl", *(json.dumps({"image": name, "captions": [f"one {name}"]}) for name in NAMES))
    arrays = {name: np.full((2, 3) if number % 2 else 3, number) for number, name in enumerate(NAMES)}
    np.savez(tmp_path / "resnet.npz", **arrays)
    dataset = Captions(str(tmp_path), vectors=str(tmp_path / "resnet.npz"))
    assert dataset.info.columns == ("vectors", "target")
    found = {
        answers[0]: vectors
        for split in SPLITS
        for vectors, answers in zip(*dataset.load(split).to_pydict().values(), strict=True)
    }
    assert found["one 004.png"] == [[4.0] * 3]
    assert found["one 007.png"] == [[7.0] * 3] * 2
    assert dataset.sources() == [tmp_path / "captions.jsonl", tmp_path / "resnet.npz"]
    lines(tmp_path / "captions.jsonl", json.dumps({"image": "04.png", "captions": ["one"]}))
    with pytest.raises(DataError, match=r"captions\.jsonl:1: .*resnet\.npz has no array called 04\.png"):
        Captions(str(tmp_path), vectors=str(tmp_path / "resnet.npz")).load("train")
    (tmp_path / "resnet.npz").write_bytes(b"PK nothing")
    with pytest.raises(DataError, match=r"resnet\.npz cannot be read .*; give a \.npz file"):
        Captions(str(tmp_path), vectors=str(tmp_path / "resnet.npz")).load("train")


def test_vectors_may_be_called_by_the_paths_of_their_images(tmp_path: Path) -> None:
    names = [f"img//{name}" for name in NAMES]
    lines(tmp_path / "captions.jsonl", *(json.dumps({"image": name, "captions": [name]}) for name in names))
    np.savez(tmp_path / "v.npz", **{name: np.float16([number, -0.5]) for number, name in enumerate(names)})
    dataset = Captions(str(tmp_path), vectors=str(tmp_path / "v.npz"))
    rows = [row for split in SPLITS for row in dataset.load(split).to_pylist()]
    assert {row["target"][0]: row["vectors"] for row in rows} == {n: [[float(k), -0.5]] for k, n in enumerate(names)}


def test_vectors_may_be_whole_numbers_of_any_size(tmp_path: Path) -> None:
    lines(tmp_path / "captions.jsonl", *(json.dumps({"image": name, "captions": "x"}) for name in NAMES))
    np.savez(tmp_path / "v.npz", **dict.fromkeys(NAMES, np.array([2**40 + 1, 3])))
    found = Captions(str(tmp_path), vectors=str(tmp_path / "v.npz")).load("test")["vectors"].to_pylist()
    assert found[0] == [[2.0**40, 3.0]]


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.array(["x", "y"]), r"v\.npz: the array 0\d\d\.png is of type <U1; expected numbers\."),
        (np.array([{}]), r"v\.npz: the array 0\d\d\.png cannot be read \(Object arrays .*\); write numbers"),
        (np.zeros((2, 2, 2)), r"the array 0\d\d\.png is of shape \(2, 2, 2\); expected \(D,\), or \(regions, D\)"),
    ],
)
def test_arrays_that_are_no_vectors_are_named(array: Any, sentence: str, tmp_path: Path) -> None:
    lines(tmp_path / "captions.jsonl", *(json.dumps({"image": name, "captions": "x"}) for name in NAMES))
    np.savez(tmp_path / "v.npz", **dict.fromkeys(NAMES, array))
    with pytest.raises(DataError, match=sentence):
        Captions(str(tmp_path), vectors=str(tmp_path / "v.npz")).load("train")


def test_a_file_that_holds_no_vectors_by_name_is_refused(tmp_path: Path) -> None:
    lines(tmp_path / "captions.jsonl", json.dumps({"image": "a.png", "captions": "x"}))
    np.save(tmp_path / "v.npy", np.zeros((3, 2)))
    with pytest.raises(DataError, match=r"v\.npy holds one array; give a \.npz file with one under the name of each"):
        Captions(str(tmp_path), vectors=str(tmp_path / "v.npy")).load("train")
    (tmp_path / "v.npz").touch()
    with pytest.raises(DataError, match=r"v\.npz cannot be read \(.*\); give a \.npz file"):
        Captions(str(tmp_path), vectors=str(tmp_path / "v.npz")).load("train")


def test_images_become_squares_in_rgb(folder: Path) -> None:
    Image.new("L", (40, 30), 128).save(folder / "grey.jpg")
    Image.new("RGBA", (3, 5), (10, 20, 30, 255)).save(folder / "alpha.png")
    for split, name in (("train", "grey.jpg"), ("dev", "alpha.png"), ("test", NAMES[0])):
        lines(folder / f"{split}.jsonl", json.dumps({"image": name, "captions": ["x"]}))
    dataset = Captions(str(folder), size=16)
    for split, colour in (("train", (128, 128, 128)), ("validation", (10, 20, 30)), ("test", (0, 0, 255))):
        (content,) = dataset.load(split)["image"].to_pylist()
        with Image.open(io.BytesIO(content)) as picture:
            assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (16, 16))
            assert picture.getpixel((8, 8)) == colour


def test_an_image_has_the_same_pixels_in_training_and_in_prediction(tmp_path: Path) -> None:
    upright, size = Image.radial_gradient("L").resize((90, 60)), 16
    upright.paste(0, (0, 0, 40, 20))
    see_through = upright.convert("RGBA")
    see_through.putalpha(Image.linear_gradient("L").resize((90, 60)))
    exif = Image.Exif()
    exif[0x0112] = 6
    pictures: dict[str, tuple[Any, dict[str, Any]]] = {
        "turned.jpg": (upright.convert("RGB").resize((900, 600)), {"exif": exif}),
        "turned.png": (upright.convert("RGB"), {"exif": exif}),
        "transparent.png": (see_through, {}),
        "transparent_grey.png": (see_through.convert("LA"), {}),
        "transparent_palette.png": (see_through.quantize(), {}),
        "sixteen_bits.png": (Image.fromarray(np.asarray(upright).astype(np.uint16) * 257), {}),
        "palette.gif": (upright.convert("RGB").quantize(), {}),
        "grey.png": (upright, {}),
    }
    for name, (picture, options) in pictures.items():
        picture.save(tmp_path / name, **options)
    for split in ("train", "dev", "test"):
        lines(tmp_path / f"{split}.jsonl", *(json.dumps({"image": name, "captions": "x"}) for name in pictures))
    dataset, nothing = Captions(str(tmp_path), size=size), NoText()
    table = dataset.load("train")["image"]
    trained = encode_inputs(dataset.info, table.to_pylist(), nothing, numbered("row"), 1).inputs
    files = [(tmp_path / name).read_bytes() for name in pictures]
    read = encode_inputs(dataset.info, files, nothing, numbered("input"), 1, shape=(3, size, size)).inputs
    for name, one, other in zip(pictures, trained, read, strict=True):
        assert np.array_equal(one, other), name


def test_flickr8k_with_its_lists_of_splits(folder: Path) -> None:
    lines(folder / "Flickr8k.token.txt", *(f"{name}#{n}\tCaption {n} of {name} ." for name in NAMES for n in range(5)))
    for split, start in (("train", 0), ("dev", 10), ("test", 20)):
        lines(folder / f"Flickr_8k.{split}Images.txt", *NAMES[start : start + 10])
    dataset = Captions(str(folder), size=8)
    assert [len(captions(dataset, split)) for split in SPLITS] == [10, 10, 10]
    assert captions(dataset, "validation")[0] == [f"Caption {n} of 010.png ." for n in range(5)]
    assert {file.name for file in dataset.sources()} >= {"Flickr_8k.devImages.txt", "Flickr8k.token.txt", "029.png"}


def test_captions_of_lemmas_are_no_captions(folder: Path) -> None:
    lines(folder / "Flickr8k.token.txt", *(f"{name}#0\tDogs are running ." for name in NAMES))
    lines(folder / "Flickr8k.lemma.token.txt", *(f"{name}#0\tdog be run ." for name in NAMES))
    dataset = Captions(str(folder), size=8)
    assert captions(dataset, *SPLITS) == [["Dogs are running ."]] * 100
    assert "Flickr8k.lemma.token.txt" not in {file.name for file in dataset.sources()}


def test_flickr_captions_without_lists_are_carved(folder: Path) -> None:
    lines(folder / "results.token", *(f"{name}#0\tA caption." for name in NAMES))
    assert len(captions(Captions(str(folder), size=8), *SPLITS)) == 100


def test_kaggle_columns(folder: Path) -> None:
    lines(folder / "captions.txt", "image,caption", *(f'{name},"A, quoted {n}"' for name in NAMES for n in range(2)))
    found = captions(Captions(str(folder), size=8), *SPLITS)
    assert found == [["A, quoted 0", "A, quoted 1"]] * 100


@pytest.mark.parametrize("head", [[], ["image,caption"], ["\ufeffImage_Name, caption"]])
def test_kaggle_columns_with_and_without_a_header(head: list[str], folder: Path) -> None:
    lines(folder / "captions.txt", *head, *(f"{name},One {name}" for name in NAMES))
    assert sorted(captions(Captions(str(folder), size=8), *SPLITS)) == [[f"One {name}"] for name in NAMES]


def test_coco_annotations(folder: Path) -> None:
    for split, names in (("train2017", NAMES[:80]), ("val2017", NAMES[80:])):
        images = [{"id": 7 * number, "file_name": name} for number, name in enumerate(names)]
        texts = [{"image_id": image["id"], "caption": f"{word} {image['id']}"} for word in "ab" for image in images]
        dump(folder / "annotations" / f"captions_{split}.json", {"images": images, "annotations": texts})
    dump(folder / "annotations" / "instances_train2017.json", {})
    dataset = Captions(str(folder), size=8)
    assert len(captions(dataset, "validation")) == 20
    assert len(captions(dataset, "train", "test")) == 80
    assert captions(dataset, "validation")[1] == ["a 7", "b 7"]


def coloured(path: Path, colour: tuple[int, int, int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), colour).save(path)


def first_colours(dataset: Captions, split: str) -> set[tuple[int, int, int]]:
    contents = dataset.load(split)["image"].to_pylist()
    return {Image.open(io.BytesIO(content)).getpixel((0, 0)) for content in contents}


@pytest.mark.parametrize("above", ["", "images"])
def test_images_of_one_name_are_told_apart_by_the_folder_of_their_split(above: str, tmp_path: Path) -> None:
    for split, colour in (("train2017", (255, 0, 0)), ("val2017", (0, 0, 255))):
        for number in range(30):
            coloured(tmp_path / above / split / f"{number}.png", colour)
        images = [{"id": number, "file_name": f"{number}.png"} for number in range(30)]
        texts = [{"image_id": number, "caption": "x"} for number in range(30)]
        dump(tmp_path / "annotations" / f"captions_{split}.json", {"images": images, "annotations": texts})
    dataset = Captions(str(tmp_path), size=8)
    assert first_colours(dataset, "train") == first_colours(dataset, "test") == {(255, 0, 0)}
    assert first_colours(dataset, "validation") == {(0, 0, 255)}


def test_images_of_one_name_are_told_apart_by_the_end_of_their_path(folder: Path) -> None:
    for name, colour in (("a", (255, 0, 0)), ("b", (0, 0, 255))):
        coloured(folder / "images" / name / "same.png", colour)
    coloured(folder / ".cache" / "a" / "same.png", (0, 0, 0))
    for split, path in (("train", "a/same.png"), ("dev", "b/same.png"), ("test", "images/a/same.png")):
        lines(folder / f"{split}.jsonl", json.dumps({"image": path, "captions": "x"}))
    dataset = Captions(str(folder), size=8)
    assert [first_colours(dataset, split) for split in SPLITS] == [{(255, 0, 0)}, {(0, 0, 255)}, {(255, 0, 0)}]
    lines(folder / "dev.jsonl", json.dumps({"image": "same.png", "captions": "x"}))
    several = r"dev\.jsonl:1: .* has several images same\.png \(images/a/same\.png, images/b/same\.png\); give the path"
    with pytest.raises(DataError, match=several):
        Captions(str(folder), size=8).load("train")


def test_splits_of_karpathy(folder: Path) -> None:
    kinds = ["train", "restval", "val", "test"]
    images = [
        {"filename": name, "split": kinds[number % 4], "sentences": [{"raw": f"{word} {name}"} for word in "abcde"]}
        for number, name in enumerate(NAMES)
    ]
    dump(folder / "dataset_coco.json", {"images": images, "dataset": "coco"})
    dataset = Captions(str(folder), size=8)
    assert [len(captions(dataset, split)) for split in SPLITS] == [50, 25, 25]
    assert captions(dataset, "test")[0] == [f"{word} 003.png" for word in "abcde"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "captions.jsonl",
            '{"image": "1000.png", "captions": ["x"]}',
            r"jsonl:1: there is no image 1000\.png.*Did you",
        ),
        ("captions.jsonl", '{"image": "000.png", "captions": []}', r"jsonl:1: the list of right answers is empty"),
        ("captions.jsonl", '{"image": "000.png", "captions": [" "]}', r"jsonl:1: the caption of 000\.png is ' '"),
        ("captions.jsonl", '{"file": "000.png"}', r"jsonl:1: expected one of the keys image, file_name, found file"),
        ("captions.jsonl", '{"image": "000.png", "caption": "a", "text": "b"}', r"jsonl:1: expected one of the keys c"),
        ("a.token", "000.png A caption", r"a\.token:1: expected NAME\.jpg#0, a tab"),
        ("captions.txt", "image,caption\n000.png,one, two\n", r"captions\.txt:2: .* found 3 columns"),
        ("captions.txt", "photo,text\n000.png,one\n", r"captions\.txt:1: there is no image photo"),
        ("captions.txt", '000.png,"one\n001.png,two\n', r"captions\.txt:2: not valid CSV \(.*\); double quotes"),
        ("captions.txt", '000.png,"one" more\n', r"captions\.txt:1: not valid CSV \(.*\); double quotes"),
        ("coco.json", "{", r"coco\.json: not valid JSON"),
        ("coco.json", '{"images": [], "annotations": [{"image_id": 1, "caption": "x"}]}', r"annotation 0: no image"),
        ("karpathy.json", '{"images": [{"split": "dev"}]}', r"image 0: the split is 'dev'; expected train"),
        ("captions.jsonl", '{"image": ["x"], "captions": "a"}', r"jsonl:1: the image is \['x'\]; expected the name of"),
        ("captions.jsonl", '{"image": null, "captions": "a"}', r"jsonl:1: the image is None; expected the name of its"),
        ("captions.jsonl", '{"image": "000.png", "captions": "a\\ud800"}', r"jsonl:1: half a surrogate pair"),
        ("captions.jsonl", '{"image": "\\udfff", "captions": "a"}', r"jsonl:1: half a surrogate pair"),
        ("captions.jsonl", json.dumps({"image": "x" * 300, "captions": "a"}), r"jsonl:1: there is no image xxx"),
        ("coco.json", '{"images": null, "annotations": []}', r"coco\.json: 'images' is null; expected a list"),
        ("coco.json", '{"images": [], "annotations": {}}', r"coco\.json: 'annotations' is \{\}; expected a list"),
        ("coco.json", '{"images": [{"id": [1], "file_name": ""}], "annotations": []}', r"image 0: 'id' is \[1\]; e"),
        ("coco.json", '{"images": [], "annotations": [{"image_id": {}}]}', r"annotation 0: 'image_id' is \{\}; exp"),
        ("karpathy.json", '{"images": [{"split": ["train"]}]}', r"image 0: the split is \['train'\]; expected train"),
        ("karpathy.json", '{"images": [{"split": "val", "sentences": 5}]}', r"image 0: 'sentences' is 5; expected a"),
        ("notes.md", "x", r"expected captions\.jsonl, captions\.txt or \*\.token\*"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(folder: Path, name: str, content: str, sentence: str) -> None:
    (folder / name).write_text(content)
    with pytest.raises(DataError, match=sentence):
        Captions(str(folder)).load("train")


def saved(kind: str) -> bytes:
    content = io.BytesIO()
    Image.linear_gradient("L").save(content, kind)
    return content.getvalue()


DAMAGED = {
    "empty": b"",
    "a text": b"no image",
    "a PNG cut short": saved("PNG")[:200],
    "a JPEG cut short": saved("JPEG")[:-50],
    "65,535 pixels wide and high": saved("GIF")[:6] + 4 * b"\xff" + saved("GIF")[10:],
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_images_that_cannot_be_decoded_are_named(folder: Path, damage: str) -> None:
    for name in NAMES:
        (folder / "pictures" / name).write_bytes(DAMAGED[damage])
    lines(folder / "captions.jsonl", *(json.dumps({"image": name, "captions": "x"}) for name in NAMES))
    with pytest.raises(
        DataError,
        match=r"captions\.jsonl:(\d+): .*pictures/0\d\d\.png is (no image that can|an image that cannot) be decoded",
    ) as error:
        Captions(str(folder)).load("train")
    named = re.search(r"jsonl:(\d+): .*/(\d+)\.png", str(error.value))
    assert named
    assert int(named[1]) == int(named[2]) + 1
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "first", "line"),
    [("a.token", 8, "{}#0\tA caption."), ("captions.txt", 9, "{},A caption.")],
)
def test_an_image_that_cannot_be_decoded_is_named_with_its_first_line(
    folder: Path, name: str, first: int, line: str
) -> None:
    head = ["image,caption"] if name == "captions.txt" else []
    lines(folder / name, *head, *(line.format(image) for image in [*NAMES, "007.png"]))
    (folder / "pictures" / "007.png").write_bytes(b"no image")
    dataset = Captions(str(folder), size=8)
    with pytest.raises(DataError, match=rf"{re.escape(name)}:{first}: .*007\.png is no image that can be"):
        captions(dataset, *SPLITS)


@pytest.mark.parametrize(("language", "tokenizer"), [("en", "word"), ("ja", "char"), ("fi", "word")])
def test_the_language_decides_how_captions_are_cut_up(language: str, tokenizer: str, tmp_path: Path) -> None:
    info = Captions(str(tmp_path), language=language).info
    assert (info.languages, info.tokenizer, info.modality) == ((language,), tokenizer, "image")


def test_sizes_outside_what_is_sensible_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"dataset\.size=2: expected a number from 8 to 1024"):
        Captions(str(tmp_path), size=2)
    with pytest.raises(DataError, match="does not exist"):
        Captions(str(tmp_path / "none")).load("train")

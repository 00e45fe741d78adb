"""The verbs that let a finished run write: generate, translate, caption; and predict for every kind of input."""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rnnbench.cli.main import command
from rnnbench.cli.translate import load_searching
from rnnbench.contracts import UsageError
from tests.cli.test_run import Done, rnnbench

SMALL = [
    "model.hidden_size=12",
    "model.embedding_size=8",
    "training.max_epochs=2",
    "evaluate.throughput=false",
    "cell=gru",
]


def trained(folder: Path, *words: str) -> Done:
    done = rnnbench("run", *words, *SMALL, cwd=folder)
    assert done.returncode == 0, done.stderr + done.stdout
    return done


def run_of(folder: Path) -> str:
    return next(folder.glob("runs/*/record.json")).parent.name


@pytest.fixture(scope="module")
def language_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lm")
    (folder / "rhyme.txt").write_text("the cat sat on the mat. the rat sat on the hat.\n" * 40)
    trained(folder, "dataset=text", f"dataset.path={folder}/rhyme.txt", "training.batch_size=4", "training.bptt=16")
    return folder


@pytest.fixture(scope="module")
def transducer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs")
    words = ["".join(random.Random(seed).choices("abcd", k=1 + seed % 4)) for seed in range(300)]
    (folder / "pairs.tsv").write_text("".join(f"{word}\t{word.upper()}\n" for word in dict.fromkeys(words)))
    trained(
        folder,
        "dataset=parallel",
        f"dataset.path={folder}/pairs.tsv",
        "tokenizer=char",
        "tokenizer@target_tokenizer=char",
        "head.beam_size=6",
    )
    return folder


@pytest.fixture(scope="module")
def captioner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    lines = []
    for number in range(40):
        shade = number * 6
        Image.new("L", (9, 9), shade).save(folder / f"{number}.png")
        lines.append(json.dumps({"image": f"{number}.png", "captions": ["dark" if shade < 120 else "bright"]}))
    (folder / "captions.jsonl").write_text("\n".join(lines))
    trained(folder, "dataset=captions", f"dataset.path={folder}", "dataset.size=16")
    return folder


def test_a_language_model_writes_on_from_a_prompt(language_model: Path) -> None:
    words = ["generate", run_of(language_model), "--prompt", "the c", "--length", "30", "--seed", "7"]
    done = rnnbench(*words, cwd=language_model)
    assert done.returncode == 0
    assert done.stdout.startswith("the c")
    assert 20 < len(done.stdout) <= 36
    assert rnnbench(*words, cwd=language_model).stdout == done.stdout
    other = rnnbench(*words[:-1], "8", cwd=language_model)
    assert other.stdout != done.stdout


def test_a_higher_temperature_is_called_bolder(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command(["generate", "--help"])
    assert "above 1 bolder, below 1 safer" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--prompt", "the ß"], "the prompt has 'ß', which the training text never showed"),
        (["--temperature", "-1"], "temperature=-1.0: expected a number from 0 to 1000."),
        (["--temperature", "inf"], "temperature=inf: expected a number from 0 to 1000."),
        (["--temperature", "nan"], "temperature=nan: expected a number from 0 to 1000."),
        (["--top-p", "2"], "top_p=2.0: expected a number from 0 to 1."),
        (["--top-k", "0"], "top_k=0: expected a number at least 1."),
        (["--seed", "99999999999999999999"], "seed=99999999999999999999: expected a number from 0 to "),
    ],
)
def test_a_prompt_or_number_that_cannot_be_is_one_sentence(
    words: list[str], message: str, language_model: Path
) -> None:
    done = rnnbench("generate", run_of(language_model), *words, cwd=language_model)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stdout == ""


def test_texts_are_translated_from_words_and_from_lines(transducer: Path) -> None:
    run = run_of(transducer)
    one = rnnbench("translate", run, "abc", cwd=transducer)
    assert one.returncode == 0
    assert len(one.stdout.splitlines()) == 1
    lines = rnnbench("translate", run, "--file", "-", cwd=transducer, stdin="abc\nd\n")
    assert lines.stdout.splitlines()[0] == one.stdout.strip()
    best = rnnbench("translate", run, "abc", "--n-best", "3", "--json", cwd=transducer)
    found = json.loads(best.stdout)["found"]
    assert len(found) == 3
    assert found[0]["score"] >= found[1]["score"] >= found[2]["score"]


def test_a_text_that_is_cut_off_is_told(transducer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut = {"text": "aaa", "log_probability": -1.0, "score": -1.0, "finished": False}
    monkeypatch.setattr("rnnbench.pipeline.predictor.Predictor.write", lambda self, inputs, *_, **__: [[cut]])
    done = rnnbench("translate", run_of(transducer), "abc", cwd=transducer)
    assert done.stdout == "aaa\n"
    assert done.stderr == "rnnbench: input 1: what is written for it was cut off at the run's head.max_length.\n"


def test_the_attention_of_a_text_is_a_picture(transducer: Path) -> None:
    done = rnnbench("translate", run_of(transducer), "abcd", "--attention", "map.png", cwd=transducer)
    assert done.returncode == 0, done.stderr
    with Image.open(transducer / "map.png") as picture:
        assert picture.format == "PNG"


def test_a_picture_of_no_known_kind_is_refused_before_the_run_is_looked_for() -> None:
    for words in (["translate", "none", "abcd", "--attention"], ["caption", "none", "3.png", "--sheet"]):
        with pytest.raises(UsageError, match=r"map\.gif: a picture's name ends in"):
            command([*words, "map.gif"])


@pytest.mark.parametrize(("n_best", "beam", "followed"), [(2, None, 6), (8, None, 8), (2, 3, 3)])
def test_as_many_texts_are_followed_as_the_run_does_and_as_are_asked_for(
    n_best: int, beam: int | None, followed: int, transducer: Path
) -> None:
    run = str(transducer / "runs" / run_of(transducer))
    arguments = argparse.Namespace(run=run, n_best=n_best, beam=beam, length_penalty=None)
    load_searching(arguments)
    assert arguments.beam == followed


def test_more_texts_than_the_beam_follows_are_refused(transducer: Path) -> None:
    done = rnnbench("translate", run_of(transducer), "a", "--beam", "2", "--n-best", "5", cwd=transducer)
    assert done.returncode == 2
    assert "--n-best 5 is more than --beam 2 follows" in done.stderr


def test_images_are_captioned_with_a_contact_sheet(captioner: Path) -> None:
    done = rnnbench("caption", run_of(captioner), "3.png", "39.png", "--sheet", "sheet.png", cwd=captioner)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2
    with Image.open(captioner / "sheet.png") as picture:
        assert picture.format == "PNG"
    predicted = rnnbench("predict", run_of(captioner), "3.png", cwd=captioner)
    assert predicted.stdout == f"{done.stdout.splitlines()[0]}\t3.png\n"


def test_an_image_that_cannot_be_decoded_is_named_and_loses_no_caption(captioner: Path) -> None:
    (captioner / "broken.jpg").write_text("no image")
    words = [run_of(captioner), "3.png", "broken.jpg", "39.png"]
    done = rnnbench("caption", *words, "--sheet", "readable.png", cwd=captioner)
    assert done.returncode == 1
    assert "input 2 (broken.jpg) is no image that can be decoded" in done.stderr
    assert "1 of 3 inputs could not be read" in done.stderr
    right = rnnbench("caption", run_of(captioner), "3.png", "39.png", "--sheet", "both.png", cwd=captioner)
    first, last = right.stdout.splitlines()
    assert done.stdout.splitlines() == [first, "", last]
    assert (captioner / "readable.png").read_bytes() == (captioner / "both.png").read_bytes()
    found = rnnbench("caption", *words, "--json", cwd=captioner)
    assert [sorted(json.loads(line)) for line in found.stdout.splitlines()] == [
        ["found", "image"],
        ["error", "image"],
        ["found", "image"],
    ]
    none = rnnbench("caption", run_of(captioner), "broken.jpg", "--sheet", "none.png", cwd=captioner)
    assert none.returncode == 1
    assert "1 of 1 inputs could not be read" in none.stderr
    assert not (captioner / "none.png").exists()


def test_damage_of_every_kind_is_one_line_with_the_files_name(captioner: Path) -> None:
    gradient = Image.linear_gradient("L")
    for kind in ("png", "jpeg", "gif"):
        gradient.save(captioner / f"whole.{kind}")
    png, jpeg, gif = ((captioner / f"whole.{kind}").read_bytes() for kind in ("png", "jpeg", "gif"))
    damaged = {
        "empty.png": b"",
        "text.png": b"image,caption\n",
        "short.png": png[:200],
        "short.jpg": jpeg[:-50],
        "huge.gif": gif[:6] + 4 * b"\xff" + gif[10:],
    }
    for name, content in damaged.items():
        (captioner / name).write_bytes(content)
    (captioner / "list.txt").write_text("".join(f"{name}\n" for name in damaged))
    done = rnnbench("caption", run_of(captioner), "--file", "list.txt", cwd=captioner)
    assert done.returncode == 1
    said = done.stderr.splitlines()
    for line, name, sentence in zip(range(1, 6), damaged, said, strict=False):
        assert re.match(rf"rnnbench: list\.txt:{line} \({re.escape(name)}\) is .*be decoded.*\.$", sentence)
    assert said[5:] == ["rnnbench: 5 of 5 inputs could not be read; fix what is named above."]


@pytest.mark.parametrize(
    ("verb", "words", "stdin", "message"),
    [
        ("predict", ["abc", "", "d"], "", "input 2 is a text without a token"),
        ("predict", ["--file", "-"], "abc\n\nd\n", "-:2 is a text without a token"),
        ("predict", ["--json-in"], '"abc"\n{"wrods": []}\n"d"\n', "-:2: an object with wrods; it needs text or"),
        ("translate", ["--file", "-"], "abc\n\nd\n", "-:2 is a text without a token"),
        ("translate", ["--file", "lines.txt"], "", "lines.txt:2 is a text without a token"),
        ("translate", ["--json-in"], '"abc"\n\n{"text": "d"}\n', "-:2: no JSON"),
        ("translate", ["--file", "latin.txt"], "", "latin.txt:2: not UTF-8"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_line_that_cannot_be_read_is_named_and_has_its_place_among_the_others(
    as_json: bool, verb: str, words: list[str], stdin: str, message: str, transducer: Path
) -> None:
    (transducer / "lines.txt").write_text("abc\n\nd\n")
    (transducer / "latin.txt").write_bytes("abc\nä\nd\n".encode("latin-1"))
    form = ["--json"] if as_json else []
    done = rnnbench(verb, run_of(transducer), *words, *form, cwd=transducer, stdin=stdin)
    assert done.returncode == 1
    assert done.stderr.count(message) == 1
    assert "rnnbench: 1 of 3 inputs could not be read" in done.stderr
    right = rnnbench(verb, run_of(transducer), "abc", "d", *form, cwd=transducer).stdout.splitlines()
    found = done.stdout.splitlines()
    assert [found[0], found[2]] == right
    assert len(found) == 3
    if as_json:
        assert message in json.loads(found[1])["error"]
    else:
        assert found[1] == ""


def test_as_many_lines_are_left_empty_as_an_answer_has(transducer: Path) -> None:
    done = rnnbench("translate", run_of(transducer), "", "d", "--n-best", "3", cwd=transducer)
    assert [bool(line) for line in done.stdout.splitlines()] == [False] * 3 + [True] * 3


@pytest.mark.parametrize("verb", ["predict", "translate", "caption"])
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--file", "none.txt"], "--file none.txt: there is no such file"),
        (["--file", "none.txt", "abc"], "give inputs or --file, not both"),
    ],
)
def test_inputs_that_are_not_there_are_a_mistake_of_the_command(words: list[str], message: str, verb: str) -> None:
    with pytest.raises(UsageError, match=message):
        command([verb, "run", *words])


@pytest.mark.parametrize("verb", ["predict", "translate"])
def test_a_text_without_a_known_token_is_named(verb: str, transducer: Path) -> None:
    done = rnnbench(verb, run_of(transducer), "--file", "-", cwd=transducer, stdin="abc\nxy yx\nax\n")
    assert done.returncode == 0
    (said,) = done.stderr.splitlines()
    assert said.startswith("rnnbench: -:2: the training texts showed nothing of 'xy yx' (x, y); what")
    assert len(done.stdout.splitlines()) == 3


def test_a_label_of_a_text_without_a_known_character_is_a_guess(tmp_path: Path) -> None:
    trained(tmp_path, "dataset=bites", "tokenizer=char")
    done = rnnbench("predict", run_of(tmp_path), "日本", "dog bites man", cwd=tmp_path)
    assert done.returncode == 0
    (said,) = done.stderr.splitlines()
    assert said.endswith("showed nothing of '日本' (日, 本); the label it gets is a guess.")
    assert len(done.stdout.splitlines()) == 2


def test_json_lines_are_translated_by_what_they_say(transducer: Path) -> None:
    stdin = '"abc"\n{"text": "d", "image": "x.png"}\n'
    done = rnnbench("translate", run_of(transducer), "--json-in", "--json", cwd=transducer, stdin=stdin)
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == ["abc", "d"]
    word = rnnbench("translate", run_of(transducer), "--json-in", '{"text": "d"}', "--json", cwd=transducer)
    assert word.stdout.splitlines() == done.stdout.splitlines()[1:]


def test_vectors_are_captioned_from_json(tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(40)]
    rows = ({"image": name, "captions": ["dark" if number < 20 else "bright"]} for number, name in enumerate(names))
    (tmp_path / "captions.jsonl").write_text("\n".join(map(json.dumps, rows)))
    np.savez(tmp_path / "v.npz", **{name: np.full(3, number / 40) for number, name in enumerate(names)})
    trained(tmp_path, "dataset=captions", f"dataset.path={tmp_path}", f"dataset.vectors={tmp_path}/v.npz")
    stdin = '[[0.1, 0.1, 0.1]]\n[[0.1]]\n{"image": "3.png", "vectors": [[0.9, 0.9, 0.9]]}\n'
    done = rnnbench("caption", run_of(tmp_path), "--json-in", "--json", cwd=tmp_path, stdin=stdin)
    assert done.returncode == 1
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["vectors"] for row in rows] == [[[0.1] * 3], [[0.1]], [[0.9] * 3]]
    assert "-:2 is not a list of vectors of 3 numbers" in rows[1]["error"]
    assert all(row["found"] for row in (rows[0], rows[2]))
    sheet = rnnbench("caption", run_of(tmp_path), "--json-in", "[[1, 1, 1]]", "--sheet", "s.png", cwd=tmp_path)
    assert sheet.returncode == 2
    assert "--sheet shows images, and this run reads vectors" in sheet.stderr


def test_a_file_is_translated_as_its_lines_are(transducer: Path) -> None:
    run = run_of(transducer)
    (transducer / "texts.txt").write_text("abc\nd\nbbca\n")
    together = rnnbench("translate", run, "--file", "texts.txt", "--n-best", "2", cwd=transducer)
    assert together.stdout == rnnbench("translate", run, "abc", "d", "bbca", "--n-best", "2", cwd=transducer).stdout


def test_a_verb_says_which_runs_it_is_for(transducer: Path) -> None:
    done = rnnbench("generate", run_of(transducer), cwd=transducer)
    assert done.returncode == 1
    assert "this run's head is seq2seq, and this needs one that predicts what comes next: lm" in done.stderr


@pytest.mark.parametrize("verb", ["predict", "translate"])
def test_a_run_with_the_vocabulary_of_another_is_a_mistake_of_the_command(
    verb: str, transducer: Path, language_model: Path, tmp_path: Path
) -> None:
    shutil.copytree(transducer / "runs" / run_of(transducer), tmp_path / "mixed")
    shutil.copy(language_model / "runs" / run_of(language_model) / "tokenizers.json", tmp_path / "mixed")
    done = rnnbench(verb, "mixed", "abc", cwd=tmp_path)
    assert done.returncode == 2
    assert "mixed/tokenizers.json has the vocabulary of another run" in done.stderr


def test_predict_reads_json_lines(transducer: Path) -> None:
    stdin = '"abc"\n{"text": "d", "other": 1}\n'
    done = rnnbench("predict", run_of(transducer), "--json-in", "--json", cwd=transducer, stdin=stdin)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["text"] for row in rows] == ["abc", "d"]
    assert all("prediction" in row for row in rows)


@pytest.mark.parametrize(
    ("stdin", "message"),
    [
        ("{\n", "-:1: no JSON"),
        ('{"words": "x"}\n["a"]\n', "-:2 is \"['a']\"; this run reads a text."),
        ('{"a": 1}\n', "-:1: an"),
    ],
)
def test_what_is_no_input_is_told_with_its_line(stdin: str, message: str, transducer: Path) -> None:
    done = rnnbench("predict", run_of(transducer), "--json-in", cwd=transducer, stdin=stdin)
    assert done.returncode == 1
    assert message in done.stderr

"""The words of a command line become cases, and every mistake in them is told in a sentence."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rnnbench.contracts import UsageError
from rnnbench.throughput.case import Case, Shape
from rnnbench.throughput.request import read_request
from rnnbench.throughput.suites import DEEPBENCH, LONGEST, deepbench

MISTAKES = [
    ("cel=gru", r"no key cel\. Did you mean cell\?"),
    ("cell=lsmt", r"no cell of that name\. Did you mean lstm"),
    ("backend=fusde", r"backend=fusde: .*Did you mean fused\?"),
    ("mode=tain", r"mode=tain: .*Did you mean train\?"),
    ("shape=8x8", r"shape=8x8: expected sequences x steps x hidden size"),
    ("shape=8x0x8", r"shape=8x0x8: expected"),
    ("threads=0", r"threads=0: expected a whole number of at least 1"),
    ("seconds=soon", r"seconds=soon: expected a number above 0"),
    ("suite=grit", r"Did you mean grid\?"),
    ("lengths=uneven", r"lengths=uneven: expected full, uniform"),
    ("gru", r"gru: expected key=value"),
    ("cell.activation=relu", r"cell gru has no parameter activation"),
]


@pytest.mark.parametrize(("word", "sentence"), MISTAKES)
def test_a_mistaken_word_is_told_in_a_sentence(word: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        read_request([word])


def test_a_value_of_the_wrong_kind_for_a_cell_is_told() -> None:
    with pytest.raises(UsageError, match=r"cell\.activation=sine: .*tanh"):
        read_request(["cell=rnn", "cell.activation=sine"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["shape=1x1x8", "suite=grid"], "give one of them"),
        (["mode=decode", "lengths=uniform"], "knows no lengths"),
        (["shape=1x1x8", "shape=1x1x9"], "shape was given before"),
        (["suite=small,grid"], "one value each"),
        (["suite=deepbench", "mode=decode"], "no problem of these cells"),
    ],
)
def test_words_that_do_not_go_together_are_told(words: list[str], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        read_request(words)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(UsageError) as error:
        read_request(["cel=gru", "mode=tain", "shape=1"])
    assert len(str(error.value).splitlines()) == 3


def test_every_combination_of_the_values_is_a_case() -> None:
    request = read_request(
        ["cell=rnn,gru", "shape=2x3x4,5x6x7", "mode=train,inference", "threads=1,2", "backend=fused"]
    )
    assert len(set(map(str, request.cases))) == len(request.cases) == 2**4
    assert request.cases[0] == Case("rnn", Shape(2, 3, 4), "train", threads=1)
    assert request.backends == ("fused",)


def test_parameters_of_a_cell_have_the_type_of_its_signature() -> None:
    (case,) = read_request(["cell=lstm", "cell.forget_bias=1", "shape=1x1x8", "mode=train"]).cases
    assert case.params == {"forget_bias": 1.0}
    assert isinstance(case.params["forget_bias"], float)


def test_the_grid_has_every_size() -> None:
    request = read_request(["suite=grid", "cell=gru", "mode=train"])
    assert len(request.cases) == 4 * 2 * 4


def test_deepbench_leaves_out_what_takes_too_long() -> None:
    assert Shape(64, 25, 512) in deepbench("train", "lstm")
    assert Shape(32, 1500, 2816) not in deepbench("train", "gru")
    assert deepbench("train", "mgu") == deepbench("decode", "gru") == []
    shapes = [shape for problems in DEEPBENCH.values() for problem in problems for shape in problem.shapes()]
    assert all(4 * shape.hidden_size**2 * shape.batch * shape.steps <= LONGEST * 1e9 for shape in shapes)


def test_deepbench_is_counted_as_its_authors_count() -> None:
    assert sum(len(problem.batches) for problem in DEEPBENCH["train"]) == 53
    # 69 for servers, and the two vanilla cells of the three for devices; the third is among the servers'.
    assert sum(len(problem.batches) for problem in DEEPBENCH["inference"]) == 69 + 2


def test_a_request_is_read_without_torch() -> None:
    script = (
        "import sys; from rnnbench.throughput.request import read_request; "
        "read_request(['cell=gru']); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_cells_of_one_shape_are_measured_one_after_the_other() -> None:
    request = read_request(["cell=rnn,gru", "shape=2x3x4,5x6x7", "mode=train,inference", "backend=fused"])
    measured = [request.cases[place] for place in request.order]
    assert [case.cell for case in measured] == ["rnn", "gru"] * 4
    assert [(case.mode, str(case.shape)) for case in measured[::2]] == [
        (mode, shape) for mode in ("train", "inference") for shape in ("2x3x4", "5x6x7")
    ]
    assert [case.cell for case in request.cases] == ["rnn"] * 4 + ["gru"] * 4

"""Spoken Cantonese and its parts of speech."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Literal

from rnnbench.contracts import SPLITS, DataError, TaskInfo

from . import _packages
from ._splits import apportion, without_repeats
from ._tagged import PLAIN, Declaration, Sentence, Tagged

_PACKAGE = "pycantonese"


class HKCanCor(Tagged):
    """The Hong Kong Cantonese Corpus: 16,000 utterances of talks and radio programmes, from the package pycantonese.

    `tags` are each tag's first letter in lower case, 34 with those of punctuation (Ng, a bound noun, is n; xn, a
    foreign one, is x), or the full ones, of which there are 102. A tenth of the tapes is for test, another for
    validation; what was said in train just so is left out of them, and what was said in validation out of test.
    """

    info = Declaration(
        replace(
            PLAIN,
            languages=("yue",),
            licence="CC-BY-4.0",
            homepage="https://github.com/fcbond/hkcancor",
            citation="Luke and Wong 2015, The Hong Kong Cantonese Corpus: Design and Uses, "
            "Journal of Chinese Linguistics Monograph Series 25",
        )
    )
    offline = True

    def __init__(self, tags: Literal["letter", "full"] = "letter") -> None:
        self._full = tags == "full"
        self._revision = _packages.revision(_PACKAGE, "pos")

    def sources(self) -> Sequence[Path]:
        """Return the recordings' transcripts."""
        folder = _packages.folder(_PACKAGE, _PACKAGE, "pos") / "data" / "hkcancor"
        files = sorted(folder.glob("*.cha"))
        if not files:
            raise DataError(f"{folder} has no transcripts (*.cha); install pycantonese 5: pip install 'rnnbench[pos]'.")
        return files

    def _facts(self) -> TaskInfo:
        return replace(type(self).info, revision=self._revision)

    @cached_property
    def _splits(self) -> Mapping[str, Sequence[Sentence]]:
        files = self.sources()
        split = apportion({_tape(file) for file in files})
        splits: dict[str, list[Sentence]] = {name: [] for name in SPLITS}
        for file in files:
            splits[split[_tape(file)]].extend(self._read(file))
        return without_repeats(splits, lambda sentence: sentence.words)

    def _read(self, file: Path) -> Iterator[Sentence]:
        # A tier that is too long for one line goes on in the next, after a tab.
        tiers = file.read_text("utf-8").replace("\n\t", " ").splitlines()
        for spoken, analysed in pairwise(tiers):
            if spoken.startswith("*"):
                words, analyses = spoken.split()[1:], analysed.split()[1:]
                if not analysed.startswith("%mor:") or len(words) != len(analyses):
                    raise DataError(f"{file}: {spoken!r} has no analysis for each word; install pycantonese 5 again.")
                tags = [analysis.partition("|")[0] for analysis in analyses]
                yield Sentence(tuple(words), tuple(tags if self._full else [tag[0].lower() for tag in tags]))


def _tape(file: Path) -> str:
    """Return the tape that a recording is from: FC-005 for FC-005a_v2."""
    match = re.match(r"\w+-\d+", file.stem)
    return match[0] if match else file.stem

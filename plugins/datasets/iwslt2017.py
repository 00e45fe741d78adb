"""Talks and their translations."""

from __future__ import annotations

from itertools import permutations

from rnnbench.contracts import TaskInfo, UsageError

from ._translations import Translations

_OF_ENGLISH = ("ar", "de", "fr", "ja", "ko", "zh")
_AMONG_EACH_OTHER = ("en", "it", "nl", "ro")
_PAIRS = {
    *((language, "en") for language in _OF_ENGLISH),
    *(("en", language) for language in _OF_ENGLISH),
    *permutations(_AMONG_EACH_OTHER, 2),
}


class IWSLT2017(Translations):
    """Subtitles of TED talks, about 200,000 sentences for each pair of languages, with the tests of IWSLT 2017.

    English with ar, de, fr, ja, ko or zh, and en, it, nl and ro among each other. `revision` is a branch or commit of
    IWSLT/iwslt2017 with Parquet files (null: the branch that the Hub makes), `path` a folder with a copy of them.
    """

    info = TaskInfo(
        "transduction",
        "word",
        ("bleu", "chrf", "exact_match"),
        target_tokenizer="word",
        languages=("de", "en"),
        licence="CC-BY-NC-ND-4.0",
        homepage="https://huggingface.co/datasets/IWSLT/iwslt2017",
        citation="Cettolo et al. 2017, Overview of the IWSLT 2017 Evaluation Campaign, IWSLT",
    )
    repository = "IWSLT/iwslt2017"

    def __init__(
        self, source: str = "de", target: str = "en", revision: str | None = None, path: str | None = None
    ) -> None:
        super().__init__(source, target, revision, path)
        if (source, target) not in _PAIRS:
            raise UsageError(
                f"dataset.source={source} dataset.target={target}: IWSLT 2017 has English with "
                f"{', '.join(_OF_ENGLISH)}, and {', '.join(_AMONG_EACH_OTHER)} among each other."
            )
        self.folder = f"iwslt2017-{source}-{target}"

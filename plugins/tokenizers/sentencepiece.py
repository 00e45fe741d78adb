"""The subword tokenizer."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import sentencepiece

from rnnbench.catalog.files import cache_folder, read_with_digest, write_with_digest
from rnnbench.contracts import DataError, Text, Tokenizer, UsageError

from ._sentence import spans

_BOUNDARY = "\N{LOWER ONE EIGHTH BLOCK}"
"""What SentencePiece writes for a space."""

_LINE = "\N{SYMBOL FOR NEWLINE}"
"""The piece for a line break, where training shows one."""

_REMEMBERED = 2**17
"""Most words whose ids are kept: asking the library for each word anew takes several times as long."""


class SentencePiece(Tokenizer):
    """Subwords learned with SentencePiece (Kudo and Richardson 2018): unigram or byte-pair encoding.

    `size` is the largest vocabulary; little text gives a smaller one. Rare characters are spelled in bytes, so that
    none is unknown. White space is one space, but line breaks are kept where training shows any. Trained models are
    kept in the cache folder `sentencepiece`.
    """

    def __init__(self, model_type: Literal["bpe", "unigram"] = "unigram", size: int = 8000) -> None:
        self._options: dict[str, Any] = {
            "model_type": model_type,
            "vocab_size": size,
            "hard_vocab_limit": False,
            "byte_fallback": True,
            "normalization_rule_name": "identity",
            "unk_surface": f" {self.specials[self.unk_id]} ",
            "pad_id": self.pad_id,
            "unk_id": self.unk_id,
            "bos_id": self.bos_id,
            "eos_id": self.eos_id,
            # By default sentences above 4192 bytes are left out.
            "max_sentence_length": 2**30,
            "num_threads": 1,
            "minloglevel": 2,
        }
        self._model = b""
        self._processor: Any = None

    def _adopt(self, model: bytes) -> None:
        self._model = model
        self._processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        line = self._processor.piece_to_id(_LINE)
        self._line_id: int | None = None if line == self.unk_id else line
        self._known: dict[str, list[int]] = {} if self._line_id is None else {_LINE: [self._line_id]}

    def fit(self, texts: Iterable[Text]) -> None:
        """Train a model, or take it from the cache if the same one has been trained before.

        Raises `UsageError` if `size` is smaller than the alphabet, `DataError` if there is no text.
        """
        joined = [text if isinstance(text, str) else " ".join(text) for text in texts]
        sentences = [" ".join(self._chunks(text)) for text in joined]
        options = self._options
        if any("\n" in text for text in joined):
            options = {**options, "user_defined_symbols": [_LINE]}
        file = cache_folder("sentencepiece") / f"{_key(sentences, options)}.model"
        if not file.exists():
            write_with_digest(file, self._train(sentences, options))
        self._adopt(_read(file))

    def _train(self, sentences: Sequence[str], options: dict[str, Any]) -> bytes:
        if not any(sentences):
            raise DataError("tokenizer=sentencepiece was given no text to learn from; the training split is empty.")
        model = io.BytesIO()
        try:
            sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(sentences), model_writer=model, **options)
        except RuntimeError as error:
            required = re.search(r"smaller than required_chars\. \d+ vs (\d+)", str(error))
            if required is None:
                raise
            raise UsageError(
                f"tokenizer.size={options['vocab_size']} is smaller than the alphabet of this text; "
                f"give at least {required[1]}."
            ) from error
        return model.getvalue()

    @property
    def vocab_size(self) -> int:
        """The number of subwords, bytes and special ids."""
        return int(self._processor.get_piece_size())

    def _chunks(self, text: str, line: str = " ") -> list[str]:
        """Return the text's words between white space, in the form that `decode` gives back, and `line` for breaks."""
        text = unicodedata.normalize("NFC", text.encode("utf-8", errors="replace").decode())
        return text.replace(_BOUNDARY, " ").replace(_LINE, " ").replace("\n", line).split()

    def encode(self, text: Text) -> list[int]:
        """Return the ids of the text's subwords."""
        if not isinstance(text, str):
            return self.align(text)[0]
        line = " " if self._line_id is None else f" {_LINE} "
        return [index for chunk in self._chunks(text, line) for index in self._subwords(chunk)]

    def _subwords(self, chunk: str) -> list[int]:
        """Return the ids of a word; alone, so that a word is cut the same in every sentence, and remembered."""
        ids = self._known.get(chunk)
        if ids is None:
            ids = [self.unk_id] if chunk == self.specials[self.unk_id] else self._processor.encode(chunk)
            if len(self._known) < _REMEMBERED:
                self._known[chunk] = ids
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of the subwords."""
        lines: list[list[int]] = [[]]
        for index in map(int, ids):
            if index == self._line_id:
                lines.append([])
            elif index not in (self.pad_id, self.bos_id, self.eos_id):
                lines[-1].append(index)
        return "\n".join(" ".join(self._processor.decode(line).split()) for line in lines)

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Return each id's subword, with ▁ for the space before a word."""
        return [self._processor.id_to_piece(int(index)) for index in ids]

    def align(self, words: Sequence[str]) -> tuple[list[int], list[tuple[int, int]]]:
        """Return the ids of the words and their spans; an empty word is one `unk`."""
        encoded = [self.encode(word) or [self.unk_id] for word in words]
        return [index for ids in encoded for index in ids], spans([len(ids) for ids in encoded])

    def state(self) -> dict[str, Any]:
        """Return the model in base 64."""
        return {"model": base64.b64encode(self._model).decode()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the model."""
        self._adopt(base64.b64decode(state["model"]))


def _key(sentences: Sequence[str], options: dict[str, Any]) -> str:
    digest = hashlib.blake2b(json.dumps([sentencepiece.__version__, options]).encode(), digest_size=16)
    for sentence in sentences:
        digest.update(b"\n" + sentence.encode())
    return digest.hexdigest()


def _read(file: Path) -> bytes:
    """Return a model from the cache; raises `DataError` if the file is damaged."""
    try:
        return read_with_digest(file)
    except ValueError as error:
        raise DataError(f"the cached SentencePiece model {file} is damaged; delete it.") from error

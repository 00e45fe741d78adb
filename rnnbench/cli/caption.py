"""`rnnbench caption`: what is on images."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rnnbench.cli.inputs import as_usage, read_words
from rnnbench.cli.translate import add_search, found_in, load_searching, print_found


def main(words: Sequence[str]) -> int:
    """Print a caption for each image."""
    parser = argparse.ArgumentParser("rnnbench caption", description="What a captioning run sees on images.")
    add_search(parser)
    parser.add_argument("images", nargs="+", help="image files")
    parser.add_argument("--sheet", metavar="PNG", help="a contact sheet of the images with their captions")
    arguments = parser.parse_intermixed_args(words)
    predictor = load_searching(arguments)
    given = list(read_words(arguments.images))
    captions = []
    with as_usage():
        for (_, image), found in zip(given, found_in(predictor, given, arguments), strict=True):
            print_found(image, found, "image", arguments)
            captions.append(found[0]["text"])
    if arguments.sheet:
        _draw(arguments.images, captions, Path(arguments.sheet))
    return 0


def _draw(images: Sequence[str], captions: Sequence[str], path: Path) -> None:
    from rnnbench.report.pictures import contact_sheet

    unknown: list[list[str]] = [[] for _ in captions]
    contact_sheet([Path(image).read_bytes() for image in images], captions, unknown, path)

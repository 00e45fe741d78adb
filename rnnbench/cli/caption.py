"""`rnnbench caption`: what is on images."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rnnbench.cli.inputs import add_inputs, parse_inputs
from rnnbench.cli.translate import add_search, answers, load_searching, print_found
from rnnbench.contracts import UsageError
from rnnbench.report.figure import picture_path


def main(words: Sequence[str]) -> int:
    """Print a caption for each image."""
    parser = argparse.ArgumentParser("rnnbench caption", description="What a captioning run sees on images.")
    add_search(parser)
    add_inputs(parser, "images", "image files")
    parser.add_argument(
        "--sheet", type=picture_path, metavar="FILE.png", help="a contact sheet of the images with their captions"
    )
    arguments = parse_inputs(parser, words)
    predictor = load_searching(arguments)
    column = predictor.info.columns[0]
    if arguments.sheet and column != "image":
        raise UsageError(f"--sheet shows images, and this run reads {column}; leave it out.")
    captions: list[tuple[str, str]] = []
    try:
        for item, found in answers(predictor, arguments):
            print_found(item, found, column, arguments)
            if found is not None:
                captions.append((item.value, found[0]["text"]))
    finally:
        # Some images that cannot be read are no reason to show none of the others.
        if arguments.sheet and captions:
            _draw(captions, arguments.sheet)
    return 0


def _draw(captions: Sequence[tuple[str, str]], path: Path) -> None:
    from rnnbench.report.contact_sheet import draw_contact_sheet

    unknown: list[list[str]] = [[] for _ in captions]
    images = [Path(image).read_bytes() for image, _ in captions]
    draw_contact_sheet(images, [said for _, said in captions], unknown, path)

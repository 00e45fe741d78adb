"""`rnnbench caption`: what is on images."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rnnbench.cli.translate import add_search, load_searching, print_found


def main(words: Sequence[str]) -> int:
    """Print a caption for each image."""
    parser = argparse.ArgumentParser("rnnbench caption", description="What a captioning run sees on images.")
    add_search(parser)
    parser.add_argument("images", nargs="+", help="image files")
    parser.add_argument("--sheet", metavar="PNG", help="a contact sheet of the images with their captions")
    arguments = parser.parse_intermixed_args(words)
    predictor = load_searching(arguments)
    for image in arguments.images:
        print_found(predictor, image, "image", arguments)
    if arguments.sheet:
        from rnnbench.report.pictures import contact_sheet

        captions = [found[0]["text"] for found in predictor.write(arguments.images, beam_size=arguments.beam)]
        unknown: list[list[str]] = [[] for _ in captions]
        contact_sheet(
            [Path(image).read_bytes() for image in arguments.images], captions, unknown, Path(arguments.sheet)
        )
    return 0

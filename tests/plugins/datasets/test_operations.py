from __future__ import annotations

import gzip
import importlib.util
import json
from pathlib import Path

import pytest

from rnnbench.contracts import SPLITS
from rnnbench.plugins.datasets.operations import _WORD, Operations, _operations

needs_botocore = pytest.mark.skipif(importlib.util.find_spec("botocore") is None, reason="botocore is not installed")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CancelPolicyGeneration", "cancel policy generation"),
        ("DescribeDBInstances", "describe db instances"),
        ("GetFindingV2", "get finding v2"),
        ("DescribeACLs", "describe acls"),
        ("UnassignIpv6Addresses", "unassign ipv6 addresses"),
        ("CreateOAuth2Token", "create o auth2 token"),
        ("listS3Objects", "list s3 objects"),
    ],
)
def test_names_in_camel_case_become_words(name: str, words: str) -> None:
    assert " ".join(_WORD.findall(name)).lower() == words


def test_descriptions_are_plain_text_without_the_name(tmp_path: Path) -> None:
    operations = {
        "GetThing": {
            "documentation": "<p>Gets a &quot;thing&quot;.</p> <p>See <a href='x'>GetThing</a>, GetThings.</p>"
        },
        "Nothing": {"documentation": "<p> </p>"},
        "Silent": {},
    }
    file = tmp_path / "service-2.json.gz"
    file.write_bytes(gzip.compress(json.dumps({"operations": operations}).encode()))
    assert list(_operations(file)) == [('Gets a "thing". See , GetThings.', "get thing")]


@needs_botocore
def test_services_are_in_one_split_and_operations_of_one_description_are_its_right_answers() -> None:
    dataset = Operations()
    files = dataset.sources()
    assert len({file.parent.parent.name for file in files}) == len(files) > 300
    assert sum(dataset.load(split).num_rows for split in SPLITS) > 15_000
    train = dataset.load("train").to_pylist()
    assert len({row["text"] for row in train}) == len(train)
    assert any(len(row["target"]) > 1 for row in train)
    assert dataset.info.revision.startswith("botocore 1.")

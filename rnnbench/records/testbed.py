"""The machine a run was made on, named so that speeds are compared only where that means something."""

from __future__ import annotations

import dataclasses
import os
import platform
import re
import subprocess
from pathlib import Path

from rnnbench.records.key import file_name, run_key
from rnnbench.records.record import Testbed


def gather(gpu: str | None = None) -> Testbed:
    """Return this machine; `gpu` is the model name of the accelerator in use, which takes torch to find out."""
    cpu, cores = _processor()
    testbed = Testbed(
        fingerprint="",
        cpu=cpu,
        cores=cores,
        threads=os.cpu_count() or 1,
        memory_gib=_memory_gib(),
        gpu=gpu,
        os=f"{platform.system()} {platform.machine()}",
        python=f"{platform.python_implementation()} {'.'.join(platform.python_version_tuple()[:2])}",
        release=platform.release(),
        load=round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    )
    return dataclasses.replace(testbed, fingerprint=fingerprint(testbed))


def fingerprint(testbed: Testbed) -> str:
    """Return e.g. `amd-epyc-7b13-8c-1a2b3c4d`: the processor in words, its cores, and a hash of what decides speed."""
    fields = dataclasses.asdict(testbed)
    for name in ("fingerprint", "release", "load"):
        del fields[name]
    words = [file_name(testbed.cpu)[:40].strip("-._"), f"{testbed.cores}c"]
    return "-".join([*words, *([file_name(testbed.gpu)] if testbed.gpu else []), run_key(fields)[:8]])


def _processor() -> tuple[str, int]:
    """Return the model name without its clock speed, and the physical cores."""
    threads = os.cpu_count() or 1
    information = Path("/proc/cpuinfo")
    if information.is_file():
        text = information.read_text(encoding="utf-8", errors="replace")
        name, cores = _from_cpuinfo(text)
        return _without_clock(name or platform.machine()), cores or threads
    if platform.system() == "Darwin":
        return _without_clock(_sysctl("machdep.cpu.brand_string")), int(_sysctl("hw.physicalcpu"))
    return _without_clock(platform.processor() or platform.machine()), threads


def _from_cpuinfo(text: str) -> tuple[str, int]:
    """Return the model name and the number of distinct cores; an empty name or 0 where the text does not tell."""
    blocks = [
        {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in block.splitlines())}
        for block in text.strip().split("\n\n")
    ]
    cores = {(block.get("physical id", "0"), block["core id"]) for block in blocks if "core id" in block}
    return next((_model(block) for block in blocks if "model name" in block), ""), len(cores)


def _model(block: dict[str, str]) -> str:
    """Return the model name, with the numbers of the model where there are any: rented machines hide it in the name."""
    numbers = [block.get(key) for key in ("cpu family", "model")]
    return block["model name"] + (f" (family {numbers[0]}, model {numbers[1]})" if all(numbers) else "")


def _sysctl(name: str) -> str:
    return subprocess.run(["sysctl", "-n", name], capture_output=True, text=True, check=True).stdout.strip()


def _without_clock(name: str) -> str:
    # Some processors carry a nominal clock in their name ("… CPU @ 2.20GHz").
    return re.sub(r"\s*(CPU)?\s*@ *[\d.]+ *[GM]Hz", "", name).strip()


def _memory_gib() -> int | None:
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return None
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30)

"""Two machines whose speeds cannot be compared have different names."""

from __future__ import annotations

import dataclasses

import pytest

from rnnbench.records import testbed

BLOCK = "processor : {cpu}\nmodel name : {name}\ncpu family : 25\nmodel : {model}\nphysical id : 0\ncore id : {core}\n"


def cpuinfo(name: str = "AMD EPYC", model: int = 1) -> str:
    return "\n".join(BLOCK.format(cpu=cpu, name=name, model=model, core=cpu // 2) for cpu in range(4))


def test_processors_that_hide_their_model_in_the_name_are_told_apart() -> None:
    assert testbed._from_cpuinfo(cpuinfo()) == ("AMD EPYC (family 25, model 1)", 2)
    assert testbed._from_cpuinfo(cpuinfo(model=17))[0] == "AMD EPYC (family 25, model 17)"
    assert testbed._from_cpuinfo("processor : 0\nmodel name : POWER9\n") == ("POWER9", 0)


@pytest.mark.parametrize("change", [{"cpu": "other"}, {"cores": 99}, {"memory_gib": 1}, {"gpu": "H100"}])
def test_what_decides_speed_is_in_the_fingerprint(change: dict[str, object]) -> None:
    here = testbed.gather()
    assert testbed.fingerprint(dataclasses.replace(here, **change)) != here.fingerprint  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"release": "6.0"}, {"load": 9.0}])
def test_what_changes_from_day_to_day_is_not(change: dict[str, object]) -> None:
    here = testbed.gather()
    assert testbed.fingerprint(dataclasses.replace(here, **change)) == here.fingerprint  # type: ignore[arg-type]


def test_a_nominal_clock_is_no_part_of_the_name() -> None:
    name, _ = testbed._from_cpuinfo(cpuinfo("Intel(R) Xeon(R) CPU @ 2.20GHz"))
    assert testbed._without_clock(name) == "Intel(R) Xeon(R) (family 25, model 1)"

"""The extras of the package contain one offline recogniser for each kind of machine."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

pytestmark = pytest.mark.once

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]


def needed(extra: str, **machine: str) -> set[str]:
    """Return the names of the packages that an extra needs on a machine.

    Another extra of this project that it names is replaced by the packages of that extra.
    """
    names: set[str] = set()
    for each in map(Requirement, EXTRAS[extra]):
        if each.name == PROJECT["name"]:
            names = names.union(*(needed(inner, **machine) for inner in each.extras))
        elif each.marker is None or each.marker.evaluate(machine):
            names.add(each.name)
    return names


@pytest.mark.parametrize(
    ("system", "machine", "recogniser"),
    [
        ("linux", "x86_64", "moonshine-voice"),
        ("linux", "aarch64", "moonshine-voice"),
        ("linux", "riscv64", "pocketsphinx"),
        ("darwin", "arm64", "pocketsphinx"),
        ("win32", "AMD64", "pocketsphinx"),
    ],
)
def test_the_extra_has_one_recogniser_and_prefers_the_more_accurate_one(
    system: str, machine: str, recogniser: str
) -> None:
    found = needed("ear", sys_platform=system, platform_machine=machine)

    assert found & {"moonshine-voice", "pocketsphinx"} == {recogniser}
    assert {"aiohttp", "av"} <= found  # the local server needs them


def test_the_small_recogniser_is_an_extra_of_its_own() -> None:
    assert needed("local") == {"aiohttp", "av", "pocketsphinx"}

"""Only a bridge with a house loads the libraries for it. An error names a missing library."""

import subprocess
import sys

import pytest

from wyoming_bridge.errors import DependencyError
from wyoming_bridge.house.libraries import load

LIBRARIES = {"hassil", "home_assistant_intents", "rapidfuzz", "unicode_rbnf"}


def test_the_libraries_are_loaded_when_a_house_is_built() -> None:
    script = (
        "import sys, wyoming_bridge.app, wyoming_bridge.house.language as l\n"
        f"libraries = {LIBRARIES!r}\n"
        "before = libraries & set(sys.modules)\n"
        "l.HouseLanguage(l.House())\n"
        "print(sorted(before), sorted(libraries & set(sys.modules)))"
    )
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"[] {sorted(LIBRARIES)}"


def test_a_missing_library_names_the_extra() -> None:
    with pytest.raises(DependencyError, match=r'"wyoming-bridge\[house\]"'):
        load("no_such_library_at_all")

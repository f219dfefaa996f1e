"""Names of a package that are imported when they are first used."""

import importlib
import pkgutil
import sys

import pytest

from wyoming_bridge.lazy import lazy_names

PACKAGES = ("", ".home", ".house", ".recorder")
"""The packages that import names when they are used."""


def test_a_name_is_imported_from_its_module_when_it_is_used() -> None:
    find = lazy_names("wyoming_bridge.house", {"verdict": "Completeness Repair"})

    assert find("Repair") is sys.modules["wyoming_bridge.house.verdict"].Repair


def test_an_unknown_name_is_an_attribute_error() -> None:
    find = lazy_names("wyoming_bridge.house", {"verdict": "Completeness"})

    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        find("nothing")


def test_a_name_must_not_be_that_of_a_module() -> None:
    with pytest.raises(ValueError, match="a name must not be that of a module, got verdict"):
        lazy_names("wyoming_bridge.house", {"verdict": "verdict"})


@pytest.mark.parametrize("package", PACKAGES)
def test_each_public_name_can_be_imported(package: str) -> None:
    imported = importlib.import_module(f"wyoming_bridge{package}")

    assert [name for name in imported.__all__ if not hasattr(imported, name)] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_public_name_is_that_of_a_module_which_would_replace_it(package: str) -> None:
    imported = importlib.import_module(f"wyoming_bridge{package}")
    modules = {each.name for each in pkgutil.iter_modules(imported.__path__)}

    assert modules & set(imported.__all__) == set()

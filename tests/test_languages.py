"""Language codes with and without regions."""

import pytest

from wyoming_bridge.languages import is_same_language, with_regions


@pytest.mark.parametrize(
    ("one", "other"), [("nl", "nl"), ("nl", "nl-BE"), ("en_GB", "EN-us"), ("zh-CN", "zh")]
)
def test_regions_do_not_make_another_language(one: str, other: str) -> None:
    assert is_same_language(one, other)


@pytest.mark.parametrize(("one", "other"), [("nl", "en"), ("n", "nl")])
def test_different_languages_are_told_apart(one: str, other: str) -> None:
    assert not is_same_language(one, other)


def test_a_language_is_followed_by_its_regions() -> None:
    assert with_regions(["nl", "eo"]) == ["nl", "nl-NL", "nl-BE", "eo"]

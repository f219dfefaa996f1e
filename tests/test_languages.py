"""Language codes with and without regions."""

import pytest

from wyoming_bridge.languages import is_same_language, with_regions


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("nl", "nl", True),
        ("nl", "nl-BE", True),
        ("en_GB", "EN-us", True),
        ("nl", "en", False),
        ("zh-CN", "zh", True),
        ("n", "nl", False),
    ],
)
def test_regions_do_not_make_another_language(one: str, other: str, same: bool) -> None:
    assert is_same_language(one, other) is same


def test_a_language_is_followed_by_its_regions() -> None:
    assert with_regions(["nl", "eo"]) == ["nl", "nl-NL", "nl-BE", "eo"]

"""What an error about an unknown name says: a similar name, and the names that exist."""

import pytest

from wyoming_bridge.errors import ConfigError, alternatives, listed, one_line
from wyoming_bridge.options import not_a_choice

KEYS = ("listen", "log", "silence_ms", "language", "keyterms")


@pytest.mark.parametrize(
    ("name", "known", "described"),
    [
        ("lisen", KEYS, " (did you mean listen?); available: listen, log, silence_ms, language, "),
        ("LOG", KEYS, " (did you mean log?)"),
        ("silence-ms", KEYS, " (did you mean silence_ms?)"),
        ("Living room", ("living_room", "attic"), " (did you mean living_room?)"),
        ("keyterm", KEYS, " (did you mean keyterms?)"),
        ("bathroom", KEYS, "; available: listen, log"),
        ("kitchen", KEYS, "; available: listen, log"),
        ("key", KEYS, " (did you mean keyterms?)"),
        ("l", KEYS, "; available: listen, log"),
        ("", KEYS, "; available: listen, log"),
        ("x", (), "; available: none"),
        (5, KEYS, "; available: listen, log"),
        (None, KEYS, "; available: listen, log"),
        ("listen" * 50_000, KEYS, "; available: listen, log"),
        ("a" * 40, ("a" * 41,), "; available: aaaa"),
    ],
)
def test_an_error_names_a_similar_name_and_all_names(
    name: object, known: tuple[str, ...], described: str
) -> None:
    assert alternatives(name, known).startswith(described)


def test_a_list_that_fits_is_whole() -> None:
    names = [f"key_{i:02}" for i in range(30)]

    assert listed(names, rest="docs") == ", ".join(names)


@pytest.mark.parametrize("length", range(1, 40))
def test_a_long_list_ends_after_a_name_and_says_where_the_others_are(length: int) -> None:
    names = [f"{i:03}{'x' * length}" for i in range(400)]

    shown, _, others = listed(names, rest="docs/page.md").partition(" and ")

    kept = shown.split(", ")
    assert kept == names[: len(kept)]
    assert others == f"{400 - len(kept)} more (docs/page.md)"
    assert len(shown) <= 300


def test_a_very_long_name_is_shown_and_the_others_are_counted() -> None:
    assert listed(["x" * 400, "y", "z"]) == f"{'x' * 400} and 2 more"


@pytest.mark.parametrize(
    ("value", "choices", "text"),
    [
        ("inf", ("debug", "info"), "must be debug or info, got 'inf' (did you mean info?)"),
        ("loud", ("debug", "info"), "must be debug or info, got 'loud'"),
        (["a"], ("debug", "info"), "must be debug or info, got ['a']"),
        (
            "wav",
            ("wave",) + ("x",) * 13,
            "must be one of wave, x, x, x, x, x, x, x, x, x, x, x, x, ",
        ),
        ("n" * 70, ("n",) * 400, " more (docs/configuration.md), got 'nnn"),
    ],
)
def test_a_wrong_choice_is_answered_with_the_choices(
    value: object, choices: tuple[str, ...], text: str
) -> None:
    assert text in not_a_choice(value, choices)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("word " * 100, ("word " * 100).strip()),
        ("word " * 101, "word " * 98 + "word..."),
        ("x" * 500, "x" * 500),
        ("x" * 501, "x" * 497 + "..."),
        ("a " + "x" * 501, "a " + "x" * 495 + "..."),
    ],
)
def test_a_long_message_is_cut_after_a_word_and_says_that_it_was_cut(text: str, shown: str) -> None:
    assert one_line(text) == shown
    assert ConfigError(text).message == shown
    assert len(shown) <= 500

"""The styles of a transcript."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wyoming_bridge.transcriber.text_style import TextStyle, styled, styled_prefix


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("Turn on the light.", "Turn on the light"),
        ("Turn on the light —", "Turn on the light"),
        ("Turn  on\tthe light ...", "Turn on the light"),
        ("(laughter) Turn on the light [door slams]", "Turn on the light"),
        ("Mets la lumière !", "Mets la lumière"),
        ("打开客厅的灯。", "打开客厅的灯"),
        ("¿Qué hora es?", "¿Qué hora es"),
        ("♪ la la ♪", "la la"),
        ("[music]", ""),
        ("...", ""),
        ("", ""),
    ],
)
def test_text_that_breaks_sentence_matching_is_removed(said: str, text: str) -> None:
    assert styled(said, TextStyle.COMMANDS) == text


@pytest.mark.parametrize(
    "said",
    [
        "Set it to 21.5 degrees, please",
        "Turn on the light - and the fan",
        "Don't stop",
        "Dim to 20 %",
        "Call (555) 1234",
        'Play "Help!"',
        "3 < 4 and 5 > 2",
    ],
)
def test_other_text_is_not_changed(said: str) -> None:
    assert styled(said, TextStyle.COMMANDS) == said


@given(st.text())
def test_the_style_as_is_changes_nothing(said: str) -> None:
    assert styled(said, TextStyle.AS_IS) == said
    assert styled_prefix(said, TextStyle.AS_IS) == said


@given(st.text())
def test_styling_twice_changes_nothing_more(said: str) -> None:
    once = styled(said, TextStyle.COMMANDS)

    assert styled(once, TextStyle.COMMANDS) == once


spoken = st.text(alphabet="ab 1.,-—()[]<>!?'♪", max_size=30)


@given(spoken, spoken)
def test_a_styled_prefix_remains_a_prefix_of_any_longer_text(said: str, more: str) -> None:
    assert styled(said + more, TextStyle.COMMANDS).startswith(
        styled_prefix(said, TextStyle.COMMANDS)
    )


@pytest.mark.parametrize(
    "text", ["(" + "_" * 100 + "1", "(" * 300_000 + ")", "(a" * 150_000 + ")", " " * 300_000 + "a"]
)
def test_a_text_that_was_made_to_take_long_is_styled_at_once(text: str) -> None:
    assert styled(text, TextStyle.COMMANDS)
    styled_prefix(text, TextStyle.COMMANDS)


def test_only_the_last_open_bracket_can_become_a_tag() -> None:
    assert styled_prefix("on (a (laugh", TextStyle.COMMANDS) == "on (a"
    assert styled("on (a (laugh)", TextStyle.COMMANDS) == "on (a"
    assert styled_prefix("on (_a_b", TextStyle.COMMANDS) == "on"
    assert styled("on (_a_b)", TextStyle.COMMANDS) == "on"

"""How a transcript is written."""

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
def test_what_breaks_sentence_matching_is_taken_away(said: str, text: str) -> None:
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
def test_nothing_else_is_touched(said: str) -> None:
    assert styled(said, TextStyle.COMMANDS) == said


@given(st.text())
def test_as_it_is_nothing_is_touched(said: str) -> None:
    assert styled(said, TextStyle.AS_IS) == said
    assert styled_prefix(said, TextStyle.AS_IS) == said


@given(st.text())
def test_writing_it_twice_changes_nothing_more(said: str) -> None:
    once = styled(said, TextStyle.COMMANDS)

    assert styled(once, TextStyle.COMMANDS) == once


spoken = st.text(alphabet="ab 1.,-—()[]<>!?'♪", max_size=30)


@given(spoken, spoken)
def test_a_beginning_stays_one_whatever_is_said_next(said: str, more: str) -> None:
    assert styled(said + more, TextStyle.COMMANDS).startswith(
        styled_prefix(said, TextStyle.COMMANDS)
    )

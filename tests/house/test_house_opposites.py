"""Texts that differ in an opposite word or a number ask for different things."""

import pytest

from wyoming_bridge.house.opposites import Opposites
from wyoming_bridge.house.words import Words

OPPOSITES = Opposites([("on", "off"), ("open", "close")], words=Words("en"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("turn on the lamp", "Turn off the lamp."),
        ("set the lamp to 50 percent", "set the lamp to fifteen percent"),
    ],
)
def test_commands_contradict_each_other_if_only_opposites_or_numbers_differ(
    first: str, second: str
) -> None:
    assert OPPOSITES.contradicts(first, second)
    assert OPPOSITES.contradicts(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("turn on the lamp", "turn on the lamp"),
        ("turn on the lamp", "turn off the fan"),
        ("turn on the lamp", "turn off the lamp now"),
        ("set the lamp to 50 percent", "set the lamp to fifty percent"),
    ],
)
def test_other_commands_do_not_contradict_each_other(first: str, second: str) -> None:
    assert not OPPOSITES.contradicts(first, second)
    assert not OPPOSITES.contradicts(second, first)


@pytest.mark.parametrize(
    ("heard", "command"),
    [("turn of the lamp off", "turn on the lamp"), ("set it to 20", "set it to 30")],
)
def test_the_opposite_of_a_heard_word_or_another_number_reverses_a_command(
    heard: str, command: str
) -> None:
    assert OPPOSITES.reverses(heard, command)


@pytest.mark.parametrize(
    ("heard", "command"),
    [
        ("turn the lamp", "turn on the lamp"),
        ("turn it on and off", "turn it off"),
        ("set it", "set it to 30"),
    ],
)
def test_a_word_or_a_number_without_a_heard_counterpart_reverses_nothing(
    heard: str, command: str
) -> None:
    assert not OPPOSITES.reverses(heard, command)

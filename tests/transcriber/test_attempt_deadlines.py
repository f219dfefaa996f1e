"""When another session replaces one that does not get ready, or whose service sends nothing."""

import pytest

from machines import LIMITS, UNHURRIED, Machine
from sessions import noise
from wyoming_bridge.events import SessionStarted, SignsOfLife
from wyoming_bridge.transcriber.commands import Close, Command, Open


def waited_for(machine: Machine, kind: type[Command], attempt: int) -> float:
    """Let time pass until there is a command for an attempt; return how many seconds that took."""
    began, commands = machine.now, []
    while not any(isinstance(each, kind) and each.attempt == attempt for each in commands):
        due = machine.recognition.next_timeout()
        commands = machine.wait(due - machine.now)
    return machine.now - began


def test_the_oldest_session_that_opens_is_closed_when_its_time_is_over() -> None:
    machine = Machine(limits=UNHURRIED)
    machine.feed(noise(words=1))

    assert waited_for(machine, Close, 1) == pytest.approx(LIMITS.ready_s)


@pytest.mark.parametrize("replayed_words", [1, 5, 25])
def test_a_service_may_first_read_the_audio_that_waited_and_then_answer_a_ping(
    replayed_words: int,
) -> None:
    machine = Machine(limits=UNHURRIED)
    machine.feed(noise(words=replayed_words))
    machine.event(SessionStarted())
    machine.recognition.note_signs_of_life(1, SignsOfLife(pong_at=machine.now))

    expected_s = 0.2 * replayed_words + LIMITS.alive_s
    assert waited_for(machine, Open, 2) == pytest.approx(expected_s)

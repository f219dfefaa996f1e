"""How many sessions ``Recognition`` opens while a service is slow or cannot be reached."""

from dataclasses import replace

import pytest

from machines import UNHURRIED, WORD, Machine, kinds
from wyoming_bridge.errors import ConnectError
from wyoming_bridge.events import Failed, SessionStarted, SignsOfLife, State, StateChanged
from wyoming_bridge.transcriber import OpeningTime
from wyoming_bridge.transcriber.commands import Open
from wyoming_bridge.transcriber.opening_schedule import BESIDE_S, TRY_AGAIN_S


def opened_at(machine: Machine, *, is_accepted: bool, until_s: float) -> list[float]:
    """Return when sessions are opened, in seconds after the first, if none gets ready."""
    begin, times, number = machine.now, [0.0], 1
    while machine.now < begin + until_s:
        if is_accepted:
            machine.recognition.note_signs_of_life(number, SignsOfLife(is_accepted=True))
        for command in machine.wait(0.05):
            if isinstance(command, Open):
                number = command.attempt
                times.append(machine.now - begin)
    return times


EACH_TIME = [0, *(BESIDE_S + number * TRY_AGAIN_S for number in range(8))]

OPENINGS: dict[str, tuple[float | None, bool, list[float]]] = {
    "the host accepts no connection": (None, False, EACH_TIME),
    "the host of a slow service accepts no connection": (7, False, EACH_TIME),
    "an unknown service accepts connections": (None, True, [0, 1.5, 3.4, 5.3]),
    "a slow service accepts connections": (7, True, [0, 1.5]),
    "a quick service accepts connections": (0.1, True, EACH_TIME),
}
"""For each case: how many seconds the previous session took to get ready (None if there was none),
whether connections are accepted, and at which seconds sessions are opened within 7 s."""


@pytest.mark.parametrize("case", OPENINGS)
def test_a_slow_service_gets_fewer_sessions_than_one_that_cannot_be_reached(case: str) -> None:
    previous_s, is_accepted, expected = OPENINGS[case]
    opening_time = OpeningTime()
    if previous_s is not None:
        opening_time.took(previous_s)
    machine = Machine(limits=UNHURRIED, opening_time=opening_time)
    machine.feed(WORD)

    times = opened_at(machine, is_accepted=is_accepted, until_s=7)

    assert times == pytest.approx(expected, abs=0.06)


def test_when_the_audio_has_ended_an_unknown_service_is_tried_more_often_for_7_s() -> None:
    machine = Machine(limits=UNHURRIED, opening_time=OpeningTime())
    machine.feed(WORD)
    spoken = opened_at(machine, is_accepted=True, until_s=4)
    machine.finish()

    waited = opened_at(machine, is_accepted=True, until_s=10)

    assert spoken == pytest.approx([0, 1.5, 3.4], abs=0.06)
    assert waited[1:] == pytest.approx([0.25, 1.0, 1.75, 2.5, 3.25, 8.25], abs=0.2)


def test_an_unknown_service_is_tried_by_one_of_several_utterances() -> None:
    opening_time = OpeningTime()
    first, second = (Machine(limits=UNHURRIED, opening_time=opening_time) for _ in range(2))
    opened = 0
    for machine in (first, second):
        machine.feed(WORD)
        machine.finish()
    for _ in range(120):
        for machine in (first, second):
            for number in range(1, 9):
                machine.recognition.note_signs_of_life(number, SignsOfLife(is_accepted=True))
            opened += kinds(machine.wait(0.05)).count(Open)

    assert opened <= 2 + 4.5 / 0.5  # the second sessions, and then one each 0.5 s in 4.5 s


def test_an_unknown_service_that_takes_12_s_gets_five_sessions() -> None:
    machine = Machine(limits=UNHURRIED, opening_time=OpeningTime())
    machine.feed(WORD)

    times = opened_at(machine, is_accepted=True, until_s=12)

    assert times == pytest.approx([0, *(1.5 + 1.9 * n for n in range(4))], abs=0.2)


def test_the_next_utterance_knows_how_long_the_service_takes() -> None:
    opening_time = OpeningTime()
    first = Machine(limits=UNHURRIED, opening_time=opening_time)
    first.feed(WORD)
    assert len(opened_at(first, is_accepted=True, until_s=7)) == 4
    first.event(SessionStarted(), attempt=1)

    second = Machine(limits=UNHURRIED, opening_time=opening_time)
    second.feed(WORD)

    assert len(opened_at(second, is_accepted=True, until_s=10)) == 2


def test_the_time_that_a_service_takes_to_start_is_not_its_opening_time() -> None:
    opening_time = OpeningTime()
    machine = Machine(limits=replace(UNHURRIED, ready_s=300), opening_time=opening_time)
    machine.feed(WORD)
    machine.event(StateChanged(state=State.STARTING))
    machine.wait(120)
    machine.event(StateChanged(state=State.LOADING), SessionStarted())

    assert opening_time.patience_s(waited_s=2) == OpeningTime().patience_s(waited_s=2)


def test_after_a_refusal_of_the_newest_session_no_older_one_is_waited_for() -> None:
    machine = Machine(limits=UNHURRIED)
    machine.feed(WORD)
    machine.recognition.note_signs_of_life(1, SignsOfLife(is_accepted=True))
    machine.wait(BESIDE_S)
    machine.recognition.note_signs_of_life(2, SignsOfLife(is_accepted=True))
    machine.event(Failed(error=ConnectError("refused")), attempt=2)

    assert kinds(machine.wait(0.2)) == [Open]


def test_a_session_that_opened_during_an_outage_does_not_make_the_service_a_slow_one() -> None:
    opening_time = OpeningTime()
    for seconds in (0.2, 6.0):
        opening_time.took(seconds)

    assert opening_time.patience_s(waited_s=3) == pytest.approx(0.3)


def test_a_service_that_has_become_slow_gets_its_time_after_four_sessions() -> None:
    opening_time = OpeningTime()
    for seconds in (0.2, 6.0, 7.0, 6.0, 8.0):
        opening_time.took(seconds)

    assert opening_time.patience_s(waited_s=3) == pytest.approx(9.0)

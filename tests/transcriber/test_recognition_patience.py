"""How long ``Recognition`` waits for a service, and when it opens another session."""

from dataclasses import replace

import pytest

from machines import LIMITS, UNHURRIED, WORD, Machine, kinds, sent, the_error, the_result
from sessions import noise
from utterances import SECOND, silence
from wyoming_bridge.endpointing import Endpointing
from wyoming_bridge.errors import (
    BridgeError,
    ConnectError,
    ConnectionLostError,
    ConnectTimeoutError,
    FinalTimeoutError,
    RateLimitedError,
    ServiceError,
)
from wyoming_bridge.events import (
    Failed,
    FinalText,
    Finished,
    FlushDone,
    PartialText,
    SessionStarted,
    SignsOfLife,
    State,
    StateChanged,
)
from wyoming_bridge.transcriber import Budget
from wyoming_bridge.transcriber.commands import Close, Finish, Flush, Open, Update
from wyoming_bridge.transcriber.opening_schedule import BESIDE_S, TRY_AGAIN_S
from wyoming_bridge.transcriber.replay_buffer import BATCH_BYTES


def test_more_sessions_are_opened_while_one_is_not_ready_and_the_oldest_stays() -> None:
    machine = Machine(limits=UNHURRIED)
    machine.feed(WORD)

    assert machine.wait(BESIDE_S - 0.01) == []
    assert kinds(machine.wait(0.02)) == [Open]
    assert kinds(machine.wait(2 * TRY_AGAIN_S)) == [Open, Open]
    commands = machine.wait(TRY_AGAIN_S)
    assert kinds(commands) == [Close, Open]
    assert commands[0].attempt == 2
    commands = machine.event(SessionStarted(), attempt=1)
    assert [command.attempt for command in commands if isinstance(command, Close)] == [3, 4, 5]
    assert sent(commands) == WORD
    assert machine.recognition.next_timeout() is None


def test_no_second_session_is_opened_while_the_service_is_starting() -> None:
    machine = Machine(limits=UNHURRIED)
    machine.feed(WORD)
    machine.event(StateChanged(state=State.STARTING))

    assert machine.wait(LIMITS.ready_s - 1) == []


def test_one_more_session_is_opened_if_the_service_is_slow_but_alive() -> None:
    machine = Machine(limits=UNHURRIED)
    machine.feed(WORD)
    machine.wait(BESIDE_S)
    commands = []
    for _ in range(20):
        machine.recognition.note_signs_of_life(2, SignsOfLife(pong_at=machine.now))
        commands += machine.wait(0.5)

    assert commands == []


def test_a_service_that_cannot_be_reached_is_tried_while_audio_arrives() -> None:
    machine = Machine(limits=UNHURRIED)
    machine.feed(WORD)
    opened_at = []
    for number in range(1, 150):
        machine.event(Failed(error=ConnectError("refused")), attempt=number)
        machine.wait(machine.recognition.next_timeout() - machine.now)
        opened_at.append(machine.now - 50)

    assert opened_at[:4] == pytest.approx([0.1, 0.6, 1.1, 1.6])
    assert opened_at[-1] > 60


def test_after_the_audio_a_service_that_cannot_be_reached_is_given_up_in_time() -> None:
    machine = Machine(limits=UNHURRIED)
    machine.feed(WORD)
    machine.wait(40)
    ended_at = machine.now
    machine.finish()

    commands = []
    while not machine.recognition.phase.is_over:
        commands += machine.wait(0.5)

    assert isinstance(the_error(commands), ConnectTimeoutError)
    assert machine.now - ended_at == pytest.approx(LIMITS.ready_s)
    assert machine.recognition.next_timeout() is None


REFUSALS: dict[str, tuple[BridgeError, list[float]]] = {
    "the delay of a rate limit error": (RateLimitedError("slow down", retry_after_s=4), [4, 4, 4]),
    "the delay of a service error": (ServiceError("HTTP 503", retry_after_s=2), [2, 2, 2]),
    "a second after a rate limit error": (RateLimitedError("slow down"), [1, 1, 1]),
    "a short delay although the service requests none": (
        ServiceError("HTTP 503", retry_after_s=0),
        [0.1, 0.5, 0.5],
    ),
    "a short delay that grows": (ServiceError("HTTP 503"), [0.1, 0.5, 0.5]),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_the_delay_after_a_refused_session(case: str) -> None:
    error, expected = REFUSALS[case]
    machine = Machine(limits=UNHURRIED)
    machine.feed(WORD)

    delays = []
    for number in (1, 2, 3):
        refused_at = machine.now
        machine.event(Failed(error=error), attempt=number)
        machine.wait(machine.recognition.next_timeout() - refused_at)
        delays.append(machine.now - refused_at)

    assert delays == pytest.approx(expected)


def test_a_requested_delay_that_is_longer_than_the_utterance_can_wait_is_an_error() -> None:
    machine = Machine(limits=UNHURRIED)
    machine.feed(WORD)
    assert machine.event(Failed(error=RateLimitedError("later", retry_after_s=60))) == [
        Close(attempt=1)
    ]

    assert isinstance(the_error(machine.finish()), RateLimitedError)


def test_a_service_that_takes_audio_and_fails_is_given_up_after_five_sessions() -> None:
    machine = Machine(limits=UNHURRIED)
    machine.feed(WORD)
    for number in range(1, 5):
        machine.event(SessionStarted(), attempt=number)
        machine.event(Failed(error=ServiceError("out of memory")), attempt=number)
        machine.wait(machine.recognition.next_timeout() - machine.now)
    machine.event(SessionStarted(), attempt=5)
    commands = machine.event(Failed(error=ServiceError("out of memory")), attempt=5)

    assert isinstance(the_error(commands), ServiceError)


def test_a_session_that_took_audio_for_a_while_is_not_counted() -> None:
    machine = Machine(limits=UNHURRIED)
    machine.feed(WORD)
    for number in range(1, 20):
        machine.event(SessionStarted(), attempt=number)
        machine.wait(5)
        machine.event(Failed(error=ConnectionLostError("idle for too long")), attempt=number)
        machine.wait(0.2)

    assert not machine.recognition.phase.is_over


def test_sessions_that_break_again_and_again_do_not_move_the_last_deadline() -> None:
    machine = Machine(limits=UNHURRIED)
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.finish()
    ended_at = machine.now
    commands = []
    number = 1
    while not machine.recognition.phase.is_over:
        commands += machine.wait(2.5)
        commands += machine.event(Failed(error=ServiceError("broke")), attempt=number)
        commands += machine.wait(0.2)
        number += 1
        commands += machine.event(SessionStarted(), attempt=number)

    assert isinstance(the_error(commands), FinalTimeoutError)
    assert machine.now - ended_at < LIMITS.total_s + 4


def test_a_new_session_does_not_get_the_silence_again() -> None:
    machine = Machine(endpointing=Endpointing(source="client"))
    machine.say(silence(100))
    machine.event(SessionStarted())
    machine.say(silence(24_000))
    machine.event(Failed(error=ConnectionLostError("idle for too long")))
    machine.wait(0.2)

    replayed = len(sent(machine.event(SessionStarted(), attempt=2)))
    assert 5 * SECOND - BATCH_BYTES <= replayed <= 5 * SECOND + BATCH_BYTES


def test_a_second_session_is_opened_if_the_service_stops_answering_pings() -> None:
    machine = Machine(limits=UNHURRIED)
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.recognition.note_signs_of_life(1, SignsOfLife(pong_at=machine.now))

    assert machine.wait(LIMITS.alive_s - 0.1) == []
    assert kinds(machine.wait(0.6)) == [Open]
    assert kinds(machine.event(PartialText(text="on"))) == [Close, Update]
    assert kinds(machine.wait(LIMITS.alive_s + 0.1)) == [Open]
    commands = machine.event(SessionStarted(), attempt=3)
    assert isinstance(commands[0], Close)
    assert sent(commands) == WORD


def test_an_old_pong_is_not_a_new_sign_of_life() -> None:
    machine = Machine(limits=UNHURRIED, fallback=True)
    machine.say(WORD)
    machine.event(SessionStarted())
    pong_at = machine.now
    machine.recognition.note_signs_of_life(1, SignsOfLife(pong_at=pong_at))
    machine.wait(LIMITS.alive_s + 0.3)

    machine.recognition.note_signs_of_life(1, SignsOfLife(pong_at=pong_at))

    assert machine.recognition.commands() == []
    assert machine.recognition.next_timeout() > machine.now


def test_a_session_on_a_slow_network_has_longer_each_time_to_answer_a_ping() -> None:
    machine = Machine(limits=UNHURRIED)
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.recognition.note_signs_of_life(1, SignsOfLife(pong_at=machine.now))
    machine.wait(LIMITS.alive_s + 0.3)
    machine.event(SessionStarted(), attempt=2)
    machine.recognition.note_signs_of_life(2, SignsOfLife(pong_at=machine.now))

    assert machine.wait(2 * LIMITS.alive_s - 0.1) == []
    assert kinds(machine.wait(0.6)) == [Open]


def test_a_gateway_that_accepts_sessions_without_a_service_is_tried_again() -> None:
    machine = Machine(limits=UNHURRIED)
    machine.feed(WORD)
    for number in range(1, 12):
        machine.event(SessionStarted(), attempt=number)
        machine.event(Failed(error=ConnectionLostError("closed")), attempt=number)
        machine.wait(machine.recognition.next_timeout() - machine.now)
    machine.event(SessionStarted(), attempt=12)
    machine.finish()

    result = the_result(machine.event(FinalText(text="on"), Finished(), attempt=12))
    assert (result.text, result.connections) == ("on", 12)


def test_audio_that_is_sent_again_and_again_has_a_limit() -> None:
    budget = Budget()
    machine = Machine(limits=UNHURRIED, budget=budget)
    machine.say(WORD)
    opened = 1
    while not machine.recognition.phase.is_over:
        machine.event(SessionStarted(), attempt=opened)
        machine.say(noise(words=15))
        machine.event(Failed(error=ServiceError("broke")), attempt=opened)
        commands = []
        while not commands and not machine.recognition.phase.is_over:
            commands = machine.wait(0.1)
        opened += 1

    assert opened < 20
    assert budget.spent_s < 300


@pytest.mark.parametrize("size", [320, 700, 882, 1000, 1500, 2048])
def test_an_answered_flush_is_enough_wherever_the_pieces_of_audio_are_cut(size: int) -> None:
    machine = Machine(endpointing=Endpointing(min_speech_ms=50))
    machine.say(WORD, size=size)
    machine.event(SessionStarted())
    commands = machine.say(silence(300), size=size)
    (flush,) = (command for command in commands if isinstance(command, Flush))
    machine.event(FinalText(text="on"), FlushDone(flush_id=flush.flush_id))

    commands = machine.say(silence(600), size=size)

    assert (the_result(commands).text, the_result(commands).complete) == ("on", True)


def test_a_service_that_asked_to_wait_is_left_alone_by_all_sessions() -> None:
    machine = Machine(limits=UNHURRIED)
    machine.feed(WORD)
    machine.wait(BESIDE_S + 0.1)
    machine.event(Failed(error=RateLimitedError("later", retry_after_s=8)), attempt=2)

    assert machine.wait(7) == []
    assert kinds(machine.wait(1.1)) == [Open]


def test_a_service_that_never_answers_pings_is_not_replaced_for_that() -> None:
    machine = Machine(limits=UNHURRIED)
    machine.say(WORD)
    machine.event(SessionStarted(), PartialText(text="on"))

    assert machine.wait(60) == []


def test_each_session_may_take_longer_to_answer_and_the_last_has_no_limit() -> None:
    machine = Machine(limits=replace(UNHURRIED, connections=3))
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.finish()

    assert kinds(machine.wait(LIMITS.answer_s + 0.1)) == [Open]
    assert kinds(machine.event(SessionStarted(), attempt=2))[-1] is Finish
    assert machine.wait(2 * LIMITS.answer_s - 0.1) == []
    assert kinds(machine.wait(1)) == [Close, Open]
    assert kinds(machine.event(SessionStarted(), attempt=3))[-1] is Finish
    assert machine.wait(15) == []

    result = the_result(machine.event(FinalText(text="on"), Finished(), attempt=3))
    assert (result.text, result.connections) == ("on", 3)


def test_a_session_that_is_late_and_then_breaks_is_counted_once() -> None:
    machine = Machine(limits=replace(UNHURRIED, connections=3))
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.finish()
    machine.wait(LIMITS.answer_s + 0.1)
    machine.event(Failed(error=ServiceError("broke")))
    machine.event(SessionStarted(), attempt=2)

    machine.event(Failed(error=ServiceError("broke")), attempt=2)

    assert not machine.recognition.phase.is_over

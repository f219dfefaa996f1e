"""Late answers: ``Recognition`` waits for the old session and a new one at the same time."""

import pytest

from machines import LIMITS, UNHURRIED, WORD, Machine, kinds, sent, the_error, the_result
from utterances import silence
from wyoming_bridge.endpointing import Endpointing
from wyoming_bridge.errors import BudgetError, ConnectionLostError
from wyoming_bridge.events import (
    Failed,
    FinalText,
    Finished,
    FlushDone,
    PartialText,
    SessionStarted,
    SignsOfLife,
)
from wyoming_bridge.transcriber import AnswerTime, Budget, Limits
from wyoming_bridge.transcriber.commands import (
    Close,
    Command,
    Finish,
    Flush,
    Open,
    Send,
    Update,
)

SLOW = LIMITS.answer_s + 0.1


def late_machine() -> Machine:
    """Return a machine whose service has not sent the final, and whose second session is ready."""
    machine = Machine(limits=UNHURRIED)
    machine.say(WORD)
    machine.event(SessionStarted(), PartialText(text="o"))
    machine.finish()
    assert kinds(machine.wait(SLOW)) == [Open]
    assert kinds(machine.event(SessionStarted(), attempt=2))[-1] is Finish
    return machine


def test_a_late_answer_counts_although_a_new_session_is_ready() -> None:
    machine = late_machine()

    result = the_result(machine.event(FinalText(text="on"), Finished()))

    assert (result.text, result.connections) == ("on", 2)


def test_the_answer_of_the_new_session_counts_if_it_is_first() -> None:
    machine = late_machine()

    assert machine.event(PartialText(text="on"), attempt=2) == []
    result = the_result(machine.event(FinalText(text="on"), Finished(), attempt=2))

    assert result.text == "on"


def test_texts_of_the_new_session_count_when_the_old_one_breaks() -> None:
    machine = late_machine()
    machine.event(PartialText(text="on"), attempt=2)

    commands = machine.event(Failed(error=ConnectionLostError("gone")))

    assert Open not in kinds(commands)
    assert machine.recognition.lead_attempt == 2
    assert the_result(machine.event(FinalText(text="on"), Finished(), attempt=2)).text == "on"


def test_both_sessions_get_audio_until_one_has_answered() -> None:
    machine = Machine(endpointing=Endpointing(source="client"), limits=UNHURRIED)
    machine.say(WORD)
    machine.event(SessionStarted())
    assert Flush in kinds(machine.say(silence(1000)))
    machine.wait(SLOW)
    machine.event(SessionStarted(), attempt=2)

    commands = machine.say(WORD)

    by_session = [
        sent([each for each in commands if isinstance(each, Send) and each.attempt == number])
        for number in (1, 2)
    ]
    assert by_session == [WORD, WORD]


def test_audio_for_both_sessions_must_fit_into_the_limit_of_all_audio() -> None:
    budget = Budget()
    machine = Machine(endpointing=Endpointing(source="client"), limits=UNHURRIED, budget=budget)
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.say(silence(1000))
    machine.wait(SLOW)
    machine.event(SessionStarted(), attempt=2)
    budget.max_sent_s = budget.sent_s + 0.15  # enough for a batch to one session, not to both

    commands = machine.say(WORD)

    assert isinstance(the_error(commands), BudgetError)
    assert budget.sent_s <= budget.max_sent_s


def test_a_service_that_is_known_to_be_slow_gets_more_time() -> None:
    machine = Machine(endpointing=Endpointing(source="client"), limits=UNHURRIED)
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.say(silence(1000))
    assert Open in kinds(machine.wait(SLOW))
    machine.event(FinalText(text="on"), FlushDone(flush_id="1"))

    assert Flush in kinds(machine.say(WORD, silence(1000)))

    assert machine.wait(SLOW) == []
    assert Open in kinds(machine.wait(LIMITS.answer_s))


def test_a_service_that_says_that_it_works_is_waited_for() -> None:
    machine = Machine(limits=UNHURRIED)
    machine.say(WORD)
    machine.event(SessionStarted(), PartialText(text="o"))
    machine.finish()

    for _ in range(20):
        assert machine.wait(1) == []
        machine.recognition.note_signs_of_life(1, SignsOfLife(working_at=machine.now))

    result = the_result(machine.event(FinalText(text="on"), Finished()))
    assert (result.text, result.connections) == ("on", 1)


def test_a_second_session_is_closed_when_the_service_says_that_it_works() -> None:
    machine = late_machine()

    machine.recognition.note_signs_of_life(1, SignsOfLife(working_at=machine.now))

    assert machine.recognition.commands() == [Close(attempt=2)]
    assert the_result(machine.event(FinalText(text="on"), Finished())).text == "on"


def sessions_of_utterance(answer_time: AnswerTime, *, answer_after_s: float) -> int:
    """Return how many sessions an utterance gets whose service answers so late."""
    machine = Machine(limits=UNHURRIED, answer_time=answer_time)
    machine.say(WORD)
    machine.event(SessionStarted(), PartialText(text="o"))
    machine.finish()
    answers_at = machine.now + answer_after_s
    while machine.now < answers_at:
        for command in machine.wait(0.1):
            if isinstance(command, Open):
                machine.event(SessionStarted(), attempt=command.attempt)
    return the_result(machine.event(FinalText(text="on"), Finished())).connections


ANSWERS: dict[str, tuple[list[float], list[int]]] = {
    "quick": ([0.5, 0.5], [1, 1]),
    "slow": ([3.5, 3.5, 5.0, 7.0, 9.5], [2, 1, 1, 1, 1]),
    "slower than the longest wait": ([11.0] * 6, [3, 2, 2, 2, 1, 1]),
    "slower than the longest wait until now": ([11.0] * 4 + [0.5, 11.0], [3, 2, 2, 2, 1, 2]),
    "slow now and then": ([3.5, 0.5, 0.5, 0.5, 3.5], [2, 1, 1, 1, 1]),
    "quick again": ([3.5, 0.5, 0.5, 0.5, 0.5, 3.5], [2, 1, 1, 1, 1, 2]),
}
"""For each case: after how many seconds the service answers in each utterance, and how many
sessions it should get."""


@pytest.mark.parametrize("case", ANSWERS)
def test_a_service_that_is_slow_but_alive_gets_each_utterance_once(case: str) -> None:
    answers_s, expected = ANSWERS[case]
    answer_time = AnswerTime()

    opened = [sessions_of_utterance(answer_time, answer_after_s=each) for each in answers_s]

    assert opened == expected


def test_quick_answers_to_flushes_do_not_make_a_service_quick_at_the_end() -> None:
    answer_time = AnswerTime()
    assert sessions_of_utterance(answer_time, answer_after_s=4.0) == 2
    machine = Machine(
        endpointing=Endpointing(source="client"), limits=UNHURRIED, answer_time=answer_time
    )
    machine.say(WORD)
    machine.event(SessionStarted())
    for number in range(1, 6):
        assert Flush in kinds(machine.say(silence(1000), WORD))
        machine.event(FinalText(text="on"), FlushDone(flush_id=str(number)))

    assert sessions_of_utterance(answer_time, answer_after_s=4.0) == 1


def test_slow_answers_at_the_end_do_not_give_a_flush_more_time() -> None:
    answer_time = AnswerTime()
    sessions_of_utterance(answer_time, answer_after_s=9.0)
    machine = Machine(
        endpointing=Endpointing(source="client"), limits=UNHURRIED, answer_time=answer_time
    )
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.say(silence(1000))

    assert Open in kinds(machine.wait(SLOW))


def test_a_late_message_before_the_answer_shows_that_the_service_is_slow() -> None:
    answer_time = AnswerTime()
    machine = Machine(limits=UNHURRIED, answer_time=answer_time)
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.finish()
    machine.wait(3.5)

    machine.event(PartialText(text="on"))

    assert machine.wait(4.0) == []
    assert sessions_of_utterance(answer_time, answer_after_s=4.0) == 1


def test_a_partial_of_all_words_stands_in_on_time_although_a_new_session_was_opened() -> None:
    limits = Limits()
    machine = Machine(limits=limits)
    machine.say(WORD)
    machine.event(SessionStarted(), PartialText(text="on", end_ms=len(WORD) // 32))
    machine.finish()
    assert kinds(machine.wait(limits.answer_s + 0.1)) == [Open]
    machine.event(SessionStarted(), attempt=2)

    assert machine.wait(limits.final_s - limits.answer_s - 0.2) == []
    result = the_result(machine.wait(0.2))

    assert (result.text, result.complete) == ("on", False)


def machine_with_a_late_flush() -> Machine:
    """Return a machine whose service has not answered a flush, while the user speaks on."""
    machine = Machine(endpointing=Endpointing(source="client"), limits=UNHURRIED)
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.recognition.note_signs_of_life(1, SignsOfLife(pong_at=machine.now))
    assert Flush in kinds(machine.say(silence(1000)))
    commands: list[Command] = []
    while Open not in kinds(commands):
        machine.recognition.note_signs_of_life(1, SignsOfLife(pong_at=machine.now))
        commands = machine.say(WORD) + machine.wait(0)
    machine.recognition.note_signs_of_life(1, SignsOfLife(pong_at=machine.now))
    return machine


def test_the_end_of_the_audio_gives_a_late_session_no_preference() -> None:
    machine = machine_with_a_late_flush()
    machine.event(SessionStarted(), attempt=2)
    machine.finish()

    machine.recognition.note_signs_of_life(1, SignsOfLife(pong_at=machine.now + 0.1))

    assert machine.recognition.commands() == []
    assert the_result(machine.event(FinalText(text="on"), Finished(), attempt=2)).text == "on"


def test_after_the_end_a_session_that_is_only_ready_does_not_replace_a_late_one() -> None:
    machine = machine_with_a_late_flush()
    machine.finish()

    assert Close not in kinds(machine.event(SessionStarted(), attempt=2))


def test_a_new_session_that_owes_nothing_replaces_a_late_one_at_once() -> None:
    machine = Machine(endpointing=Endpointing(source="client"), limits=UNHURRIED)
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.say(silence(1000))
    machine.event(FinalText(text="on", start_ms=0, end_ms=1100))  # the flush is not answered
    assert Open in kinds(machine.wait(SLOW))

    assert Close in kinds(machine.event(SessionStarted(), attempt=2))
    assert Update in kinds(machine.event(PartialText(text="off"), attempt=2))

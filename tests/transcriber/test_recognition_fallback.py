"""Fallbacks beside a profile that is slow or has failed, and the daily limit of each profile."""

import pytest

from machines import LIMITS, UNHURRIED, WORD, Machine, sent, the_error, the_result
from sessions import noise
from utterances import SECOND, silence
from wyoming_bridge.endpointing import Endpointing
from wyoming_bridge.errors import (
    AuthenticationError,
    BudgetError,
    ConnectionLostError,
)
from wyoming_bridge.events import (
    Failed,
    FinalText,
    Finished,
    PartialText,
    SessionStarted,
)
from wyoming_bridge.transcriber import Budget
from wyoming_bridge.transcriber.commands import Fail, Open


def test_an_end_that_the_fallback_found_does_not_end_the_turn_of_the_first_profile() -> None:
    machine = Machine(
        limits=UNHURRIED,
        fallback=True,
        endpointing=Endpointing(source="provider"),
        ends_turns=True,
    )
    machine.say(WORD)
    machine.wait(LIMITS.trouble_s)
    machine.event(SessionStarted(), attempt=1)
    machine.event(SessionStarted(), attempt=2)
    machine.say(WORD)

    machine.event(FinalText(text="turn"), attempt=2)

    assert machine.recognition.phase.takes_audio


def test_the_limit_of_the_day_holds_for_audio_that_waits() -> None:
    budget = Budget(max_s=10)
    machines = [Machine(limits=UNHURRIED, budget=budget) for _ in range(20)]
    for machine in machines:
        machine.feed(bytes(15 * SECOND))
    for machine in machines:
        machine.event(SessionStarted())
        machine.finish()

    assert budget.spent_s <= 15


def test_a_fallback_is_tried_too_after_a_second_of_trouble() -> None:
    machine = Machine(limits=UNHURRIED, fallback=True)
    machine.say(WORD)

    assert machine.wait(LIMITS.trouble_s - 0.02 * len(WORD) / 640) == []
    (command,) = machine.wait(0.3)
    assert (type(command), command.candidate.profile) == (Open, "b")
    machine.event(SessionStarted(), attempt=2)
    machine.event(SessionStarted(), attempt=1)
    assert {command.attempt for command in machine.say(WORD)} == {1, 2}
    machine.finish()

    result = the_result(machine.event(FinalText(text="on"), Finished(), attempt=2))
    assert (result.profile, result.text, result.connections) == ("b", "on", 2)
    assert [str(each) for each in result.failures] == ["a: the service was not ready within 1 s"]


def test_silence_is_kept_until_the_fallback_has_received_it_too() -> None:
    machine = Machine(limits=UNHURRIED, fallback=True, endpointing=Endpointing(source="client"))
    machine.say(silence(1200))
    machine.wait(LIMITS.trouble_s)
    machine.event(SessionStarted(), attempt=1)
    machine.say(silence(24_000))

    commands = machine.event(SessionStarted(), attempt=2)

    assert len(sent(commands)) == len(silence(25_200))


def test_the_first_profile_may_still_win() -> None:
    machine = Machine(limits=UNHURRIED, fallback=True)
    machine.say(WORD)
    machine.wait(LIMITS.trouble_s)
    machine.event(SessionStarted(), attempt=1)
    machine.event(SessionStarted(), attempt=2)
    machine.finish()

    result = the_result(machine.event(FinalText(text="on"), Finished(), attempt=1))
    assert (result.profile, result.failures) == ("a", ())


def test_an_empty_transcript_does_not_win_against_words() -> None:
    machine = Machine(limits=UNHURRIED, fallback=True)
    machine.say(WORD)
    machine.wait(LIMITS.trouble_s)
    machine.event(SessionStarted(), PartialText(text="turn"), attempt=1)
    machine.event(SessionStarted(), attempt=2)
    machine.finish()

    machine.event(Finished(), attempt=2)
    assert not machine.recognition.phase.is_over
    commands = machine.event(FinalText(text="turn on"), Finished(), attempt=1)
    assert the_result(commands).text == "turn on"


def test_at_most_one_utterance_exceeds_the_daily_limit() -> None:
    budget = Budget(max_s=10)
    machines = [Machine(limits=UNHURRIED, budget=budget) for _ in range(50)]
    for machine in machines:
        machine.feed(WORD[:320])
        machine.event(SessionStarted())
    failed = []
    for _ in range(60):
        for machine in machines:
            failed += [c for c in machine.say(noise(words=5)) if isinstance(c, Fail)]

    assert len(failed) == 49
    assert all(isinstance(command.error, BudgetError) for command in failed)
    assert 60 <= budget.spent_s < 10 + 60 + 1


def test_an_empty_transcript_does_not_stand_for_words_of_a_profile_that_failed() -> None:
    machine = Machine(limits=UNHURRIED, fallback=True)
    machine.say(WORD)
    machine.wait(LIMITS.trouble_s)
    machine.event(SessionStarted(), PartialText(text="turn on"), attempt=1)
    machine.event(SessionStarted(), attempt=2)
    machine.event(Failed(error=AuthenticationError("the token was revoked")), attempt=1)
    machine.finish()

    commands = machine.event(Finished(), attempt=2)

    assert isinstance(the_error(commands), AuthenticationError)


def test_a_limit_that_other_programs_reached_while_a_service_was_away_is_an_error_at_once() -> None:
    budget = Budget(max_s=10)
    machine = Machine(limits=UNHURRIED, budget=budget)
    machine.say(WORD)
    machine.finish()
    budget.spend(10)

    assert isinstance(the_error(machine.event(SessionStarted())), BudgetError)


def test_audio_that_a_new_session_would_get_again_must_fit_into_the_limit_of_all_audio() -> None:
    budget = Budget()
    budget.max_sent_s = 1.5
    machine = Machine(limits=UNHURRIED, budget=budget)
    machine.say(noise(words=5))
    machine.event(SessionStarted())
    assert budget.sent_s == pytest.approx(1)
    machine.event(Failed(error=ConnectionLostError("gone")))
    machine.wait(0.2)

    commands = machine.event(SessionStarted(), attempt=2)

    assert isinstance(the_error(commands), BudgetError)
    assert budget.sent_s == pytest.approx(1)


def test_an_utterance_sends_no_batch_beyond_the_limit_of_all_audio() -> None:
    budget = Budget()
    budget.max_sent_s = 1.05
    machine = Machine(limits=UNHURRIED, budget=budget)
    machine.say(WORD)
    machine.event(SessionStarted())

    commands = machine.say(noise(words=10))

    assert isinstance(the_error(commands), BudgetError)
    assert budget.sent_s <= 1.05

"""``Recognition`` with a server that reports fewer capabilities than its provider has."""

from dataclasses import replace

import pytest

from machines import Machine, kinds, sent
from sessions import noise
from utterances import RACE, silence
from wyoming_bridge.events import FinalText, Finished, SessionStarted
from wyoming_bridge.testing import SCRIPTED_CAPABILITIES
from wyoming_bridge.transcriber.commands import Finish, Flush, Resolve, Send

SPEECH = noise(words=3)
CANNOT_FLUSH = SessionStarted(
    server="little", capabilities=replace(SCRIPTED_CAPABILITIES, flush=False)
)
CAN_FLUSH = SessionStarted(server="able", capabilities=SCRIPTED_CAPABILITIES)


def test_a_server_that_cannot_flush_is_not_asked_in_a_pause() -> None:
    machine = Machine(endpointing=RACE)
    machine.say(SPEECH)
    machine.event(CANNOT_FLUSH)

    commands = machine.say(silence(1000))

    assert Flush not in kinds(commands)
    assert kinds(commands)[-1] is Finish


def test_a_server_that_can_flush_is_asked_in_a_pause() -> None:
    machine = Machine(endpointing=RACE)
    machine.say(SPEECH)
    machine.event(CAN_FLUSH)

    assert Flush in kinds(machine.say(silence(500)))


def test_a_flush_that_waited_for_a_server_that_cannot_flush_is_dropped() -> None:
    machine = Machine(endpointing=RACE)
    machine.say(SPEECH, silence(300))

    commands = machine.event(CANNOT_FLUSH)

    assert set(kinds(commands)) == {Send}
    assert len(sent(commands)) >= len(SPEECH)


def test_a_server_that_cannot_flush_finishes_the_utterance() -> None:
    machine = Machine(endpointing=RACE)
    machine.say(SPEECH, silence(300))
    machine.event(CANNOT_FLUSH)

    commands = machine.say(silence(700))
    commands += machine.event(FinalText(text="on"), Finished())

    assert kinds(commands).count(Finish) == 1
    (resolved,) = (each for each in commands if isinstance(each, Resolve))
    assert (resolved.result.text, resolved.result.complete) == ("on", True)


def test_a_replacing_session_whose_server_can_flush_is_asked() -> None:
    machine = Machine(endpointing=RACE)
    machine.say(SPEECH)
    machine.event(CANNOT_FLUSH)
    machine.recognition.session_ended(1, None, now=machine.now)
    machine.wait(1.5)
    machine.event(CAN_FLUSH, attempt=2)

    commands = machine.say(silence(500))

    flushes = [each for each in commands if isinstance(each, Flush)]
    assert [each.attempt for each in flushes] == [2]


@pytest.mark.parametrize(("most", "left_out"), [(0, ("Zolder", "Kelder")), (1, ("Kelder",))])
def test_a_server_that_favours_no_terms_leaves_out_all_of_them(
    most: int, left_out: tuple[str, ...]
) -> None:
    machine = Machine(terms=("Zolder", "Kelder"), left_out_terms=("Kelder",))
    found = replace(SCRIPTED_CAPABILITIES, bias_terms=most)
    machine.say(SPEECH)
    machine.event(SessionStarted(server="some", capabilities=found))

    machine.finish()
    commands = machine.event(FinalText(text="on"), Finished())

    (resolved,) = (each for each in commands if isinstance(each, Resolve))
    assert resolved.result.left_out_terms == left_out

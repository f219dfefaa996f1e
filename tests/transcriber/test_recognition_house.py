"""``Recognition`` with a house: how long a pause may be, and how the transcript is repaired."""

from dataclasses import replace

import pytest

from machines import LIMITS, UNHURRIED, WORD, AnInterpreter, Machine, kinds, the_result
from utterances import RACE, silence
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.endpointing import Ending, Endpointing, EndpointSource, SilenceRule
from wyoming_bridge.endpointing.tuning import DEFAULT_TUNING
from wyoming_bridge.events import FinalText, Finished, FlushDone, SessionStarted
from wyoming_bridge.house import Completeness, Repair
from wyoming_bridge.transcriber import MAX_SCORED_BYTES, Interpretation
from wyoming_bridge.transcriber.commands import Command, Flush, Interpret, Resolve
from wyoming_bridge.transcriber.phases import Phase

HEARD = "turn on the stand in light"
REPAIR = Repair(text="turn on the Standing Light", reason="sounds like a command")


def a_machine(
    *,
    endpointing: Endpointing = RACE,
    repairs: bool = True,
    wants_audio: bool = False,
    **values: object,
) -> Machine:
    interpreter = AnInterpreter(repairs=repairs, wants_audio=wants_audio)
    machine = Machine(endpointing=endpointing, limits=UNHURRIED, interpreter=interpreter, **values)
    machine.feed(b"")
    return machine


def flushes(commands: list[Command]) -> list[str]:
    return [each.flush_id for each in commands if isinstance(each, Flush)]


def questions(commands: list[Command]) -> list[Interpret]:
    return [each for each in commands if isinstance(each, Interpret)]


def paused(machine: Machine, text: str, *, pause_ms: int = 200) -> list[Command]:
    """Say a word and pause. The service answers the flush in the pause with the text."""
    machine.say(WORD)
    machine.event(SessionStarted())
    (flush_id,) = flushes(machine.say(silence(pause_ms)))
    return machine.event(FinalText(text=text), FlushDone(flush_id=flush_id))


def silence_until_the_end(machine: Machine, *, at_most_ms: int = 3000) -> int | None:
    """Return how many more milliseconds of silence end the utterance; None if it does not end."""
    for ms in range(10, at_most_ms + 10, 10):
        machine.say(silence(10))
        if not machine.recognition.phase.takes_audio:
            return ms
    return None


@pytest.mark.parametrize(
    ("completeness", "total_ms", "reason"),
    [
        (
            Completeness.COMPLETE,
            RACE.complete_silence_ms,
            "250 ms of silence; 250 ms are enough after a complete command",
        ),
        (
            Completeness.EXTENDABLE,
            RACE.extendable_silence_ms,
            "400 ms of silence; 400 ms are enough after a command that can go on",
        ),
        (
            Completeness.UNFINISHED,
            RACE.unfinished_silence_ms,
            "1500 ms of silence; 1500 ms are enough after the beginning of a command",
        ),
        (
            Completeness.UNKNOWN,
            RACE.silence_ms,
            "600 ms of silence; 600 ms are enough after a text that is not a command",
        ),
    ],
)
def test_each_kind_of_text_has_its_own_silence_and_the_result_names_it(
    completeness: Completeness, total_ms: int, reason: str
) -> None:
    machine = a_machine()
    (question,) = questions(paused(machine, HEARD))
    assert question.text == HEARD

    machine.interpreted(HEARD, Interpretation(completeness=completeness))

    machine.say(silence(total_ms - 220))
    assert machine.recognition.phase.takes_audio
    commands = machine.say(silence(20))
    assert str(the_result(commands).endpoint) == reason


def test_a_pause_that_is_already_long_enough_ends_with_the_answer() -> None:
    machine = a_machine()
    paused(machine, HEARD, pause_ms=300)

    commands = machine.interpreted(HEARD, Interpretation(completeness=Completeness.COMPLETE))

    assert (the_result(commands).text, the_result(commands).ended_by) == (HEARD, Ending.SILENCE)
    assert the_result(commands).completeness is Completeness.COMPLETE


def test_without_an_answer_the_silence_is_as_without_a_house() -> None:
    machine = a_machine(repairs=False)
    paused(machine, HEARD)

    assert silence_until_the_end(machine) == pytest.approx(RACE.silence_ms - 200, abs=10)


@pytest.mark.parametrize("completeness", list(Completeness))
def test_while_a_repair_is_awaited_the_user_may_go_on(completeness: Completeness) -> None:
    machine = a_machine()
    paused(machine, HEARD)
    machine.say(silence(RACE.silence_ms))
    assert machine.recognition.phase.takes_audio

    commands = machine.interpreted(HEARD, Interpretation(completeness=completeness))

    assert machine.recognition.phase.takes_audio is (completeness is Completeness.UNFINISHED)
    if completeness is Completeness.UNFINISHED:
        longer_ms = RACE.unfinished_silence_ms - RACE.silence_ms - 200
        assert silence_until_the_end(machine) == pytest.approx(longer_ms, abs=10)
    else:  # the silence is already long enough for the result
        assert the_result(commands).completeness is completeness


def test_a_repair_that_does_not_come_delays_the_result_once() -> None:
    machine = a_machine()
    paused(machine, HEARD)
    waited_ms = silence_until_the_end(machine, at_most_ms=5000)

    assert waited_ms == pytest.approx(1000 * UNHURRIED.interpret_s, abs=10)
    assert machine.recognition.phase is Phase.RESOLVED


def test_speech_ends_the_pause_that_was_measured() -> None:
    machine = a_machine()
    paused(machine, "turn on the")
    machine.interpreted("turn on the", Interpretation(completeness=Completeness.UNFINISHED))
    machine.say(silence(700), WORD)
    (flush_id,) = flushes(machine.say(silence(200)))
    machine.event(FinalText(text="or not"), FlushDone(flush_id=flush_id))
    machine.interpreted("turn on the or not", Interpretation(completeness=Completeness.UNKNOWN))

    assert silence_until_the_end(machine) == pytest.approx(RACE.silence_ms - 200, abs=10)


def test_after_an_unfinished_command_the_text_of_more_speech_is_waited_for() -> None:
    machine = a_machine()
    paused(machine, "turn on the")
    machine.interpreted("turn on the", Interpretation(completeness=Completeness.UNFINISHED))
    machine.say(silence(700), WORD)

    hold_ms = DEFAULT_TUNING.text_hold_ms
    assert silence_until_the_end(machine) == pytest.approx(RACE.silence_ms + hold_ms, abs=10)
    endpoint = the_result(machine.event(Finished())).endpoint
    assert (endpoint.limit_ms, endpoint.rule) == (RACE.silence_ms + hold_ms, SilenceRule.CONTINUED)


def test_if_commands_do_not_end_early_the_reason_is_the_ordinary_silence() -> None:
    machine = a_machine(endpointing=replace(RACE, commands_end_early=False))
    paused(machine, HEARD)
    (question,) = questions(machine.say(silence(400)))
    answer = Interpretation(completeness=Completeness.COMPLETE)

    result = the_result(machine.interpreted(question.text, answer))

    assert result.completeness is Completeness.COMPLETE
    assert str(result.endpoint) == "600 ms of silence; 600 ms are enough"


@pytest.mark.parametrize(
    "endpointing",
    [
        replace(RACE, commands_end_early=False),
        replace(RACE, source=EndpointSource.CLIENT.value),
    ],
)
def test_the_house_is_not_asked_in_a_pause_if_it_does_not_decide(endpointing: Endpointing) -> None:
    machine = a_machine(endpointing=endpointing)

    assert questions(paused(machine, HEARD)) == []


def test_the_text_is_requested_in_time_for_the_shortest_silence() -> None:
    machine = a_machine()
    machine.say(WORD)
    machine.event(SessionStarted())

    assert flushes(machine.say(silence(RACE.complete_silence_ms // 2 + 10)))


def test_a_local_engine_is_not_asked_for_the_text_earlier_than_the_settings_say() -> None:
    machine = a_machine(wants_audio=True)
    machine.say(WORD)
    machine.event(SessionStarted())

    assert flushes(machine.say(silence(RACE.speculate_ms - 10))) == []
    assert flushes(machine.say(silence(20)))


def test_a_text_that_does_not_cover_the_speech_is_not_asked_about() -> None:
    machine = a_machine()
    machine.say(WORD)
    machine.event(SessionStarted())
    (flush_id,) = flushes(machine.say(silence(150)))
    machine.say(WORD)

    assert questions(machine.event(FinalText(text="turn"), FlushDone(flush_id=flush_id))) == []


def test_the_transcript_is_repaired_and_what_was_heard_is_kept() -> None:
    machine = a_machine()
    paused(machine, HEARD)
    machine.interpreted(HEARD, Interpretation(completeness=Completeness.COMPLETE, repair=REPAIR))
    commands = machine.say(silence(300))

    result = the_result(commands)
    assert (result.text, result.said, result.repair) == (REPAIR.text, HEARD, REPAIR.reason)


def test_a_transcript_that_was_not_asked_about_is_asked_about_at_the_end() -> None:
    machine = a_machine(endpointing=replace(RACE, source=EndpointSource.CLIENT.value))
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.finish()
    commands = machine.event(FinalText(text=HEARD), Finished())

    assert [each.text for each in questions(commands)] == [HEARD]
    assert Resolve not in kinds(commands)
    assert the_result(machine.interpreted(HEARD, Interpretation(repair=REPAIR))).text == REPAIR.text


def test_a_late_answer_does_not_change_the_text() -> None:
    machine = a_machine(endpointing=replace(RACE, source=EndpointSource.CLIENT.value))
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.finish()
    machine.event(FinalText(text=HEARD), Finished())

    result = the_result(machine.wait(LIMITS.interpret_s))

    assert (result.text, result.said, result.completeness) == (HEARD, None, None)
    assert machine.interpreted(HEARD, Interpretation(repair=REPAIR)) == []


def test_the_end_does_not_wait_for_an_interpreter_that_does_not_repair() -> None:
    machine = a_machine(
        endpointing=replace(RACE, source=EndpointSource.CLIENT.value), repairs=False
    )
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.finish()

    assert the_result(machine.event(FinalText(text=HEARD), Finished())).text == HEARD


def test_an_empty_transcript_is_not_asked_about() -> None:
    machine = a_machine(endpointing=replace(RACE, source=EndpointSource.CLIENT.value))
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.finish()

    assert the_result(machine.event(FinalText(text=""), Finished())).text == ""


def test_an_utterance_that_is_closed_while_it_is_interpreted_fails() -> None:
    machine = a_machine(endpointing=replace(RACE, source=EndpointSource.CLIENT.value))
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.finish()
    machine.event(FinalText(text=HEARD), Finished())

    machine.recognition.give_up(ValueError("left"))

    assert machine.recognition.phase is Phase.FAILED


def test_events_of_sessions_do_not_change_a_transcript_that_is_interpreted() -> None:
    machine = a_machine(endpointing=replace(RACE, source=EndpointSource.CLIENT.value))
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.finish()
    machine.event(FinalText(text=HEARD), Finished())

    assert machine.event(FinalText(text="more")) == []
    assert the_result(machine.interpreted(HEARD, Interpretation())).text == HEARD


def test_an_interpreter_that_wants_audio_gets_the_audio_of_the_text() -> None:
    machine = a_machine(wants_audio=True)
    (question,) = questions(paused(machine, HEARD, pause_ms=200))

    assert question.pcm == (WORD + silence(200))[: len(question.pcm)]
    assert len(question.pcm) > len(WORD)


def test_an_interpreter_gets_no_audio_of_a_long_utterance() -> None:
    machine = a_machine(
        endpointing=replace(RACE, source=EndpointSource.CLIENT.value), wants_audio=True
    )
    seconds = MAX_SCORED_BYTES // PCM_16K_MONO.bytes_of(1000) + 1
    machine.say(WORD * 5 * seconds, size=3200)
    machine.event(SessionStarted())
    machine.finish()
    (question,) = questions(machine.event(FinalText(text=HEARD), Finished()))

    assert question.pcm == b""


def test_a_service_that_ends_the_turn_in_an_unfinished_command_does_not_end_the_utterance() -> None:
    machine = a_machine(ends_turns=True, can_flush=False)
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.say(silence(300))
    assert questions(machine.event(FinalText(text="turn on the", end_ms=200)))
    assert machine.recognition.phase is Phase.LISTENING

    machine.interpreted("turn on the", Interpretation(completeness=Completeness.UNFINISHED))

    assert silence_until_the_end(machine) == pytest.approx(RACE.unfinished_silence_ms - 300, abs=10)


def test_a_service_that_ends_the_turn_waits_for_the_house_only_for_a_moment() -> None:
    machine = a_machine(ends_turns=True, can_flush=False, repairs=False)
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.say(silence(100))
    machine.event(FinalText(text=HEARD, end_ms=200))

    assert silence_until_the_end(machine) == pytest.approx(300, abs=10)

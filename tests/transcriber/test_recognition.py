"""``Recognition``: the commands that it returns for calls and session events."""

from dataclasses import replace

import pytest

from machines import LIMITS, WORD, Machine, kinds, sent, the_error, the_result
from simulation import SERVICES, Simulation, a_service
from utterances import RACE, SECOND, silence
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.endpointing import Ending
from wyoming_bridge.errors import (
    BridgeError,
    ConnectError,
    ConnectionLostError,
    ErrorText,
    FinalTimeoutError,
    LifecycleError,
    RequestError,
)
from wyoming_bridge.events import (
    Entity,
    Failed,
    FinalEnriched,
    FinalText,
    Finished,
    FlushDone,
    PartialText,
    SessionEvent,
    SessionStarted,
    Word,
)
from wyoming_bridge.transcriber.commands import (
    Close,
    Fail,
    Finish,
    Flush,
    Open,
    Resolve,
    Update,
)
from wyoming_bridge.transcriber.phases import TRANSITIONS, Phase, Trigger, after


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("trigger", Trigger)
def test_a_transition_that_the_table_does_not_have_is_an_error(
    phase: Phase, trigger: Trigger
) -> None:
    following = TRANSITIONS[phase].get(trigger)
    if following is None:
        with pytest.raises(LifecycleError, match=f"that is {phase} cannot {trigger}"):
            after(phase, trigger)
    else:
        assert after(phase, trigger) is following


def test_audio_waits_in_the_replay_buffer_until_the_service_is_ready() -> None:
    machine = Machine()

    assert kinds(machine.feed(WORD)) == [Open]
    assert machine.feed(WORD) == []
    commands = machine.event(SessionStarted())

    assert sent(commands) == WORD + WORD


def test_a_flush_before_the_service_is_ready_follows_its_audio() -> None:
    machine = Machine(endpointing=RACE)
    machine.say(WORD, silence(200))

    commands = machine.event(SessionStarted())

    assert sent(commands) == WORD + silence(200)
    assert kinds(commands)[-1] is Flush


def test_an_end_before_the_service_is_ready_follows_its_audio() -> None:
    machine = Machine()
    machine.feed(WORD)
    assert machine.finish() == []

    commands = machine.event(SessionStarted())

    assert (sent(commands), kinds(commands)[-1]) == (WORD, Finish)
    assert the_result(machine.event(FinalText(text="on"), Finished())).text == "on"


def test_only_close_commands_follow_the_outcome() -> None:
    machine = Machine()
    machine.feed(WORD)
    machine.event(SessionStarted())
    machine.finish()
    commands = machine.event(FinalText(text="on"), Finished(), PartialText(text="and more"))

    assert kinds(commands) == [Update, Resolve, Close]
    assert machine.event(FinalText(text="late"), Failed(error=ConnectError("late"))) == []
    assert machine.feed(WORD) == machine.finish() == machine.wait(1000) == []
    machine.recognition.give_up(ValueError())
    assert machine.recognition.commands() == []


def test_events_of_a_replaced_session_are_ignored() -> None:
    machine = Machine()
    machine.feed(WORD)
    machine.event(SessionStarted(), Failed(error=ConnectionLostError("broke")))
    machine.wait(0.1)

    machine.event(FinalText(text="old"), Finished(), attempt=1)
    machine.event(SessionStarted(), attempt=2)
    machine.finish()
    commands = machine.event(FinalText(text="new"), Finished(), attempt=2)

    assert (the_result(commands).text, the_result(commands).connections) == ("new", 2)


@pytest.mark.parametrize(
    ("before", "is_replay"),
    [
        ([], False),
        ([SessionStarted()], True),
        ([SessionStarted(), PartialText(text="on", end_ms=100)], True),
        ([SessionStarted(), FinalText(text="on", end_ms=200)], False),
    ],
    ids=["not sent", "sent", "partial", "confirmed"],
)
def test_a_session_is_a_replay_if_it_gets_audio_that_was_sent_before(
    before: list[SessionEvent], *, is_replay: bool
) -> None:
    machine = Machine()
    machine.feed(WORD)
    machine.event(*before, Failed(error=ConnectionLostError("broke")))
    (opened,) = machine.wait(0.1)

    assert (kinds([opened]), opened.is_replay) == ([Open], is_replay)


def test_the_utterance_waits_for_a_service_that_is_slow_in_its_last_session() -> None:
    machine = Machine(limits=replace(LIMITS, connections=1))
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.finish()
    assert machine.wait(LIMITS.total_s - 1) == []

    assert the_result(machine.event(FinalText(text="on"), Finished())).text == "on"


def test_an_answer_to_a_flush_is_not_due_before_the_audio_can_be_processed() -> None:
    machine = Machine(endpointing=RACE)
    machine.say(WORD)
    machine.event(SessionStarted())
    commands = machine.say(silence(200))
    assert kinds(commands)[-1] is Flush

    assert machine.recognition.next_timeout() == pytest.approx(machine.now + 0.01 + LIMITS.answer_s)
    machine.event(FinalText(text="on"), FlushDone(flush_id="1"))
    assert machine.recognition.next_timeout() == pytest.approx(machine.now + LIMITS.idle_s)


def test_if_audio_is_faster_than_real_time_the_service_gets_the_saved_time() -> None:
    machine = Machine(limits=replace(LIMITS, answer_s=1000))
    machine.feed(bytes(10 * SECOND))
    machine.event(SessionStarted())
    machine.finish()

    assert machine.recognition.next_timeout() == pytest.approx(machine.now + 10 + LIMITS.total_s)


def test_there_is_a_result_or_an_error_within_the_total_limit() -> None:
    machine = Machine(limits=replace(LIMITS, answer_s=1000))
    machine.say(WORD)
    machine.event(SessionStarted(), PartialText(text="turn on"))
    machine.finish()

    commands = machine.wait(LIMITS.total_s + 1)

    assert isinstance(the_error(commands), FinalTimeoutError)


def test_the_fallback_is_tried_if_a_final_is_late() -> None:
    machine = Machine(limits=replace(LIMITS, answer_s=1000), fallback=True)
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.finish()

    assert machine.wait(LIMITS.final_s - 0.01) == []
    assert kinds(machine.wait(0.03)) == [Open]
    commands = machine.event(SessionStarted(), FinalText(text="on"), Finished(), attempt=2)

    result = the_result(commands)
    assert (result.profile, result.text) == ("b", "on")
    assert [failure.code for failure in result.failures] == ["final_timeout"]


STAND_INS: dict[str, tuple[list[SessionEvent], str | None]] = {
    "a flush that was answered after the speech": (
        [FinalText(text="turn on"), FlushDone(flush_id="1"), PartialText(text="mumble")],
        "turn on mumble",
    ),
    "a final that ends with the speech": ([FinalText(text="turn on", end_ms=380)], "turn on"),
    "a final that ends a short word before the end of the speech": (
        [FinalText(text="turn", end_ms=300)],
        None,
    ),
    "a final before the last word, which a partial holds": (
        [FinalText(text="turn it", end_ms=300), PartialText(text="off")],
        None,
    ),
    "a final whose times have another unit": ([FinalText(text="turn on", end_ms=380_000)], None),
    "a final that ends before the end of the speech": ([FinalText(text="turn", end_ms=50)], None),
    "a final without times": ([FinalText(text="turn on")], None),
    "a partial of all words": ([PartialText(text="turn on the light")], None),
    "a partial whose last word ends with the speech": (
        [PartialText(text="turn on the light", end_ms=320)],
        "turn on the light",
    ),
    "a partial whose last word ends before the speech": (
        [PartialText(text="turn on the", end_ms=250)],
        None,
    ),
    "nothing": ([], None),
}


@pytest.mark.parametrize("length_ms", [100, 200, 250])
def test_a_flush_does_not_cover_a_short_word_after_it(length_ms: int) -> None:
    machine = Machine(endpointing=RACE, limits=replace(LIMITS, answer_s=1000))
    machine.say(WORD)
    machine.event(SessionStarted())
    assert Flush in kinds(machine.say(silence(210)))
    machine.event(FinalText(text="turn the light"), FlushDone(flush_id="1"))
    machine.say(WORD[: 32 * length_ms])
    machine.finish()

    assert isinstance(the_error(machine.wait(LIMITS.total_s + 1)), FinalTimeoutError)


@pytest.mark.parametrize("case", STAND_INS)
def test_a_stand_in_is_known_to_cover_the_speech(case: str) -> None:
    events, text = STAND_INS[case]
    machine = Machine(endpointing=RACE, limits=replace(LIMITS, answer_s=1000))
    machine.say(WORD, WORD)
    machine.event(SessionStarted())
    machine.say(silence(200))
    commands = machine.event(*events)
    machine.say(silence(100))
    machine.finish()

    commands = machine.wait(LIMITS.total_s + 1)

    if text is None:
        assert isinstance(the_error(commands), FinalTimeoutError)
    else:
        assert (the_result(commands).text, the_result(commands).complete) == (text, False)


def test_an_utterance_without_words_ends_empty_if_its_audio_stops() -> None:
    machine = Machine()
    machine.say(WORD)
    machine.event(SessionStarted())

    assert kinds(machine.wait(LIMITS.idle_s)) == [Finish]
    result = the_result(machine.event(FinalText(text=""), Finished()))

    assert (result.text, result.ended_by) == ("", Ending.AUDIO_LOST)


@pytest.mark.parametrize("fallback", [False, True])
def test_an_utterance_with_words_is_an_error_as_soon_as_its_audio_has_stopped(
    *, fallback: bool
) -> None:
    machine = Machine(fallback=fallback)
    machine.say(WORD)
    machine.event(SessionStarted(), PartialText(text="on"))

    commands = machine.wait(LIMITS.idle_s)

    assert kinds(commands) == [Fail, Close]
    error = the_error(commands)
    assert isinstance(error, RequestError)
    assert error.text is ErrorText.AUDIO_STOPPED


def test_the_first_words_after_the_audio_has_stopped_are_an_error() -> None:
    machine = Machine()
    machine.say(WORD)
    machine.event(SessionStarted())
    machine.wait(LIMITS.idle_s)

    commands = machine.event(PartialText(text="on"))

    assert kinds(commands)[-2:] == [Fail, Close]
    assert isinstance(the_error(commands), RequestError)


def test_a_source_that_waits_has_not_ended_but_the_service_must_take_audio() -> None:
    machine = Machine(limits=replace(LIMITS, connections=1))
    machine.feed(bytes(21 * SECOND))
    machine.event(SessionStarted())
    machine.recognition.source_paused(now=machine.now)

    assert machine.wait(LIMITS.stall_s - 1) == []
    machine.recognition.audio_taken(now=machine.now)
    assert machine.wait(LIMITS.stall_s - 1) == []
    error = the_error(machine.wait(2))

    assert isinstance(error, ConnectionLostError)
    assert "took no audio for 30 s" in str(error)


def test_a_service_gets_audio_in_its_own_format() -> None:
    wide = replace(PCM_16K_MONO, sample_rate_hz=24000)
    machine = Machine(audio_format=wide)
    machine.feed(bytes(range(1, 201)) * 160)
    commands = machine.event(SessionStarted()) + machine.finish()

    assert len(sent(commands)) == wide.bytes_of(1000)
    assert kinds(commands)[-1] is Finish


def test_speakers_and_entities_are_in_the_result() -> None:
    machine = Machine()
    machine.feed(WORD)
    machine.event(SessionStarted())
    machine.finish()
    words = (Word(text="call", speaker="speaker_0"), Word(text="Anna", speaker="speaker_0"))
    entity = Entity(text="Anna", kind="name", start_char=5, end_char=9)
    commands = machine.event(
        FinalText(text="call Anna", words=words, speaker="speaker_0", start_ms=0, end_ms=200),
        FinalEnriched(segment=0, entities=(entity,)),
        FinalText(text="please"),
        Finished(),
    )

    result = the_result(commands)
    first, second = result.segments
    assert (first.text, first.speaker, first.entities) == ("call Anna", "speaker_0", (entity,))
    assert (second.text, second.speaker, second.entities) == ("please", None, ())
    assert [word.speaker for word in result.words] == ["speaker_0", "speaker_0"]
    assert result.details()["segments"][0] == {
        "text": "call Anna",
        "start_ms": 0,
        "end_ms": 200,
        "speaker": "speaker_0",
        "entities": [{"text": "Anna", "kind": "name", "start_char": 5, "end_char": 9}],
    }


def test_give_up_sets_the_error() -> None:
    machine = Machine()
    machine.feed(WORD)
    machine.recognition.give_up(BridgeError("left"))

    assert kinds(machine.recognition.commands()) == [Fail, Close]


@pytest.mark.parametrize("name", SERVICES)
def test_no_client_gives_up_a_service_whose_answer_is_late(name: str) -> None:
    """Only the recognition decides how long an answer may take."""
    patient = replace(LIMITS, answer_s=1000, final_s=1000, alive_s=1000)
    simulation = Simulation(a_service(name), limits=patient)
    simulation.say(WORD)
    simulation.services[0].is_mute = True
    simulation.finish()
    simulation.wait(25)
    assert simulation.errors == []
    simulation.services[0].is_mute = False
    simulation.wait_for_outcome()

    (result,) = simulation.results
    assert (result.complete, result.connections) == (True, 1)


@pytest.mark.parametrize("name", SERVICES)
def test_the_delay_of_the_audio_changes_nothing(name: str) -> None:
    """The service gets all audio at once, after a delay."""
    simulation = Simulation(a_service(name), limits=replace(LIMITS, answer_s=1000))
    simulation.delivers_at_once = False
    simulation.say(WORD, silence(400), WORD)
    simulation.finish()
    simulation.wait(2)
    simulation.delivers_at_once = True
    simulation.wait_for_outcome()

    (result,) = simulation.results
    assert result.complete
    assert len(result.text.split()) == 2

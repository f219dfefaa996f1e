"""A session that breaks is replaced, and the new one gets the audio that is not confirmed."""

import asyncio
from collections.abc import Callable

import pytest

from emulators import UNCUT, service
from sessions import noise
from utterances import (
    RACE,
    SECOND,
    THREE,
    THREE_WORDS,
    an_utterance,
    bounded,
    first_words_received,
    say,
    silence,
    the_transport,
    until,
)
from wyoming_bridge.errors import ConnectError, RateLimitedError
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.providers.reson8.client import Reson8Client
from wyoming_bridge.testing import FakeConnector, FakeTransport, scripted_words
from wyoming_bridge.transcriber import Limits, Utterance

FIVE = noise(words=5, seed=3)
FIVE_WORDS = " ".join(scripted_words(FIVE))

BRIEF = Limits(ready_s=5)

FAULTS: dict[str, Callable[[FakeTransport], None]] = {
    "breaks": lambda transport: transport.end(code=None),
    "closes": lambda transport: transport.end(code=1000),
    "closes with an error": lambda transport: transport.end(code=1011),
    "reports a failure": lambda transport: transport.put("failed:told to"),
}
faults = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())


def audio_of(transport: FakeTransport) -> bytes:
    return b"".join(message for message in transport.sent if isinstance(message, bytes))


async def revision_that_ends_with(text: str, utterance: Utterance) -> None:
    async for revision in utterance.revisions():
        if revision.text.endswith(text):
            return


async def another(connector: FakeConnector, *, than: int) -> FakeTransport:
    """Wait until there are more than ``than`` sessions; return the first one after those."""
    await until(lambda: len(connector.transports) > than)
    return connector.transports[than]


@faults
async def test_a_fault_during_speech_does_not_change_the_result(
    fault: Callable[[FakeTransport], None], connector: FakeConnector
) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(FIVE[:19200])
        transport = await the_transport(connector)
        await first_words_received(utterance)
        fault(transport)
        utterance.feed(FIVE[19200:])
        utterance.finish()
        result = await utterance.result()

    assert (result.text, result.complete, result.connections) == (FIVE_WORDS, True, 2)
    assert audio_of(connector.transports[1]) == FIVE


@faults
async def test_a_fault_after_the_audio_does_not_change_the_result_either(
    fault: Callable[[FakeTransport], None], connector: FakeConnector
) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(FIVE)
        transport = await the_transport(connector)
        await first_words_received(utterance)
        transport.hold()
        utterance.finish()
        fault(transport)
        result = await utterance.result()

    assert (result.text, result.complete) == (FIVE_WORDS, True)


@faults
async def test_a_fault_after_the_flush_does_not_change_the_result_either(
    fault: Callable[[FakeTransport], None], connector: FakeConnector
) -> None:
    async with an_utterance(connector, endpointing=RACE) as utterance, bounded():
        say(utterance, FIVE, silence(100))
        transport = await the_transport(connector)
        await first_words_received(utterance)
        transport.hold()
        say(utterance, silence(200))
        fault(transport)
        await another(connector, than=1)
        say(utterance, silence(300))
        result = await utterance.result()

    assert (result.text, result.complete) == (FIVE_WORDS, True)


async def test_a_message_that_cannot_be_read_does_not_end_the_session(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(FIVE[:19200])
        transport = await the_transport(connector)
        await first_words_received(utterance)
        for rubbish in ("<html>Bad Gateway</html>", "ping", "", "[]", b"\x00"):
            transport.put(rubbish)
        utterance.feed(FIVE[19200:])
        utterance.finish()
        result = await utterance.result()

    assert (result.text, result.complete, result.connections) == (FIVE_WORDS, True, 1)


async def test_only_audio_that_is_not_confirmed_is_sent_again(connector: FakeConnector) -> None:
    async with an_utterance(connector, endpointing=RACE) as utterance, bounded():
        say(utterance, THREE, silence(200))
        transport = await the_transport(connector)
        async for revision in utterance.revisions():
            if revision.settled == THREE_WORDS:
                break
        say(utterance, silence(200), FIVE)
        transport.end(code=None)
        say(utterance, silence(600))
        result = await utterance.result()

    assert result.text == f"{THREE_WORDS} {FIVE_WORDS}"
    assert THREE not in audio_of(connector.transports[1])
    assert FIVE in audio_of(connector.transports[1])


async def test_words_keep_their_times_across_a_replacement() -> None:
    connector = FakeConnector(service("reson8", behaviour=UNCUT))
    utterance = an_utterance(
        connector, endpointing=RACE, client=lambda: Reson8Client(Reson8Settings())
    )
    async with utterance, bounded():
        say(utterance, THREE, silence(200))
        transport = await the_transport(connector)
        async for revision in utterance.revisions():
            if revision.settled == THREE_WORDS:
                break
        say(utterance, silence(200), FIVE[:12800])
        transport.end(code=None)
        say(utterance, FIVE[12800:], silence(600))
        result = await utterance.result()

    assert result.text == f"{THREE_WORDS} {FIVE_WORDS}"
    assert [word.start_ms for word in result.words] == [
        *(200 * count for count in range(3)),
        *(1000 + 200 * count for count in range(5)),
    ]


async def test_a_silent_service_is_replaced_when_an_answer_is_due(
    connector: FakeConnector,
) -> None:
    limits = Limits(answer_s=0.05)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(FIVE)
        transport = await the_transport(connector)
        transport.go_silent()
        utterance.finish()
        result = await utterance.result()

    assert (result.text, result.complete) == (FIVE_WORDS, True)
    assert len(connector.transports) == 2


async def test_a_service_that_is_silent_after_a_pause_is_replaced_during_later_speech(
    connector: FakeConnector,
) -> None:
    limits = Limits(answer_s=0.05)
    async with an_utterance(connector, endpointing=RACE, limits=limits) as utterance, bounded():
        say(utterance, THREE)
        transport = await the_transport(connector)
        await first_words_received(utterance)
        transport.go_silent()
        say(utterance, silence(200))
        await another(connector, than=1)
        say(utterance, FIVE, silence(600))
        result = await utterance.result()

    assert (result.text, result.complete) == (f"{THREE_WORDS} {FIVE_WORDS}", True)


async def test_a_handshake_that_is_not_answered_is_replaced(connector: FakeConnector) -> None:
    connector.hold_connects()
    limits = Limits(answer_s=0.05)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(FIVE)
        await until(lambda: len(connector.requests) == 2)
        connector.release()
        utterance.finish()
        result = await utterance.result()

    assert result.text == FIVE_WORDS


async def test_a_session_whose_service_takes_no_audio_is_replaced(connector: FakeConnector) -> None:
    limits = Limits(answer_s=0.05)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(FIVE[:3200])
        transport = await the_transport(connector)
        transport.hold()
        utterance.feed(FIVE[3200:])
        utterance.finish()
        result = await utterance.result()

    assert (result.text, result.complete) == (FIVE_WORDS, True)


async def test_a_slow_service_gets_more_time_in_each_session(connector: FakeConnector) -> None:
    """Each session waits longer than the one before, so that a slow service can answer at last."""
    limits = Limits(answer_s=0.2, final_s=5)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(silence(100) + FIVE)
        (await the_transport(connector)).go_silent()
        utterance.finish()
        connector.hold()
        slow = await another(connector, than=1)
        await slow.held.wait()
        asyncio.get_running_loop().call_later(0.3, slow.release)
        result = await utterance.result()

    assert result.complete
    assert len(connector.transports) == 2


async def test_a_service_that_is_back_before_the_deadline_loses_nothing(
    connector: FakeConnector,
) -> None:
    connector.refuse(ConnectError("no route to host", provider="scripted"))
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(FIVE)
        utterance.finish()
        await asyncio.sleep(10)
        connector.accept()
        back_at = asyncio.get_running_loop().time()
        result = await utterance.result()

    assert (result.text, result.complete) == (FIVE_WORDS, True)
    assert asyncio.get_running_loop().time() - back_at < 1


async def test_a_session_that_sent_a_final_is_not_counted(
    connector: FakeConnector,
) -> None:
    """Each of four sessions reports the words before a pause, and breaks after the pause."""
    async with an_utterance(connector, endpointing=RACE) as utterance, bounded():
        for count in range(4):
            say(utterance, noise(words=3, seed=count), silence(200))
            transport = await another(connector, than=count)
            async for revision in utterance.revisions():
                if len(revision.settled.split()) == 3 * count + 3:
                    break
            say(utterance, silence(200))
            transport.end(code=None)
        say(utterance, silence(200))
        result = await utterance.result()

    assert len(result.text.split()) == 12


async def test_a_session_is_tried_again_after_too_many_sessions(connector: FakeConnector) -> None:
    connector.refuse(RateLimitedError("too many sessions at once", provider="scripted"))
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(FIVE)
        await connector.asked.wait()
        connector.accept()
        utterance.finish()
        assert (await utterance.result()).text == FIVE_WORDS


async def test_a_final_that_covers_the_speech_stands_in_if_no_session_finishes(
    connector: FakeConnector,
) -> None:
    """The service answers a flush after the speech, and breaks before its last final."""
    async with an_utterance(connector, endpointing=RACE) as utterance, bounded():
        say(utterance, FIVE, silence(200))
        transport = await the_transport(connector)
        async for revision in utterance.revisions():
            if revision.settled == FIVE_WORDS:
                break
        transport.put("partial:mumble")
        await revision_that_ends_with("mumble", utterance)
        transport.hold()
        say(utterance, silence(400))
        connector.refuse(ConnectError("no route to host", provider="scripted"))
        transport.end(code=None)
        result = await utterance.result()

    assert (result.text, result.complete) == (f"{FIVE_WORDS} mumble", False)


async def test_a_partial_of_all_words_does_not_stand_in(connector: FakeConnector) -> None:
    """The partial may be half a command, because a slow service reports words late."""
    async with an_utterance(connector, endpointing=RACE, limits=BRIEF) as utterance, bounded():
        say(utterance, FIVE, silence(100))
        transport = await the_transport(connector)
        await revision_that_ends_with(FIVE_WORDS, utterance)
        transport.hold()
        say(utterance, silence(500))
        connector.refuse(ConnectError("no route to host", provider="scripted"))
        transport.end(code=None)
        with pytest.raises(ConnectError, match="no route to host"):
            await utterance.result()


async def test_a_partial_of_the_first_words_does_not_stand_for_all(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector, endpointing=RACE, limits=BRIEF) as utterance, bounded():
        say(utterance, FIVE[:12800])
        transport = await the_transport(connector)
        await first_words_received(utterance)
        transport.hold()
        connector.refuse(ConnectError("no route to host", provider="scripted"))
        say(utterance, FIVE[12800:], silence(600))
        transport.end(code=None)
        with pytest.raises(ConnectError, match="no route to host"):
            await utterance.result()


async def test_audio_that_is_sent_again_does_not_slow_the_source(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(bytes(10 * SECOND) + FIVE)
        (await the_transport(connector)).end(code=None)
        assert not utterance.congested
        utterance.finish()
        assert (await utterance.result()).text == FIVE_WORDS

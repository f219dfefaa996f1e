"""When an utterance ends, and which requests it sends to the service before that."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from detectors import LoudDetector
from sessions import noise
from utterances import (
    RACE,
    THREE,
    THREE_WORDS,
    a_candidate,
    an_utterance,
    bounded,
    say,
    silence,
    the_transport,
    until,
)
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.endpointing import Ending, Endpointing
from wyoming_bridge.events import FinalText, PartialText
from wyoming_bridge.testing import (
    SCRIPTED_CAPABILITIES,
    FakeConnector,
    FakeTransport,
    ScriptedClient,
    scripted_words,
)
from wyoming_bridge.transcriber import Utterance

TWO = noise(words=2, seed=5)
TWO_WORDS = " ".join(scripted_words(TWO))


def texts_sent(transport: FakeTransport) -> list[str]:
    return [message for message in transport.sent if isinstance(message, str)]


def audio_sent(transport: FakeTransport) -> bytes:
    return b"".join(message for message in transport.sent if isinstance(message, bytes))


async def test_silence_ends_the_utterance_without_the_client(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector, endpointing=RACE) as utterance, bounded():
        say(utterance, silence(200), THREE, silence(1000))
        result = await utterance.result()

    assert result.text == THREE_WORDS
    assert result.complete
    assert result.ended_by is Ending.SILENCE
    assert result.timing.audio_ms == 1400  # audio after the endpoint is ignored
    assert result.timing.speech_ms == 800
    assert result.timing.endpoint_ms == 600


async def test_the_detector_has_the_speech_threshold_of_the_settings(
    connector: FakeConnector,
) -> None:
    thresholds = []

    def new_detector(*, speech_threshold: float) -> LoudDetector:
        thresholds.append(speech_threshold)
        return LoudDetector()

    utterance = Utterance(
        candidates=[a_candidate(connector)],
        source=PCM_16K_MONO,
        endpointing=Endpointing(speech_threshold=0.7),
        new_detector=new_detector,
    )
    await utterance.close()

    assert thresholds == [0.7]


async def test_the_final_is_requested_in_the_pause_and_not_again_at_the_end(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector, endpointing=RACE) as utterance, bounded():
        say(utterance, THREE, silence(200))
        transport = await the_transport(connector)
        await until(lambda: texts_sent(transport) == ["flush:1"])
        say(utterance, silence(390))
        assert len(audio_sent(transport)) <= len(THREE) + len(silence(590))
        say(utterance, silence(10))
        assert (await utterance.result()).text == THREE_WORDS

    assert texts_sent(transport) == ["flush:1"]


async def test_the_result_is_there_at_the_endpoint_if_the_final_arrived_before(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector, endpointing=RACE) as utterance, bounded():
        say(utterance, THREE, silence(200))
        transport = await the_transport(connector)
        await until(lambda: texts_sent(transport) == ["flush:1"])
        async for revision in utterance.revisions():
            if revision.settled == THREE_WORDS:
                break
        transport.hold()  # from now on, the service reads nothing
        say(utterance, silence(400))
        result = await utterance.result()

    assert (result.text, result.complete) == (THREE_WORDS, True)


async def test_speech_that_resumes_after_a_flush_is_joined(connector: FakeConnector) -> None:
    async with an_utterance(connector, endpointing=RACE) as utterance, bounded():
        say(utterance, THREE, silence(400))
        transport = await the_transport(connector)
        await until(lambda: texts_sent(transport) == ["flush:1"])
        say(utterance, TWO, silence(600))
        result = await utterance.result()

    assert result.text == f"{THREE_WORDS} {TWO_WORDS}"
    assert texts_sent(transport) == ["flush:1", "flush:2"]


async def test_a_flush_that_is_answered_after_speech_resumed_loses_and_repeats_nothing(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector, endpointing=RACE) as utterance, bounded():
        say(utterance, THREE, silence(100))
        transport = await the_transport(connector)
        await until(lambda: len(audio_sent(transport)) >= len(THREE))
        transport.hold()
        say(utterance, silence(300), TWO, silence(590))
        transport.release()
        say(utterance, silence(10))
        result = await utterance.result()

    assert result.text == f"{THREE_WORDS} {TWO_WORDS}"


async def test_after_the_clients_end_the_result_waits_for_the_flush_that_is_under_way(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector, endpointing=RACE) as utterance, bounded():
        say(utterance, THREE, silence(100))
        transport = await the_transport(connector)
        await until(lambda: len(audio_sent(transport)) >= len(THREE))
        transport.hold()
        say(utterance, silence(200))
        utterance.finish()
        transport.release()
        result = await utterance.result()

    assert result.text == THREE_WORDS
    assert result.ended_by is Ending.CLIENT
    assert texts_sent(transport) == ["flush:1"]


async def test_an_end_without_a_pause_finishes_the_session(connector: FakeConnector) -> None:
    async with an_utterance(connector, endpointing=RACE) as utterance, bounded():
        say(utterance, THREE)
        utterance.finish()
        assert (await utterance.result()).text == THREE_WORDS

    assert texts_sent(connector.transports[0]) == ["finish:"]


async def test_the_session_finishes_if_there_are_words_after_the_flush(
    connector: FakeConnector,
) -> None:
    """Words that the service sends after a final belong to the transcript."""
    async with an_utterance(connector, endpointing=RACE) as utterance, bounded():
        say(utterance, THREE, silence(200))
        transport = await the_transport(connector)
        await until(lambda: texts_sent(transport) == ["flush:1"])
        async for revision in utterance.revisions():
            if revision.settled == THREE_WORDS:
                break
        transport.put("partial:and quietly")
        async for revision in utterance.revisions():
            if revision.text.endswith("quietly"):
                break
        say(utterance, silence(400))
        utterance.finish()
        transport.put("final:and quietly")
        result = await utterance.result()

    assert result.text == f"{THREE_WORDS} and quietly"
    assert texts_sent(transport)[-1] == "finish:"


async def test_the_session_finishes_if_there_may_be_soft_speech_after_the_flush(
    connector: FakeConnector,
) -> None:
    """The sound after the flush may be the speaker or other people, so no word may be lost."""
    soft = bytes(each for pair in zip(TWO[::2], bytes(len(TWO) // 2), strict=True) for each in pair)
    endpointing = Endpointing(min_speech_ms=50, source="client")
    async with an_utterance(connector, endpointing=endpointing) as utterance, bounded():
        say(utterance, THREE, silence(200))
        transport = await the_transport(connector)
        await until(lambda: texts_sent(transport) == ["flush:1"])
        say(utterance, soft * 5)
        utterance.finish()
        result = await utterance.result()

    assert texts_sent(transport) == ["flush:1", "finish:"]
    assert result.text.split()[3:] == scripted_words(silence(200) + soft * 5)
    assert result.timing.speech_ms == 2800


async def test_speculation_can_be_disabled(connector: FakeConnector) -> None:
    endpointing = Endpointing(min_speech_ms=50, speculate_ms=0)
    async with an_utterance(connector, endpointing=endpointing) as utterance, bounded():
        say(utterance, THREE, silence(600))
        assert (await utterance.result()).text == THREE_WORDS

    assert texts_sent(connector.transports[0]) == ["finish:"]


async def test_a_service_that_cannot_flush_is_finished_at_the_endpoint(
    connector: FakeConnector,
) -> None:
    utterance = an_utterance(connector, endpointing=RACE, client=WithoutFlush, can_flush=False)
    async with utterance, bounded():
        say(utterance, THREE, silence(600))
        result = await utterance.result()

    assert result.text == THREE_WORDS
    assert texts_sent(connector.transports[0]) == ["finish:"]


async def test_without_speech_the_result_is_empty_and_the_session_is_closed(
    connector: FakeConnector,
) -> None:
    endpointing = Endpointing(no_speech_timeout_s=2)
    async with an_utterance(connector, endpointing=endpointing) as utterance, bounded():
        utterance.feed(silence(10))
        transport = await the_transport(connector)
        say(utterance, silence(1990))
        result = await utterance.result()
        await transport.closed.wait()

    assert (result.text, result.ended_by) == ("", Ending.NO_SPEECH)
    assert result.complete
    assert transport.closed_by_client
    assert texts_sent(transport) == []


async def test_a_loud_sound_without_words_does_not_end_the_utterance(
    connector: FakeConnector,
) -> None:
    """The sound is like a cough: the service answers the flush without words."""
    async with (
        an_utterance(
            connector, endpointing=RACE, client=WithoutEventsFor(THREE_WORDS)
        ) as utterance,
        bounded(),
    ):
        say(utterance, THREE, silence(200))
        transport = await the_transport(connector)
        await until(lambda: texts_sent(transport) == ["flush:1"])
        for _ in range(20):  # the answer causes no event for which the test could wait
            await asyncio.sleep(0)
        say(utterance, silence(800), TWO, silence(600))
        result = await utterance.result()

    assert result.text == TWO_WORDS


async def test_an_utterance_that_is_too_long_has_a_result(connector: FakeConnector) -> None:
    endpointing = Endpointing(min_speech_ms=50, max_utterance_s=1)
    pcm = noise(words=10)
    async with an_utterance(connector, endpointing=endpointing) as utterance, bounded():
        say(utterance, pcm)
        result = await utterance.result()

    assert result.ended_by is Ending.TOO_LONG
    assert result.text.split() == scripted_words(pcm[:32000])


async def test_an_unrequested_final_ends_the_utterance_if_the_service_ends_turns(
    connector: FakeConnector,
) -> None:
    endpointing = Endpointing(source="provider", speculate_ms=0)
    utterance = an_utterance(connector, endpointing=endpointing, ends_turns=True, can_flush=False)
    async with utterance, bounded():
        say(utterance, THREE, silence(2000))
        transport = await the_transport(connector)
        await until(lambda: len(audio_sent(transport)) >= len(THREE))
        transport.put(f"final:{THREE_WORDS}")
        result = await utterance.result()

    assert (result.text, result.ended_by) == (THREE_WORDS, Ending.PROVIDER)
    assert texts_sent(transport) == []


async def test_a_final_without_words_does_not_end_the_utterance(connector: FakeConnector) -> None:
    endpointing = Endpointing(source="provider", speculate_ms=0)
    utterance = an_utterance(connector, endpointing=endpointing, ends_turns=True, can_flush=False)
    async with utterance, bounded():
        say(utterance, silence(500))
        transport = await the_transport(connector)
        transport.put("final:")
        transport.put("final:yes")
        result = await utterance.result()

    assert result.text == "yes"


async def test_silence_does_not_end_the_utterance_if_only_the_client_may(
    connector: FakeConnector,
) -> None:
    endpointing = Endpointing(source="client", min_speech_ms=50)
    async with an_utterance(connector, endpointing=endpointing) as utterance, bounded():
        say(utterance, THREE, silence(3000), TWO, silence(300))
        utterance.finish()
        result = await utterance.result()

    assert result.text == f"{THREE_WORDS} {TWO_WORDS}"
    assert result.ended_by is Ending.CLIENT


async def test_with_on_speech_no_session_is_opened_before_there_is_speech(
    connector: FakeConnector,
) -> None:
    endpointing = Endpointing(min_speech_ms=50, connect="on_speech")
    async with an_utterance(connector, endpointing=endpointing) as utterance, bounded():
        say(utterance, silence(5000))
        await asyncio.sleep(0)
        assert connector.requests == []
        say(utterance, THREE, silence(600))
        result = await utterance.result()

    sent = audio_sent(connector.transports[0])
    assert result.text
    assert 500 * 32 <= sent.index(THREE) <= 600 * 32  # 0.5 s come before it, in whole batches
    assert result.timing.audio_ms == 6200


async def test_with_on_speech_silence_opens_no_session(
    connector: FakeConnector,
) -> None:
    endpointing = Endpointing(connect="on_speech")
    async with an_utterance(connector, endpointing=endpointing) as utterance, bounded():
        say(utterance, silence(3000))
        utterance.finish()
        result = await utterance.result()

    assert (result.text, result.connections) == ("", 0)
    assert connector.requests == []


async def test_quiet_speech_that_only_the_service_detects_is_not_lost(
    connector: FakeConnector,
) -> None:
    endpointing = Endpointing(min_speech_ms=2000)  # all speech is shorter, so none is detected
    async with an_utterance(connector, endpointing=endpointing) as utterance, bounded():
        say(utterance, THREE)
        utterance.finish()
        assert (await utterance.result()).text == THREE_WORDS


@pytest.mark.parametrize("chunk_ms", [10, 64, 100, 1000])
async def test_the_sizes_of_the_chunks_change_nothing(
    chunk_ms: int, connector: FakeConnector
) -> None:
    async with an_utterance(connector, endpointing=RACE) as utterance, bounded():
        say(utterance, THREE, silence(1000), TWO, chunk_ms=chunk_ms)
        result = await utterance.result()

    assert result.text == THREE_WORDS
    assert result.ended_by is Ending.SILENCE


class WithoutFlush(ScriptedClient):
    capabilities = replace(SCRIPTED_CAPABILITIES, flush=False)


def WithoutEventsFor(words: str) -> Callable[[], ScriptedClient]:  # noqa: N802 - stands for a class
    class Filtered(ScriptedClient):
        def report(self, event: object) -> None:
            if isinstance(event, (PartialText, FinalText)) and words.startswith(event.text):
                event = type(event)(text="")
            super().report(event)

    return Filtered

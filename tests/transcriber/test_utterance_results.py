"""The result of an utterance, for audio of any format."""

import asyncio

import pytest

from emulators import service
from sessions import noise
from utterances import (
    SECOND,
    THREE,
    THREE_WORDS,
    an_utterance,
    bounded,
    first_words_received,
    the_transport,
)
from wyoming_bridge.audio import AudioFormat, Encoding
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.elevenlabs.client import ElevenLabsClient
from wyoming_bridge.testing import FakeConnector, scripted_words
from wyoming_bridge.transcriber import Utterance


def an_utterance_with_elevenlabs() -> Utterance:
    """Return an utterance with a service that sends words, a language, and finals for silence."""
    return an_utterance(
        FakeConnector(service("elevenlabs")),
        client=lambda: ElevenLabsClient(ElevenLabsSettings()),
    )


async def test_the_result_is_the_spoken_text(connector: FakeConnector) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        result = await utterance.result()
    assert result.text == THREE_WORDS
    assert result.complete
    assert (result.profile, result.provider) == ("kitchen", "scripted")


async def test_the_result_has_words_and_a_language_if_the_service_sends_them() -> None:
    async with an_utterance_with_elevenlabs() as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        result = await utterance.result()
    assert [word.text for word in result.words if word.kind == "word"] == scripted_words(THREE)
    assert [(word.start_ms, word.end_ms) for word in result.words if word.kind == "word"] == [
        (0, 200),
        (200, 400),
        (400, 600),
    ]
    assert result.language == "en"


async def test_the_timing_has_the_time_of_each_event(connector: FakeConnector) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        timing = (await utterance.result()).timing
    assert timing.audio_ms == 600
    assert timing.ready_ms is not None
    assert timing.first_text_ms is not None
    assert timing.final_ms is not None
    assert 0 <= timing.ready_ms <= timing.first_text_ms <= timing.total_ms
    assert timing.final_ms <= timing.total_ms


async def test_silence_is_an_empty_result_without_a_first_text() -> None:
    async with an_utterance_with_elevenlabs() as utterance, bounded():
        utterance.feed(bytes(SECOND))
        utterance.finish()
        result = await utterance.result()
    assert result.text == ""
    assert result.complete
    assert result.timing.first_text_ms is None


async def test_an_utterance_without_audio_is_empty_and_opens_no_session(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(b"")
        utterance.finish()
        utterance.finish()
        result = await utterance.result()
        assert [revision async for revision in utterance.revisions()] == []
    assert (result.text, result.complete) == ("", True)
    assert result.timing.audio_ms == 0
    assert connector.requests == []


async def test_a_session_is_opened_with_the_first_audio_and_not_before(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector) as utterance:
        assert not connector.asked.is_set()
        utterance.feed(THREE)
        await the_transport(connector)
    assert len(connector.requests) == 1


async def test_speech_while_connecting_is_kept(connector: FakeConnector) -> None:
    connector.hold_connects()
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE[:6400])
        await connector.asked.wait()
        utterance.feed(THREE[6400:])
        utterance.finish()
        connector.release()
        assert (await utterance.result()).text == THREE_WORDS


async def test_audio_after_the_end_is_ignored(connector: FakeConnector) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        utterance.feed(noise(words=2, seed=1))
        result = await utterance.result()
        utterance.feed(noise(words=2, seed=1))
    assert result.text == THREE_WORDS
    assert result.timing.audio_ms == 600


async def test_the_result_can_be_read_several_times_and_by_several_tasks(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        first, second = await asyncio.gather(utterance.result(), utterance.result())
        assert first is second is await utterance.result()


async def test_a_reader_that_is_cancelled_does_not_disturb_other_readers(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        impatient = asyncio.create_task(utterance.result())
        await first_words_received(utterance)
        impatient.cancel()
        await asyncio.wait([impatient])
        utterance.finish()
        assert (await utterance.result()).text == THREE_WORDS


@pytest.mark.parametrize(
    ("sample_rate_hz", "channels"), [(8000, 1), (24000, 1), (16000, 2), (48000, 2)]
)
async def test_audio_of_any_format_is_converted(
    connector: FakeConnector, sample_rate_hz: int, channels: int
) -> None:
    source = AudioFormat(
        encoding=Encoding.PCM_S16LE, sample_rate_hz=sample_rate_hz, channels=channels
    )
    audio = bytes(range(1, 201)) * (source.bytes_of(1000) // 200)
    async with an_utterance(connector, source=source) as utterance, bounded():
        utterance.feed(audio[:1001])
        utterance.feed(audio[1001:])
        utterance.finish()
        result = await utterance.result()
    (transport,) = connector.transports
    sent = b"".join(message for message in transport.sent if isinstance(message, bytes))
    assert len(sent) == SECOND
    assert result.text.split() == scripted_words(sent)
    assert result.timing.audio_ms == 1000


async def test_both_channels_are_transcribed(connector: FakeConnector) -> None:
    source = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=2)
    async with an_utterance(connector, source=source) as utterance, bounded():
        utterance.feed(b"\x10\x00\x30\x00" * 3200)
        utterance.finish()
        result = await utterance.result()
    assert result.text.split() == scripted_words(b"\x20\x00" * 3200)

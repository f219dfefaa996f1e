"""The deadlines of an utterance: until the service is ready, and until its final."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from patience import PATIENCE_S
from utterances import (
    PATIENT,
    SECOND,
    THREE,
    THREE_WORDS,
    an_utterance,
    bounded,
    first_words_received,
    the_transport,
)
from wyoming_bridge.endpointing import Ending
from wyoming_bridge.errors import ConnectTimeoutError, FinalTimeoutError
from wyoming_bridge.testing import FakeConnector
from wyoming_bridge.transcriber import Limits


async def test_a_service_that_cannot_be_reached_in_time_is_an_error(
    connector: FakeConnector,
) -> None:
    connector.hold_connects()
    limits = Limits(ready_s=0.05, final_s=PATIENCE_S)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        with pytest.raises(ConnectTimeoutError, match=r"not ready within 0\.05 s"):
            await utterance.result()


async def test_a_service_that_accepts_the_connection_and_is_never_ready_is_an_error(
    connector: FakeConnector,
) -> None:
    connector.go_silent()
    limits = Limits(ready_s=0.05, final_s=PATIENCE_S)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        with pytest.raises(ConnectTimeoutError):
            await utterance.result()
        (transport,) = connector.transports
        await transport.closed.wait()


async def test_a_partial_does_not_stand_in_for_a_missing_final(
    connector: FakeConnector,
) -> None:
    """The partial may be half a command, because a slow service reports words late."""
    limits = replace(PATIENT, total_s=0.05)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(THREE)
        await first_words_received(utterance)
        connector.go_silent()
        utterance.finish()
        with pytest.raises(FinalTimeoutError, match=r"within 0\.05 s after the audio"):
            await utterance.result()


async def test_a_missing_final_is_an_error_if_there_is_no_text(
    connector: FakeConnector,
) -> None:
    limits = replace(PATIENT, total_s=0.05)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(bytes(SECOND // 10))
        transport = await the_transport(connector)
        transport.go_silent()
        utterance.finish()
        with pytest.raises(FinalTimeoutError, match=r"within 0\.05 s after the audio"):
            await utterance.result()


async def test_a_session_that_finishes_with_a_partial_open_is_not_complete(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(bytes(6400))
        transport = await the_transport(connector)
        transport.put("partial:and then")
        utterance.finish()
        result = await utterance.result()
    assert (result.text, result.complete) == ("and then", False)


async def test_audio_faster_than_real_time_gives_the_service_more_time(
    connector: FakeConnector,
) -> None:
    """The test feeds more than 10 s of audio at once.

    The limit of 1 ms begins only when the audio would have ended in real time.
    """
    limits = replace(PATIENT, total_s=0.001)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(THREE + bytes(10 * SECOND))
        await first_words_received(utterance)
        connector.hold()
        utterance.finish()
        asyncio.get_running_loop().call_later(0.1, connector.release)
        result = await utterance.result()
    assert (result.text, result.complete) == (THREE_WORDS, True)


async def test_a_source_that_never_sends_audio_has_ended(connector: FakeConnector) -> None:
    async def silent_microphone() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    limits = Limits(idle_s=0.05)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        hearing = asyncio.create_task(utterance.hear(silent_microphone()))
        result = await utterance.result()
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)

    assert (result.text, result.ended_by) == ("", Ending.AUDIO_LOST)
    assert connector.transports == []

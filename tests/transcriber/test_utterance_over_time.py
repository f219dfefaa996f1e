"""Long utterances with audio in real time, and sessions that break during them."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from emulators import UNCUT, service
from sessions import noise
from utterances import THREE, THREE_WORDS, an_utterance, say, silence
from virtual_time import VirtualTimeLoop, in_virtual_time
from wyoming_bridge.endpointing import Ending, Endpointing
from wyoming_bridge.errors import (
    ConnectError,
    ConnectTimeoutError,
    FinalTimeoutError,
)
from wyoming_bridge.providers.contract import ClientProtocol, ConnectRequest
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.registry import new_client
from wyoming_bridge.testing import FakeConnector, FakeTransport, ScriptedServer, scripted_words
from wyoming_bridge.transcriber import Limits, Utterance

CHUNK_MS = 20
FIVE = noise(words=5, seed=3)


class SlowConnector(FakeConnector):
    """A connector whose service answers a handshake after 0.2 s."""

    async def open(
        self, request: ConnectRequest, *, provider: str, on_accepted: Callable[[], None]
    ) -> FakeTransport:
        await asyncio.sleep(0.2)
        return await super().open(request, provider=provider, on_accepted=on_accepted)


class SilentServer(ScriptedServer):
    """A server that sends only what a test passes to its transport."""

    def report(self, result: object) -> None:
        pass


def break_for_good(connector: FakeConnector) -> None:
    """Break the session, and refuse all others."""
    connector.refuse(ConnectError("gone"))
    connector.transports[0].end(code=None)


def utterance_ended_by_service(
    connector: FakeConnector, *, limits: Limits, **how: int
) -> Utterance:
    settings, _ = ElevenLabsSettings().with_server_vad(
        silence_ms=600, min_speech_ms=80, speech_threshold=0.5
    )

    def client() -> ClientProtocol:
        return new_client(settings)

    return an_utterance(
        connector,
        client=client,
        endpointing=Endpointing(source="provider", **how),
        limits=limits,
        can_flush=False,
        ends_turns=True,
    )


async def speak(utterance: Utterance, pcm: bytes) -> None:
    for start in range(0, len(pcm), 32 * CHUNK_MS):
        utterance.feed(pcm[start : start + 32 * CHUNK_MS])
        await asyncio.sleep(CHUNK_MS / 1000)


async def second_session(connector: FakeConnector) -> FakeTransport:
    while len(connector.transports) < 2:  # noqa: ASYNC110 - there is no event for this
        await asyncio.sleep(0.01)
    return connector.transports[1]


@pytest.mark.parametrize("breaks_at_s", [5, 16, 40])
@in_virtual_time
async def test_a_session_that_breaks_is_replaced_after_long_speech_too(
    breaks_at_s: int,
) -> None:
    connector = SlowConnector(ScriptedServer.accept)
    speech = noise(words=250)  # 50 s
    async with an_utterance(connector, limits=Limits()) as utterance:
        await speak(utterance, speech[: breaks_at_s * 32000])
        connector.transports[0].end(code=None)
        await speak(utterance, speech[breaks_at_s * 32000 :])
        utterance.finish()
        result = await utterance.result()

    assert result.text.split() == scripted_words(speech)
    assert (result.complete, result.connections) == (True, 2)


@in_virtual_time
async def test_half_of_the_speech_does_not_stand_in_without_a_detector() -> None:
    connector = FakeConnector(ScriptedServer.accept)
    speech = noise(words=20)
    async with an_utterance(connector, limits=Limits()) as utterance:
        await speak(utterance, speech[: len(speech) // 2])
        connector.hold()
        await speak(utterance, speech[len(speech) // 2 :])
        utterance.finish()
        with pytest.raises(FinalTimeoutError, match="within 30 s"):
            await utterance.result()


@in_virtual_time
async def test_a_late_answer_to_the_first_flush_does_not_stand_in_for_later_speech() -> None:
    connector = FakeConnector(lambda _request, _now: SilentServer())
    endpointing = Endpointing(min_speech_ms=50)
    async with an_utterance(connector, endpointing=endpointing, limits=Limits()) as utterance:
        await speak(utterance, noise(words=5) + silence(300))
        await speak(utterance, noise(words=3, seed=1) + silence(660))  # ends the utterance
        connector.transports[0].put("final:turn off")
        connector.transports[0].put("flushed:1")
        await asyncio.sleep(0.1)
        break_for_good(connector)
        with pytest.raises(ConnectError):
            await utterance.result()


@in_virtual_time
async def test_the_first_words_of_a_recording_do_not_stand_in_for_all_of_it() -> None:
    """All audio was sent at once, but the service needs time to process it."""
    connector = FakeConnector(lambda _request, _now: SilentServer())
    async with an_utterance(connector, limits=Limits()) as utterance:
        say(utterance, noise(words=50))  # 10 s
        utterance.finish()
        await asyncio.sleep(0.3)
        connector.transports[0].put("partial:turn")
        await asyncio.sleep(0.05)
        break_for_good(connector)
        with pytest.raises(ConnectError):
            await utterance.result()


@in_virtual_time
async def test_a_silent_service_is_replaced_however_often_the_speaker_pauses() -> None:
    connector = FakeConnector(ScriptedServer.accept)
    endpointing = Endpointing(min_speech_ms=50)
    async with an_utterance(connector, endpointing=endpointing, limits=Limits()) as utterance:
        await speak(utterance, noise(words=4))
        connector.transports[0].go_silent()
        for seed in range(3):
            await speak(utterance, silence(260) + noise(words=5, seed=seed))

        assert len(connector.transports) == 2


@pytest.mark.parametrize("fault", [FakeConnector.go_silent, FakeConnector.hold_connects])
@in_virtual_time
async def test_a_service_that_never_answered_has_not_reported_silence(
    fault: Callable[[FakeConnector], None],
) -> None:
    connector = FakeConnector(service("elevenlabs", behaviour=UNCUT))
    fault(connector)
    limits = Limits(answer_s=15)
    # Without speculation, there is no detector.
    async with utterance_ended_by_service(connector, limits=limits, speculate_ms=0) as utterance:
        await speak(utterance, noise(words=50))  # 10 s; silence would end the turn after 8 s
        with pytest.raises(ConnectTimeoutError):
            await utterance.result()


@in_virtual_time
async def test_a_segment_that_ends_because_of_its_length_does_not_end_the_turn() -> None:
    connector = FakeConnector(service("elevenlabs", behaviour=UNCUT))
    speech = noise(words=200)  # 40 s; the client commits after 30 s
    limits = Limits()
    async with utterance_ended_by_service(
        connector, limits=limits, max_utterance_s=60
    ) as utterance:
        await speak(utterance, speech)
        utterance.finish()
        result = await utterance.result()

    assert result.text.split() == scripted_words(speech)
    assert (result.complete, result.ended_by) == (True, Ending.CLIENT)


@in_virtual_time
async def test_a_session_that_breaks_at_the_end_makes_no_deadline_longer() -> None:
    connector = FakeConnector(ScriptedServer.accept)
    speech = noise(words=50)  # 10 s, in real time
    limits = Limits(ready_s=200, answer_s=60, final_s=60, total_s=3)
    async with an_utterance(connector, limits=limits) as utterance:
        await speak(utterance, speech)
        connector.hold_connects()
        connector.transports[0].end(code=None)
        await asyncio.sleep(0.05)  # half of the delay before the next session
        ended_at = asyncio.get_running_loop().time()
        utterance.finish()
        with pytest.raises(FinalTimeoutError):
            await utterance.result()

    assert asyncio.get_running_loop().time() - ended_at == pytest.approx(3)


@in_virtual_time
async def test_the_silence_after_a_flush_is_not_sent_again() -> None:
    connector = FakeConnector(ScriptedServer.accept)
    endpointing = Endpointing(min_speech_ms=50, silence_ms=1200)
    async with an_utterance(connector, endpointing=endpointing) as utterance:
        await speak(utterance, THREE + silence(100))
        first = connector.transports[0]
        first.hold()
        await speak(utterance, silence(1050))  # the flush is sent during this silence
        first.end(code=None)
        await speak(utterance, silence(50))  # the utterance ends before there is another session
        result = await utterance.result()

    again = b"".join(m for m in connector.transports[1].sent if isinstance(m, bytes))
    assert result.text == THREE_WORDS
    assert len(again) <= len(THREE + silence(300))


@pytest.mark.parametrize("suspended_s", [9.95, 10.0, 10.03, 10.05, 10.09, 10.12, 20])
@in_virtual_time
async def test_a_process_that_was_suspended_reads_waiting_messages_before_it_gives_up(
    suspended_s: float,
) -> None:
    connector = FakeConnector(ScriptedServer.accept)
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)

    async def speaking() -> AsyncIterator[bytes]:
        yield THREE
        loop.stand_still(suspended_s)
        await asyncio.sleep(0.01)  # all timers fire before the sockets are read
        yield FIVE

    async with an_utterance(connector, limits=Limits(idle_s=10)) as utterance:
        await utterance.hear(speaking())
        result = await utterance.result()

    assert result.text == " ".join([*scripted_words(THREE), *scripted_words(FIVE)])
    assert result.ended_by is Ending.CLIENT

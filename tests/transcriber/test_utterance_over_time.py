"""Utterances that last, with audio as it is spoken, and sessions that break in them."""

import asyncio

import pytest

from sessions import noise
from utterances import THREE, THREE_WORDS, an_utterance, silence
from virtual_time import in_virtual_time
from wyoming_bridge.errors import FinalTimeoutError
from wyoming_bridge.providers.contract import ConnectRequest
from wyoming_bridge.testing import FakeConnector, FakeTransport, ScriptedServer, scripted_words
from wyoming_bridge.transcriber import Endpointing, Limits, Utterance

CHUNK_MS = 20


class SlowConnector(FakeConnector):
    """Its service answers a handshake after 0.2 s."""

    async def open(self, request: ConnectRequest, *, provider: str) -> FakeTransport:
        await asyncio.sleep(0.2)
        return await super().open(request, provider=provider)


class MuteServer(ScriptedServer):
    """It says nothing but what a test puts in its mouth."""

    def report(self, result: object) -> None:
        pass


async def speak(utterance: Utterance, pcm: bytes) -> None:
    for start in range(0, len(pcm), 32 * CHUNK_MS):
        utterance.feed(pcm[start : start + 32 * CHUNK_MS])
        await asyncio.sleep(CHUNK_MS / 1000)


async def second_session(connector: FakeConnector) -> FakeTransport:
    while len(connector.transports) < 2:  # noqa: ASYNC110 - no event tells it, and time is free
        await asyncio.sleep(0.01)
    return connector.transports[1]


@pytest.mark.parametrize("breaks_at_s", [5, 16, 40])
@in_virtual_time
async def test_a_session_that_breaks_is_replaced_however_long_somebody_spoke(
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
async def test_half_of_what_was_said_does_not_stand_in_where_nobody_listens() -> None:
    connector = FakeConnector(ScriptedServer.accept)
    speech = noise(words=20)
    async with an_utterance(connector, limits=Limits()) as utterance:
        await speak(utterance, speech[: len(speech) // 2])
        connector.hold()
        await speak(utterance, speech[len(speech) // 2 :])
        utterance.finish()
        with pytest.raises(FinalTimeoutError):
            await utterance.result()


@in_virtual_time
async def test_what_a_later_session_told_goes_before_what_an_earlier_one_did() -> None:
    """The first said the same again, so late that it seemed to have heard all."""
    connector = FakeConnector(lambda _request, _now: MuteServer())
    endpointing = Endpointing(min_speech_ms=50, silence_ms=1000, speculate_ms=0)
    limits = Limits(final_s=3, answer_s=60)
    async with an_utterance(connector, endpointing=endpointing, limits=limits) as utterance:
        await speak(utterance, noise(words=5) + silence(100))
        first = connector.transports[0]
        first.put("partial:turn on")
        await speak(utterance, silence(800))
        first.put("partial:turn on")
        await speak(utterance, silence(100))
        first.end(code=None)
        second = await second_session(connector)
        await asyncio.sleep(1.3)
        second.put("final:turn on the light")
        result = await utterance.result()

    assert result.text == "turn on the light"


@in_virtual_time
async def test_a_session_that_breaks_at_the_end_makes_no_deadline_longer() -> None:
    connector = FakeConnector(ScriptedServer.accept)
    speech = noise(words=50)  # 10 s, as they are spoken
    limits = Limits(ready_s=200, answer_s=60, final_s=60, total_s=3)
    async with an_utterance(connector, limits=limits) as utterance:
        await speak(utterance, speech)
        connector.hold_door()
        connector.transports[0].end(code=None)
        await asyncio.sleep(0.05)  # half of the pause before the next one
        ended_at = asyncio.get_running_loop().time()
        utterance.finish()
        await utterance.result()

    assert asyncio.get_running_loop().time() - ended_at == pytest.approx(3)


@in_virtual_time
async def test_the_silence_behind_a_flush_is_not_sent_again() -> None:
    connector = FakeConnector(ScriptedServer.accept)
    endpointing = Endpointing(min_speech_ms=50, silence_ms=3000)
    async with an_utterance(connector, endpointing=endpointing) as utterance:
        await speak(utterance, THREE + silence(100))
        first = connector.transports[0]
        first.hold()
        await speak(utterance, silence(2850))  # with the flush in it
        first.end(code=None)
        await speak(utterance, silence(50))  # the endpoint, before there is another session
        result = await utterance.result()

    again = b"".join(m for m in connector.transports[1].sent if isinstance(m, bytes))
    assert result.text == THREE_WORDS
    assert len(again) <= len(THREE + silence(300))

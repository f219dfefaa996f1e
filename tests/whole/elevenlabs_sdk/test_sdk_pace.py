"""ElevenLabs' own client library, unmodified, against a local server with a slow engine."""

import asyncio

import httpx
import pytest
from elevenlabs import RealtimeEvents
from elevenlabs.core.api_error import ApiError

from elevenlabs_library import SPEECH, WORDS, connect, library
from patience import PATIENCE_S
from serving import Serve
from stuck_engine import StuckEngine
from wyoming_bridge.local.service import LocalServer


async def test_the_connection_survives_a_minute_of_speech_at_once(serve: Serve) -> None:
    engine = StuckEngine()
    session = await connect(await serve(engine=engine))
    for _ in range(60):
        await session.say(SPEECH)
    async with asyncio.timeout(PATIENCE_S):  # the library gives up after 20 s without an answer
        await (await session.connection.websocket.ping())
    engine.released.set()
    await session.connection.commit()
    committed = await session.next(RealtimeEvents.COMMITTED_TRANSCRIPT)

    assert committed["text"] == " ".join([WORDS] * 60)


async def test_a_second_commit_right_after_the_first_loses_no_text(server: LocalServer) -> None:
    session = await connect(server)
    await session.say(SPEECH)
    await session.connection.commit()
    await session.connection.commit()
    committed = await session.next(RealtimeEvents.COMMITTED_TRANSCRIPT)
    await session.next(RealtimeEvents.COMMIT_THROTTLED)

    assert committed["text"] == WORDS


async def test_a_recording_is_refused_with_the_services_own_error(server: LocalServer) -> None:
    async with httpx.AsyncClient() as http:
        with pytest.raises(ApiError) as caught:
            await library(server, http=http).speech_to_text.convert(
                model_id="scribe_v2", file=SPEECH
            )

    assert caught.value.status_code == 404
    assert caught.value.body["detail"]["status"] == "not_found"
    assert "only live audio" in caught.value.body["detail"]["message"]

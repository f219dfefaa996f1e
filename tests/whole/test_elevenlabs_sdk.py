"""ElevenLabs' own client library, unmodified, against the local realtime server."""

import asyncio
import base64
from collections.abc import AsyncIterator

import pytest
from elevenlabs import AsyncElevenLabs, AudioFormat, RealtimeEvents

from wyoming_bridge.local.engines import ScriptedEngine, scripted_words
from wyoming_bridge.local.service import LocalServer

SPEECH = bytes([5, 1]) * 16000
WORDS = " ".join(scripted_words(SPEECH))


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    server = LocalServer(engine=ScriptedEngine(), tokens=frozenset({"right-key"}))
    await server.start()
    yield server
    await server.stop()


class Session:
    """Collects what the library reports."""

    def __init__(self, connection) -> None:
        self.connection = connection
        self.heard: asyncio.Queue[tuple[str, dict]] = asyncio.Queue()
        for event in RealtimeEvents:
            connection.on(event, lambda data=None, name=event: self.heard.put_nowait((name, data)))

    async def next(self, name: RealtimeEvents) -> dict:
        while True:
            kind, data = await asyncio.wait_for(self.heard.get(), 10)
            if kind == name:
                return data


async def connect(server: LocalServer, key: str, **options: object) -> Session:
    client = AsyncElevenLabs(api_key=key, base_url=server.url.replace("ws:", "http:"))
    connection = await client.speech_to_text.realtime.connect(
        {
            "model_id": "scribe_v2_realtime",
            "audio_format": AudioFormat.PCM_16000,
            "sample_rate": 16000,
            **options,
        }
    )
    return Session(connection)


async def test_a_commit_gives_partials_the_transcript_and_its_timed_twin(
    server: LocalServer,
) -> None:
    session = await connect(
        server, "right-key", include_timestamps=True, include_language_detection=True
    )
    started = await session.next(RealtimeEvents.SESSION_STARTED)
    await session.connection.send({"audio_base_64": base64.b64encode(SPEECH).decode()})
    partial = await session.next(RealtimeEvents.PARTIAL_TRANSCRIPT)
    await session.connection.commit()
    committed = await session.next(RealtimeEvents.COMMITTED_TRANSCRIPT)
    timed = await session.next(RealtimeEvents.COMMITTED_TRANSCRIPT_WITH_TIMESTAMPS)
    await session.connection.close()

    assert started["config"]["model_id"] == "scribe_v2_realtime"
    assert WORDS.startswith(partial["text"])
    assert committed["text"] == timed["text"] == WORDS
    assert "".join(word["text"] for word in timed["words"]) == WORDS
    assert timed["language_code"] == "en"


async def test_a_commit_of_nothing_is_throttled(server: LocalServer) -> None:
    session = await connect(server, "right-key")
    await session.next(RealtimeEvents.SESSION_STARTED)
    await session.connection.commit()
    error = await session.next(RealtimeEvents.COMMIT_THROTTLED)

    assert "at least 0.3s" in error["error"]


async def test_a_wrong_key_is_an_auth_error(server: LocalServer) -> None:
    session = await connect(server, "wrong-key")
    error = await session.next(RealtimeEvents.AUTH_ERROR)

    assert "authenticated" in error["error"]

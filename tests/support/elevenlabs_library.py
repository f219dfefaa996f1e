"""Sessions of ElevenLabs' own client library with a local server."""

import asyncio
import base64

import httpx
from elevenlabs import AsyncElevenLabs, AudioFormat, RealtimeEvents

from patience import PATIENCE_S
from serving import KEY
from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.local.service import LocalServer

SPEECH = bytes([5, 1]) * 16000
WORDS = " ".join(scripted_words(SPEECH))


class Session:
    """A session of the library, whose events are collected in a queue."""

    def __init__(self, connection) -> None:
        self.connection = connection
        self.received: asyncio.Queue[tuple[str, dict]] = asyncio.Queue()
        for event in RealtimeEvents:
            connection.on(
                event, lambda data=None, name=event: self.received.put_nowait((name, data))
            )

    async def say(self, pcm: bytes) -> None:
        await self.connection.send({"audio_base_64": base64.b64encode(pcm).decode()})

    async def next(self, name: RealtimeEvents) -> dict:
        while True:
            kind, data = await asyncio.wait_for(self.received.get(), PATIENCE_S)
            if kind == name:
                return data


OPENED: list[Session] = []


def library(
    server: LocalServer, key: str | None = KEY, http: httpx.AsyncClient | None = None
) -> AsyncElevenLabs:
    base_url = server.url.replace("ws:", "http:")
    return AsyncElevenLabs(api_key=key or "", base_url=base_url, httpx_client=http)


async def connect(server: LocalServer, key: str | None = KEY, **options: object) -> Session:
    wanted = {
        "model_id": "scribe_v2_realtime",
        "audio_format": AudioFormat.PCM_16000,
        "sample_rate": 16000,
        **options,
    }
    session = Session(await library(server, key).speech_to_text.realtime.connect(wanted))
    OPENED.append(session)
    return session

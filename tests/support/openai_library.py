"""OpenAI's own client library, unmodified, and recordings for it."""

import io
import wave
from collections.abc import AsyncIterator, Callable

import pytest
from openai import AsyncOpenAI

from serving import KEY, Serve
from sessions import noise
from wyoming_bridge.audio import PCM_16K_MONO, AudioFormat, Converter, Encoding
from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.openai.behaviour import OpenAIBehaviour

SPEECH = noise(words=4)
WORDS = " ".join(scripted_words(SPEECH))
SIXTEEN_KHZ = OpenAIBehaviour(rate_hz=16_000, agreeing_partials=1)
"""At 16 kHz, audio is not resampled. Resampling would change the words of the scripted engine."""


@pytest.fixture
async def openai_server(serve: Serve) -> LocalServer:
    return await serve(services=(SIXTEEN_KHZ,))


NewLibrary = Callable[..., AsyncOpenAI]


@pytest.fixture
async def library(openai_server: LocalServer) -> AsyncIterator[NewLibrary]:
    """Return a function that creates a client of the library for a server."""
    created: list[AsyncOpenAI] = []

    def new(*, api_key: str = KEY, path: str = "", url: str = "") -> AsyncOpenAI:
        base = (url or openai_server.url).replace("ws://", "http://")
        client = AsyncOpenAI(api_key=api_key, base_url=f"{base}{path}/v1", max_retries=0)
        created.append(client)
        return client

    yield new
    for client in created:
        await client.close()


def as_wav(pcm: bytes, *, rate_hz: int = 16_000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(rate_hz)
        recording.writeframes(pcm)
    return file.getvalue()


def resampled(pcm: bytes, *, rate_hz: int) -> bytes:
    target = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=rate_hz, channels=1)
    converter = Converter(source=PCM_16K_MONO, target=target)
    return converter.convert(pcm) + converter.flush()

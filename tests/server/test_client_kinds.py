"""How existing Wyoming clients behave if a bridge fails, and if it sends early events.

Each function in ``CLIENTS`` sends and receives like the client that it is named after.
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.info import Describe, Info

from patience import PATIENCE_S
from wyoming_bridge.config import Address, Config, LocalBackend, Profile
from wyoming_bridge.local.engines.scripted import scripted_words

SPEECH = bytes([9, 3]) * 32000
WORDS = " ".join(scripted_words(SPEECH))
FORMAT = {"rate": 16000, "width": 2, "channels": 1}
CHUNKS = [SPEECH[at : at + 2048] for at in range(0, len(SPEECH), 2048)]

Client = Callable[[AsyncTcpClient, str | None], Awaitable[str]]

FAILED = "failed"


async def upload(client: AsyncTcpClient) -> None:
    for audio in CHUNKS:
        await client.write_event(AudioChunk(audio=audio, **FORMAT).event())
    await client.write_event(AudioStop().event())


async def begin(client: AsyncTcpClient, language: str | None) -> None:
    await client.write_event(Transcribe(language=language).event())
    await client.write_event(AudioStart(**FORMAT).event())


async def received(client: AsyncTcpClient, *, knows_errors: bool) -> str:
    while event := await client.read_event():
        if knows_errors and Error.is_type(event.type):
            return FAILED
        if Transcript.is_type(event.type):
            return Transcript.from_event(event).text
    return FAILED


async def home_assistant_until_2026_7(client: AsyncTcpClient, language: str | None) -> str:
    """Write all audio, then read until the transcript or the end of the connection."""
    await begin(client, language)
    await upload(client)
    return await received(client, knows_errors=False)


async def home_assistant_2026_8(client: AsyncTcpClient, language: str | None) -> str:
    await begin(client, language)
    await upload(client)
    return await received(client, knows_errors=True)


async def home_assistant_2026_10(client: AsyncTcpClient, language: str | None) -> str:
    """Read while writing, and stop writing at the answer."""
    await begin(client, language)
    uploading = asyncio.create_task(upload(client))
    receiving = asyncio.create_task(received(client, knows_errors=True))
    done, _ = await asyncio.wait([uploading, receiving], return_when=asyncio.FIRST_COMPLETED)
    if receiving not in done:
        uploading.result()
        await receiving
    uploading.cancel()
    await asyncio.gather(uploading, return_exceptions=True)
    return receiving.result()


async def faster_whispers_test(client: AsyncTcpClient, language: str | None) -> str:
    """Send ``describe`` first, and ignore all answers except the transcript."""
    await client.write_event(Describe().event())
    while event := await client.read_event():
        if Info.is_type(event.type):
            break
    await begin(client, language)
    await upload(client)
    return await received(client, knows_errors=False)


async def wyoming_cli(client: AsyncTcpClient, language: str | None) -> str:
    """Send ``describe`` first, and take the first event after ``info`` as the answer."""
    await client.write_event(Describe().event())
    await client.read_event()
    await begin(client, language)
    await upload(client)
    event = await client.read_event()
    is_transcript = event is not None and Transcript.is_type(event.type)
    return Transcript.from_event(event).text if is_transcript else FAILED


CLIENTS = {
    each.__name__: each
    for each in (
        home_assistant_until_2026_7,
        home_assistant_2026_8,
        home_assistant_2026_10,
        faster_whispers_test,
        wyoming_cli,
    )
}


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize(("language", "expected"), [("en", WORDS), ("auto", WORDS), ("xx", FAILED)])
async def test_every_client_gets_its_transcript_or_notices_the_failure(
    language: str, expected: str, name: str, start_bridge
) -> None:
    profile = Profile(name="p", backend=LocalBackend(engine="scripted"))
    listen = Address(host="127.0.0.1", port=0)
    address = await start_bridge(Config(listen=listen, profiles=(profile,)))

    async with asyncio.timeout(PATIENCE_S), AsyncTcpClient(*address) as client:
        assert await CLIENTS[name](client, language) == expected

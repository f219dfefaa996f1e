"""The independent fakes of the services, heard through the whole library on real sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from fakes import (
    ElevenLabsFake,
    FakeService,
    Faults,
    Outage,
    Refusal,
    Reson8Fake,
    ScriptixFake,
    noise,
    silence,
    speech,
)
from fakes.audio import WordReader
from patience import PATIENCE_S
from wyoming_bridge import (
    AudioFormat,
    Backends,
    ElevenLabsSettings,
    Encoding,
    Profile,
    Reson8Settings,
    Result,
    ScriptixSettings,
)
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.options import Settings

MONO = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=1)
TEXT = "go forward ten meters"
SERVICES = [
    pytest.param(ScriptixFake, ScriptixSettings, id="scriptix"),
    pytest.param(Reson8Fake, Reson8Settings, id="reson8"),
    pytest.param(ElevenLabsFake, ElevenLabsSettings, id="elevenlabs"),
]


async def spoken(pcm: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(pcm), 2048):
        yield pcm[start : start + 2048]


def heard(*pieces: bytes) -> str:
    reader = WordReader()
    return " ".join(word.text for piece in pieces for word in reader.feed(piece))


def test_a_reader_hears_each_word_once_however_the_audio_is_cut() -> None:
    pcm = noise(200) + speech("stop stop") + silence(300) + speech("go on", gap_ms=0)

    assert heard(pcm) == "stop stop go on"
    assert heard(*(pcm[start : start + 331] for start in range(0, len(pcm), 331))) == (
        "stop stop go on"
    )


def test_a_lost_piece_loses_its_word_and_a_doubled_piece_doubles_it() -> None:
    go, on = speech("go"), speech("on")

    assert heard(go[:5000], on) == "on"
    assert heard(go, go, on) == "go go on"


@pytest.mark.parametrize(("fake", "settings"), SERVICES)
async def test_the_library_hears_what_was_spoken(
    fake: Callable[[], FakeService], settings: Callable[..., Settings]
) -> None:
    async with fake() as service:
        profile = Profile(
            name="kitchen", backend=settings(url=service.url, token="t"), endpointing=RECORDING
        )
        async with Backends([profile]) as backends, asyncio.timeout(PATIENCE_S):
            updates = [
                update
                async for update in backends.transcribe(
                    spoken(speech(TEXT) + silence(300)), source=MONO, profile=profile
                )
            ]

    result = updates[-1]
    assert isinstance(result, Result)
    assert result.text == TEXT
    assert len(service.records) == 1


async def test_a_service_that_is_down_behaves_as_told_and_comes_back() -> None:
    async with Reson8Fake() as service:
        async with connect(service.url, proxy=None) as held:
            await service.go_down(Outage.REFUSED)
            with pytest.raises(ConnectionClosed):
                await held.recv()
        with pytest.raises(ConnectionRefusedError):
            await connect(service.url, proxy=None)
        await service.come_back()
        async with connect(service.url, proxy=None) as again:
            await service.go_down(Outage.BLACK_HOLE)
            with pytest.raises(TimeoutError):
                await connect(service.url, proxy=None, open_timeout=0.05)
            await service.come_back()
            with pytest.raises(ConnectionClosed):
                await again.recv()
        await service.go_down(Outage.RESET)
        with pytest.raises((OSError, EOFError, InvalidHandshake)):
            await connect(service.url, proxy=None)
        await service.come_back()
        await service.go_down(Outage.UNAVAILABLE)
        with pytest.raises(InvalidStatus):
            await connect(service.url, proxy=None)


async def test_the_next_connection_has_its_own_faults() -> None:
    async with ElevenLabsFake() as service:
        service.next_faults.append(
            Faults(refusal=Refusal(status=429, headers={"Retry-After": "1"}, body="slow down"))
        )
        with pytest.raises(InvalidStatus) as refused:
            await connect(service.url, proxy=None)
        async with connect(service.url, proxy=None) as open_again:
            greeting = await open_again.recv()
        with suppress(ConnectionClosed):
            await open_again.wait_closed()

    response = refused.value.response
    assert (response.status_code, response.headers["Retry-After"]) == (429, "1")
    assert bytes(response.body or b"") == b"slow down"
    assert "session_started" in str(greeting)

"""The fakes of the services, tested with the whole library on real sockets."""

from contextlib import suppress

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from fake_runs import TEXT, Kind, every_service, transcribe
from fakes import (
    ElevenLabsFake,
    Faults,
    Outage,
    Refusal,
    Reson8Fake,
    noise,
    silence,
    speech,
)
from fakes.audio import WordReader
from wyoming_bridge import Result


def words_in(*pieces: bytes) -> str:
    reader = WordReader()
    return " ".join(word.text for piece in pieces for word in reader.feed(piece))


def test_a_reader_returns_each_word_once_however_the_audio_is_split() -> None:
    pcm = noise(200) + speech("stop stop") + silence(300) + speech("go on", gap_ms=0)

    assert words_in(pcm) == "stop stop go on"
    assert words_in(*(pcm[start : start + 331] for start in range(0, len(pcm), 331))) == (
        "stop stop go on"
    )


def test_a_lost_piece_loses_its_word_and_a_doubled_piece_doubles_it() -> None:
    go, on = speech("go"), speech("on")

    assert words_in(go[:5000], on) == "on"
    assert words_in(go, go, on) == "go go on"


@every_service
async def test_the_library_returns_the_spoken_text(kind: Kind) -> None:
    result, service = await transcribe(kind)

    assert isinstance(result, Result)
    assert result.text == TEXT
    assert len(service.records) == 1


async def test_each_kind_of_outage_begins_and_ends() -> None:
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

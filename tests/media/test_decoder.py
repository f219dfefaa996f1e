"""Encoded audio, as it comes, becomes raw audio; nothing is left behind."""

import asyncio
import threading

import pytest

from encoded import encoded
from patience import PATIENCE_S
from wyoming_bridge.audio import AudioFormat, Encoding
from wyoming_bridge.errors import AudioFormatError, MediaError, MediaProblem
from wyoming_bridge.media.container import Container
from wyoming_bridge.media.decoder import MediaDecoder

TARGET = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=1)
FORMATS = {
    "mp3": ("libmp3lame", 16000, None),
    "ogg": ("libopus", 48000, Container.OGG),
    "webm": ("libopus", 48000, Container.WEBM),
    "flac": ("flac", 16000, Container.FLAC),
    "wav": ("pcm_s16le", 16000, Container.WAV),
    "adts": ("aac", 16000, None),
    "mpegts": ("aac", 16000, None),
}


async def collect(decoder: MediaDecoder) -> bytes:
    return b"".join([piece async for piece in decoder.audio()])


async def decode(data: bytes, *, step: int, container: Container | None = None) -> bytes:
    async with (
        MediaDecoder(target=TARGET, container=container) as decoder,
        asyncio.timeout(PATIENCE_S),
    ):
        reader = asyncio.create_task(collect(decoder))
        for start in range(0, len(data), step):
            await decoder.feed(data[start : start + step])
        decoder.finish()
        return await reader


def threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name == "decode media"]


def likeness(heard: bytes, said: bytes) -> float:
    """How much two recordings are the same, at the shift that suits best; 1 is alike."""
    import numpy as np

    a = np.frombuffer(said, "<i2").astype(float)
    b = np.frombuffer(heard, "<i2").astype(float)
    spectrum = np.fft.rfft(a, 2 * len(a)).conj() * np.fft.rfft(b, 2 * len(a))
    return float(np.fft.irfft(spectrum).max() / np.sqrt((a @ a) * (b @ b)))


@pytest.mark.parametrize("name", list(FORMATS))
@pytest.mark.parametrize("step", [100, 4096, 1_000_000])
async def test_every_container_is_decoded_however_it_is_cut(name: str, step: int, sample) -> None:
    codec, rate_hz, container = FORMATS[name]
    said = sample("something")

    heard = await decode(
        encoded(said, name, codec, rate_hz=rate_hz), step=step, container=container
    )

    assert abs(len(heard) - len(said)) < 32 * 150
    assert likeness(heard, said) > 0.9


async def test_where_nothing_is_lost_nothing_changes(sample) -> None:
    said = sample("something")

    assert await decode(encoded(said, "flac", "flac"), step=1000) == said


async def test_what_was_fed_is_heard_before_it_is_said_to_be(sample) -> None:
    said = sample("something")
    data = encoded(said, "mpegts", "aac")
    heard = bytearray()

    async def listen(decoder: MediaDecoder) -> None:
        async for piece in decoder.audio():
            heard.extend(piece)

    async with MediaDecoder(target=TARGET) as decoder, asyncio.timeout(PATIENCE_S):
        listener = asyncio.create_task(listen(decoder))
        await decoder.feed(data[: len(data) // 2])
        await decoder.settle()
        half = len(heard)
        await decoder.feed(data[len(data) // 2 :])
        await decoder.settle()
        settled = len(heard)
        decoder.finish()
        await listener

    assert 0.35 * len(said) < half < 0.55 * len(said)
    assert len(said) - settled < 32 * 400


@pytest.mark.parametrize(
    "rubbish", [b"", b"<html>" * 5000, bytes(100_000), bytes(range(256)) * 500], ids=len
)
async def test_what_is_no_audio_is_said_to_be_none(rubbish: bytes) -> None:
    with pytest.raises(MediaError, match="no audio that can be decoded") as caught:
        await decode(rubbish, step=1000)

    assert caught.value.problem is MediaProblem.UNSUPPORTED_FORMAT
    assert threads() == []


async def test_a_file_that_ends_too_early_is_heard_up_to_there(sample) -> None:
    said = sample("something")
    data = encoded(said, "mp3", "libmp3lame")

    heard = await decode(data[: len(data) // 2], step=500)

    assert 0.4 * len(said) < len(heard) < 0.6 * len(said)


async def feed_all(decoder: MediaDecoder, data: bytes) -> None:
    for start in range(0, len(data), 4096):
        await decoder.feed(data[start : start + 4096])


async def test_a_reader_that_waits_stops_the_feeding(sample) -> None:
    data = encoded(sample("something") * 20, "flac", "flac")

    async with MediaDecoder(target=TARGET) as decoder:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(feed_all(decoder, data), 0.5)

    assert threads() == []


async def test_leaving_ends_the_thread_though_it_waits_for_more() -> None:
    async with MediaDecoder(target=TARGET):
        assert threads() == ["decode media"]

    assert threads() == []


async def test_settling_ends_when_the_decoder_gives_up() -> None:
    async with MediaDecoder(target=TARGET) as decoder, asyncio.timeout(PATIENCE_S):
        listener = asyncio.create_task(collect(decoder))
        await decoder.feed(b"<html>" * 5000)
        decoder.finish()
        with pytest.raises(MediaError):
            await listener
        await decoder.settle()


def test_only_16_bit_mono_can_be_asked_for() -> None:
    stereo = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=2)

    with pytest.raises(AudioFormatError, match="pcm_s16le with 1 channel"):
        MediaDecoder(target=stereo)

"""``MediaDecoder``: it decodes audio while the data arrives, and leaves no process behind."""

import asyncio
import os
import struct
from pathlib import Path

import pytest

from crafted import wav, with_id3
from encoded import encoded
from patience import PATIENCE_S
from wyoming_bridge.audio import AudioFormat, Encoding
from wyoming_bridge.errors import AudioFormatError, MediaError, MediaProblem
from wyoming_bridge.media.container import Container
from wyoming_bridge.media.decoder import MediaDecoder
from wyoming_bridge.media.decoder_places import MAX_DECODERS

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


def tone_as(code: str, channels: int = 1) -> bytes:
    """Return a second of a sound, the same in each channel, with samples of a ``struct`` code."""
    samples = [(each * 37) % 2000 - 1000 for each in range(16_000)]
    scale = 1 if code == "h" else 1 / 32_768
    values = [each * scale for each in samples for _ in range(channels)]
    return struct.pack(f"<{len(values)}{code}", *values)


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


def processes() -> list[str]:
    """Return the command line of each child process. That of a zombie is empty."""
    return [
        (each.parent / "cmdline").read_text()
        for each in Path("/proc").glob("[0-9]*/stat")
        if each.read_text().rpartition(")")[2].split()[1] == str(os.getpid())
    ]


def similarity(decoded: bytes, original: bytes) -> float:
    """Return the correlation of two pieces of audio at the best shift: 1 if they are equal."""
    import numpy as np

    a = np.frombuffer(original, "<i2").astype(float)
    b = np.frombuffer(decoded, "<i2").astype(float)
    spectrum = np.fft.rfft(a, 2 * len(a)).conj() * np.fft.rfft(b, 2 * len(a))
    return float(np.fft.irfft(spectrum).max() / np.sqrt((a @ a) * (b @ b)))


@pytest.mark.parametrize("name", list(FORMATS))
@pytest.mark.parametrize("step", [100, 4096, 1_000_000])
async def test_every_container_is_decoded_from_pieces_of_any_size(
    name: str, step: int, sample
) -> None:
    codec, rate_hz, container = FORMATS[name]
    original = sample("something")

    decoded = await decode(
        encoded(original, name, codec, rate_hz=rate_hz), step=step, container=container
    )

    assert abs(len(decoded) - len(original)) < 32 * 150
    assert similarity(decoded, original) > 0.9


async def test_lossless_audio_is_decoded_exactly(sample) -> None:
    original = sample("something")

    assert await decode(encoded(original, "flac", "flac"), step=1000) == original


async def test_settle_waits_until_the_fed_audio_is_decoded_and_read(sample) -> None:
    original = sample("something")
    data = encoded(original, "mpegts", "aac")
    decoded = bytearray()

    async def listen(decoder: MediaDecoder) -> None:
        async for piece in decoder.audio():
            decoded.extend(piece)

    async with MediaDecoder(target=TARGET) as decoder, asyncio.timeout(PATIENCE_S):
        listener = asyncio.create_task(listen(decoder))
        await decoder.feed(data[: len(data) // 2])
        await decoder.settle()
        half = len(decoded)
        await decoder.feed(data[len(data) // 2 :])
        await decoder.settle()
        settled = len(decoded)
        decoder.finish()
        await listener

    assert 0.35 * len(original) < half < 0.55 * len(original)
    assert len(original) - settled < 32 * 400


@pytest.mark.parametrize(
    "invalid", [b"", b"<html>" * 5000, bytes(100_000), bytes(range(256)) * 500], ids=len
)
async def test_data_that_is_not_audio_is_an_error(invalid: bytes) -> None:
    with pytest.raises(MediaError, match="is not audio, or its format is not supported") as caught:
        await decode(invalid, step=1000)

    assert caught.value.problem is MediaProblem.UNSUPPORTED_FORMAT
    assert processes() == []


async def test_a_truncated_file_is_decoded_up_to_its_end(sample) -> None:
    original = sample("something")
    data = encoded(original, "mp3", "libmp3lame")

    decoded = await decode(data[: len(data) // 2], step=500)

    assert 0.4 * len(original) < len(decoded) < 0.6 * len(original)


async def feed_all(decoder: MediaDecoder, data: bytes) -> None:
    for start in range(0, len(data), 4096):
        await decoder.feed(data[start : start + 4096])


async def test_a_slow_reader_stops_the_feeding(sample) -> None:
    data = encoded(sample("something") * 20, "flac", "flac")

    async with MediaDecoder(target=TARGET) as decoder:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(feed_all(decoder, data), 0.5)

    assert processes() == []


async def test_leaving_the_decoder_ends_its_waiting_process() -> None:
    async with MediaDecoder(target=TARGET):
        assert len(processes()) == 1

    assert processes() == []


async def test_a_close_that_is_cancelled_keeps_no_place() -> None:
    async with asyncio.timeout(PATIENCE_S):
        for _ in range(2 * MAX_DECODERS):
            decoder = MediaDecoder(target=TARGET)
            await decoder.__aenter__()
            closing = asyncio.create_task(decoder.close())
            await asyncio.sleep(0)  # the close has begun
            closing.cancel()
            await asyncio.gather(closing, return_exceptions=True)
        async with MediaDecoder(target=TARGET):
            pass  # it got a place
        while processes():  # noqa: ASYNC110 - the end of a process sets no event
            await asyncio.sleep(0)  # the killed processes would be zombies in the next test


async def test_closing_the_decoder_ends_a_reader_that_waits() -> None:
    async with MediaDecoder(target=TARGET) as decoder, asyncio.timeout(PATIENCE_S):
        reader = asyncio.create_task(collect(decoder))
        await decoder.feed(b"fLaC")
        await decoder.settle()
        await decoder.close()

        assert await reader == b""
    assert processes() == []


async def test_settle_returns_when_the_decoder_has_failed() -> None:
    async with MediaDecoder(target=TARGET) as decoder, asyncio.timeout(PATIENCE_S):
        listener = asyncio.create_task(collect(decoder))
        await decoder.feed(b"<html>" * 5000)
        decoder.finish()
        with pytest.raises(MediaError):
            await listener
        await decoder.settle()


@pytest.mark.parametrize(
    "file",
    [
        wav(tone_as("f"), tag=3, bits=32, bytes_per_frame=4),
        wav(tone_as("d"), tag=3, bits=64, bytes_per_frame=8),
        wav(tone_as("h", 12), channels=12, bytes_per_frame=24),
        wav(tone_as("h", 16), channels=16, bytes_per_frame=32),
        wav(tone_as("h"), before=b"LIST" + struct.pack("<I", 200_000) + bytes(200_000)),
        wav(tone_as("h")[:16_000]) + b"data" + struct.pack("<I", 16_000) + tone_as("h")[16_000:],
    ],
    ids=["float", "double", "12 channels", "16 channels", "a picture in front", "two data chunks"],
)
async def test_unusual_wav_is_decoded_exactly(file: bytes) -> None:
    assert await decode(file, step=1000) == tone_as("h")


@pytest.mark.parametrize("codec", ["adpcm_ms", "adpcm_ima_wav", "pcm_alaw", "pcm_mulaw"])
async def test_wav_of_other_codecs_is_decoded(codec: str, sample) -> None:
    original = sample("something")

    decoded = await decode(encoded(original, "wav", codec), step=1000)

    assert abs(len(decoded) - len(original)) < 32 * 150
    assert similarity(decoded, original) > 0.9


async def test_gsm_in_wav_is_decoded() -> None:
    extension = struct.pack("<HH", 2, 320)
    file = wav(
        bytes(range(65)) * 100,
        tag=0x31,
        rate_hz=8000,
        bits=0,
        bytes_per_frame=65,
        extension=extension,
    )

    assert len(await decode(file, step=1000)) == 100 * 320 * 2 * 2


@pytest.mark.parametrize("size", [100, 60_000, 3_000_000])
async def test_an_mp3_with_a_cover_picture_in_front_is_decoded(size: int, sample) -> None:
    original = sample("something")
    mp3 = encoded(original, "mp3", "libmp3lame")

    plain = await decode(mp3, step=4096)
    pictured = await decode(with_id3(mp3, picture=bytes(size)), step=4096)

    assert pictured == plain
    assert similarity(pictured, original) > 0.9


@pytest.mark.parametrize("name", ["mp4", "mov", "ipod"])
async def test_a_file_whose_index_comes_last_is_decoded(name: str, sample) -> None:
    original = sample("something")
    file = encoded(original, name, "alac")
    assert file.find(b"mdat") < file.find(b"moov")

    assert await decode(file, step=1000) == original


async def test_the_format_of_the_frames_may_change() -> None:
    first = encoded(bytes(32_000), "mp3", "libmp3lame", rate_hz=16_000)
    second = encoded(bytes(32_000), "mp3", "libmp3lame", rate_hz=24_000)

    assert abs(len(await decode(first + second, step=1000)) - 64_000) < 32 * 200


def test_a_target_other_than_16_bit_mono_is_refused() -> None:
    stereo = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=2)

    with pytest.raises(AudioFormatError, match="pcm_s16le with 1 channel"):
        MediaDecoder(target=stereo)

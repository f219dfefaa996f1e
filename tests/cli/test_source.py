"""The audio that ``transcribe`` reads from files and standard input, in many formats."""

import asyncio
import os
import struct
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from crafted import wav, with_id3
from encoded import encoded
from patience import PATIENCE_S
from recorded import recorded
from wyoming_bridge.audio import PCM_16K_MONO, Converter
from wyoming_bridge.cli.source import AudioSource
from wyoming_bridge.errors import AudioFormatError, BridgeError, ConfigError, MediaError
from wyoming_bridge.media.decoding import decoded
from wyoming_bridge.media.pace import FAST

SPEECH = recorded("something")

UNUSUAL = {
    "float": wav(
        struct.pack(
            f"<{len(SPEECH) // 2}f",
            *(each[0] / 32_768 for each in struct.iter_unpack("<h", SPEECH)),
        ),
        tag=3,
        bits=32,
        bytes_per_frame=4,
    ),
    "12 channels": wav(
        b"".join(SPEECH[at : at + 2] * 12 for at in range(0, len(SPEECH), 2)),
        channels=12,
        bytes_per_frame=24,
    ),
    "two data chunks": wav(SPEECH[:40_000])
    + b"LIST\x04\0\0\0made"
    + b"data"
    + struct.pack("<I", len(SPEECH) - 40_000)
    + SPEECH[40_000:],
    "a cover picture in front": wav(
        SPEECH, before=b"LIST" + struct.pack("<I", 200_000) + bytes(200_000)
    ),
}
"""WAV files that hold exactly the speech."""

LOSSY = {
    "adpcm": encoded(SPEECH, "wav", "adpcm_ms"),
    "mp3": encoded(SPEECH, "mp3", "libmp3lame"),
    "mp3 without tags": encoded(SPEECH, "mp3", "libmp3lame")[100:],
    "mp3 with a cover picture": with_id3(
        encoded(SPEECH, "mp3", "libmp3lame"), picture=bytes(100_000)
    ),
    "m4a": encoded(SPEECH, "ipod", "aac"),
    "aac": encoded(SPEECH, "adts", "aac"),
    "ogg": encoded(SPEECH, "ogg", "libopus", rate_hz=48_000),
    "webm": encoded(SPEECH, "webm", "libopus", rate_hz=48_000),
}

LOSSLESS = {
    "wav": encoded(SPEECH, "wav", "pcm_s16le"),
    "aiff": encoded(SPEECH, "aiff", "pcm_s16be"),
    "flac": encoded(SPEECH, "flac", "flac"),
    "caf": encoded(SPEECH, "caf", "pcm_s16le"),
    "au": encoded(SPEECH, "au", "pcm_s16be"),
    "raw": SPEECH,
}


async def read(name: str) -> bytes:
    """Return the audio of a source in the format for the services."""
    source = AudioSource(name, speed=FAST, on_sent=lambda _: None)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await source.open()
            chunks = [each async for each in source.chunks()]
    finally:
        source.close()
    converter = Converter(source=source.format, target=PCM_16K_MONO)
    return converter.convert(b"".join(chunks)) + converter.flush()


async def from_file(data: bytes, folder: Path) -> bytes:
    path = folder / "recording"
    path.write_bytes(data)
    return await read(str(path))


async def from_standard_input(data: bytes, monkeypatch: pytest.MonkeyPatch) -> bytes:
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        pouring = asyncio.create_task(asyncio.to_thread(_pour, writing, data))
        try:
            return await read("-")
        finally:
            stdin.close()
            await pouring


def _pour(descriptor: int, data: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


async def as_the_action_reads(data: bytes) -> bytes:
    async def pieces() -> AsyncGenerator[bytes | None, None]:
        yield data

    async with asyncio.timeout(PATIENCE_S):
        return b"".join([each async for each in decoded(pieces(), target=PCM_16K_MONO)])


def farthest(pcm: bytes, other: bytes) -> int:
    """Return the largest difference between the samples of two pieces of audio."""
    pairs = zip(memoryview(pcm).cast("h"), memoryview(other).cast("h"), strict=True)
    return max(abs(one - two) for one, two in pairs)


@pytest.mark.parametrize("name", list(UNUSUAL))
async def test_an_unusual_wav_file_is_read_completely_and_as_the_action_reads_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = UNUSUAL[name]

    read = await from_file(data, tmp_path)

    assert farthest(read, SPEECH) <= 2  # the mean of 12 channels is rounded
    assert await from_standard_input(data, monkeypatch) == read
    assert farthest(await as_the_action_reads(data), SPEECH) <= 2


@pytest.mark.parametrize("name", list(LOSSY))
async def test_encoded_audio_is_decoded_as_the_action_decodes_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = LOSSY[name]

    expected = await as_the_action_reads(data)
    assert abs(len(expected) - len(SPEECH)) < PCM_16K_MONO.bytes_of(150)
    assert await from_file(data, tmp_path) == expected
    assert await from_standard_input(data, monkeypatch) == expected


@pytest.mark.parametrize("name", list(LOSSLESS))
async def test_standard_input_is_read_exactly(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await from_standard_input(LOSSLESS[name], monkeypatch) == SPEECH


@pytest.mark.parametrize(
    "data", [b"<!DOCTYPE html>\n" * 100, b"PK\x03\x04" + bytes(1000), b"%PDF-1.7\n" + bytes(1000)]
)
async def test_a_file_of_another_kind_is_never_read_as_raw_audio(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MediaError, match=r"^standard input: the file is not audio") as failed:
        await from_standard_input(data, monkeypatch)

    assert failed.value.placeholders == {"place": "standard input"}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (wav(rate_hz=20), "sample rate must be 4000 to 192000 Hz, got 20 Hz"),
        (wav(channels=17, bytes_per_frame=34), "must have 1 to 16 channels, got 17"),
        (b"RIFF\0\0\0\0WAVEfmt ", "is not audio, or its format is not supported"),
    ],
)
async def test_a_wav_with_a_wrong_header_is_an_error(
    data: bytes, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(BridgeError, match=reason):
        await from_file(data, tmp_path)


async def test_a_file_that_cannot_be_read_is_named() -> None:
    source = AudioSource("/proc/self/mem", speed=FAST, on_sent=lambda _: None)

    with pytest.raises(ConfigError, match="/proc/self/mem: Input/output error"):
        await source.open()
    source.close()


async def test_without_the_decoder_the_error_names_the_format_and_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)

    with pytest.raises(AudioFormatError, match=r"format tag 3 .*wyoming-bridge\[media\]"):
        await from_file(UNUSUAL["float"], tmp_path)

"""The detection of encoded audio. Data counts as raw only if it cannot be anything else."""

import random
import struct
from pathlib import Path

import pytest

from crafted import with_id3
from encoded import encoded
from recorded import recorded
from wyoming_bridge.media.encoded import ENOUGH_BYTES, is_encoded, may_be_encoded

FORMATS = {
    "mp3": ("mp3", "libmp3lame", 16_000),
    "mp3 at 44.1 kHz": ("mp3", "libmp3lame", 44_100),
    "mp3 at 8 kHz": ("mp3", "libmp3lame", 8_000),
    "mp2": ("mp2", "mp2", 48_000),
    "aac": ("adts", "aac", 16_000),
    "aac in latm": ("latm", "aac", 16_000),
    "m4a": ("ipod", "aac", 16_000),
    "mp4": ("mp4", "aac", 16_000),
    "mov": ("mov", "aac", 16_000),
    "aiff": ("aiff", "pcm_s16be", 16_000),
    "caf": ("caf", "pcm_s16le", 16_000),
    "au": ("au", "pcm_s16be", 16_000),
    "wave64": ("w64", "pcm_s16le", 16_000),
    "wav": ("wav", "pcm_s16le", 16_000),
    "rf64": ("wav", "pcm_s16le", 16_000),
    "flac": ("flac", "flac", 16_000),
    "ogg": ("ogg", "libopus", 48_000),
    "matroska": ("matroska", "aac", 16_000),
    "mpeg-ts": ("mpegts", "aac", 16_000),
    "flv": ("flv", "aac", 44_100),
    "wavpack": ("wv", "wavpack", 16_000),
    "tta": ("tta", "tta", 16_000),
    "ac3": ("ac3", "ac3", 48_000),
    "e-ac3": ("eac3", "eac3", 48_000),
}


@pytest.mark.parametrize("name", list(FORMATS))
def test_every_format_is_recognised(name: str) -> None:
    container, codec, rate_hz = FORMATS[name]

    assert is_encoded(encoded(recorded("something"), container, codec, rate_hz=rate_hz))


@pytest.mark.parametrize("name", ["mp3", "mp2", "aac", "aac in latm", "ac3", "e-ac3"])
def test_a_stream_that_is_joined_in_the_middle_is_recognised(name: str) -> None:
    container, codec, rate_hz = FORMATS[name]
    data = encoded(recorded("something"), container, codec, rate_hz=rate_hz)

    assert is_encoded(data[1000:])
    assert is_encoded(bytes(1000) + data[1000:])


def test_tags_in_front_are_recognised() -> None:
    assert is_encoded(with_id3(b"", picture=bytes(100)))


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE html>\n<html><head><title>Login</title>",
        b"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n",
        b'{"type": "transcript", "text": "turn on the lights"}',
        b"PK\x03\x04\x14\x00",
        b"\x1f\x8b\x08\x00",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"\x7fELF\x02\x01\x01\x00",
    ],
)
def test_a_file_without_audio_is_not_taken_for_raw_audio(data: bytes) -> None:
    assert is_encoded(data)


@pytest.mark.parametrize(
    "name",
    ["austen-0870", "austen-0890", "austen-0920", "goforward", "numbers", "something"],
)
def test_speech_is_raw_audio_wherever_it_begins(name: str) -> None:
    pcm = recorded(name)

    assert not any(
        is_encoded(pcm[start : start + ENOUGH_BYTES]) for start in range(0, len(pcm), 7000)
    )


@pytest.mark.parametrize("level", [0, 1, 3, 10, 30, 100, 1000, 10_000])
def test_noise_of_any_level_is_raw_audio(level: int) -> None:
    source = random.Random(level)  # noqa: S311 - the same noise each time
    samples = [max(-32_768, min(32_767, round(source.gauss(0, level)))) for _ in range(12_288)]

    assert not is_encoded(struct.pack(f"<{len(samples)}h", *samples))


def test_the_beginning_of_a_recording_does_not_wait_for_more() -> None:
    assert not may_be_encoded(recorded("something")[:64])
    assert not may_be_encoded(bytes(8))
    assert not may_be_encoded(bytes(ENOUGH_BYTES))


def test_data_that_begins_like_a_frame_waits_until_there_is_enough() -> None:
    frame = b"\xff\xfb\x90\x64" + bytes(60)

    assert may_be_encoded(frame)
    assert not may_be_encoded(frame + bytes(ENOUGH_BYTES))
    assert not is_encoded(frame + bytes(ENOUGH_BYTES))


def test_the_tests_of_this_file_use_every_sample() -> None:
    samples = Path(__file__).parents[2] / "samples"
    assert len(list(samples.glob("*.wav"))) == 6

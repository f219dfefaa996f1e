import io
import struct
import wave
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wyoming_bridge.audio import AudioFormat, Encoding
from wyoming_bridge.audio.wav import MAX_HEADER_BYTES, WavReader
from wyoming_bridge.errors import AudioFormatError

SAMPLES = sorted((Path(__file__).parents[2] / "samples").glob("*.wav"))
SPEECH = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16_000, channels=1)
PCM_GUID_REST = bytes.fromhex("00000000 1000 8000 00aa00389b71")
AUDIO = bytes(range(1, 201))


def chunk(name: bytes, content: bytes, *, size: int | None = None) -> bytes:
    announced = len(content) if size is None else size
    return name + struct.pack("<I", announced) + content + bytes(announced % 2)


def fmt(
    tag: int = 1,
    *,
    bits: int = 16,
    channels: int = 1,
    rate_hz: int = 16_000,
    bytes_per_frame: int | None = None,
    extension: bytes = b"",
) -> bytes:
    frame = bits // 8 * channels if bytes_per_frame is None else bytes_per_frame
    fields = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * frame, frame, bits)
    return chunk(b"fmt ", fields + extension)


def extension(tag: int, *, guid_rest: bytes = PCM_GUID_REST) -> bytes:
    return struct.pack("<HHIH", 22, 16, 0, tag) + guid_rest


def riff(*chunks: bytes) -> bytes:
    content = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(content)) + content


def cut(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    return [data[start:end] for start, end in pairwise([0, *sorted(cuts), len(data)])]


def read(*pieces: bytes) -> tuple[AudioFormat | None, bytes]:
    reader = WavReader()
    audio = b"".join(map(reader.feed, pieces))
    reader.finish()
    return reader.format, audio


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("piece_size", [1, 7, 1_023])
def test_a_recording_in_odd_pieces_reads_as_with_the_standard_library(
    path: Path, piece_size: int
) -> None:
    data = path.read_bytes()
    with wave.open(io.BytesIO(data)) as reference:
        frames = reference.readframes(reference.getnframes())
    assert read(*cut(data, range(piece_size, len(data), piece_size))) == (SPEECH, frames)


def test_there_is_at_least_one_recording() -> None:
    assert SAMPLES


@given(data=st.data(), size=st.sampled_from([None, 0, 0xFFFF_FFFF]))
def test_the_sizes_of_the_pieces_do_not_change_a_byte(
    data: st.DataObject, size: int | None
) -> None:
    stream = riff(chunk(b"LIST", b"odd"), fmt(), chunk(b"data", AUDIO, size=size))[: 12 + 12 + 232]
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=20))
    assert read(*cut(stream, cuts)) == (SPEECH, AUDIO)


@given(pieces=st.lists(st.binary(max_size=80), max_size=8))
def test_any_bytes_raise_only_an_audio_format_error(pieces: list[bytes]) -> None:
    attempt(pieces)
    attempt([b"RIFF\0\0\0\0WAVE", *pieces])
    attempt([b"RIFF\0\0\0\0WAVEfmt \x12\0\0\0", *pieces])


@given(
    content=st.binary(min_size=16, max_size=48),
    tag=st.sampled_from([1, 2, 3, 6, 7, 0xFFFE]),
    bits=st.sampled_from([8, 16, 24, 32]),
)
@example(content=bytes(16), tag=1, bits=16)
def test_any_format_chunk_raises_only_an_audio_format_error(
    content: bytes, tag: int, bits: int
) -> None:
    fields = struct.pack("<H", tag) + content[2:14] + struct.pack("<H", bits) + content[16:]
    attempt([riff(chunk(b"fmt ", fields), chunk(b"data", AUDIO))])


def attempt(pieces: list[bytes]) -> None:
    """Read bytes that may not be WAV. Any other error than ``AudioFormatError`` fails the test."""
    with suppress(AudioFormatError):
        read(*pieces)


@pytest.mark.parametrize(
    ("tag", "bits", "encoding"),
    [
        (1, 8, Encoding.PCM_U8),
        (1, 16, Encoding.PCM_S16LE),
        (1, 24, Encoding.PCM_S24LE),
        (1, 32, Encoding.PCM_S32LE),
        (6, 8, Encoding.ALAW),
        (7, 8, Encoding.MULAW),
    ],
)
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_plain_and_extensible_headers_name_the_same_format(
    tag: int, bits: int, encoding: Encoding, channels: int
) -> None:
    expected = AudioFormat(encoding=encoding, sample_rate_hz=44_100, channels=channels)
    plain = fmt(tag, bits=bits, channels=channels, rate_hz=44_100)
    extensible = fmt(0xFFFE, bits=bits, channels=channels, rate_hz=44_100, extension=extension(tag))
    assert read(riff(plain, chunk(b"data", AUDIO))) == (expected, AUDIO)
    assert read(riff(extensible, chunk(b"data", AUDIO))) == (expected, AUDIO)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (fmt(3, bits=32), "format tag 3 with 32 bits"),
        (fmt(2, bits=4, bytes_per_frame=256), "format tag 2 with 4 bits"),
        (fmt(1, bits=12, bytes_per_frame=2), "format tag 1 with 12 bits"),
        (fmt(1, bits=64), "format tag 1 with 64 bits"),
        (fmt(7, bits=16), "format tag 7 with 16 bits"),
        (fmt(0xFFFE, bits=32, extension=extension(3)), "format tag 3 with 32 bits"),
        (fmt(0xFFFE, extension=extension(1, guid_rest=bytes(14))), "subformat 0100000000"),
        (fmt(0xFFFE, extension=b"\0\0"), "0xfffe has no subformat"),
    ],
)
def test_an_unsupported_format_is_an_error_that_names_the_supported_ones(
    header: bytes, reason: str
) -> None:
    with pytest.raises(AudioFormatError, match=f"{reason}.*allowed: tag 1 "):
        WavReader().feed(riff(header))


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (fmt(rate_hz=0), "sample rate must be .*, got 0 Hz"),
        (fmt(channels=9), "1 to 8 channels, got 9"),
        (fmt(bits=24, bytes_per_frame=4), "must have 3 bytes, got 4"),
        (chunk(b"fmt ", bytes(14)), "fmt chunk must have at least 16 bytes, got 14"),
        (chunk(b"data", AUDIO), "must have its fmt chunk before"),
    ],
)
def test_an_invalid_header_is_refused(header: bytes, reason: str) -> None:
    with pytest.raises(AudioFormatError, match=reason):
        WavReader().feed(riff(header))


def test_the_format_is_known_before_the_audio_begins() -> None:
    reader = WavReader()
    assert reader.feed(riff()) == b""
    assert reader.format is None
    assert reader.feed(fmt()) == b""
    assert reader.format == SPEECH


@pytest.mark.parametrize("content", [b"", b"x", b"xy", b"data" * 3])
def test_other_chunks_before_the_audio_are_skipped_with_their_pad_byte(content: bytes) -> None:
    stream = riff(chunk(b"JUNK", content), fmt(), chunk(b"fact", content), chunk(b"data", AUDIO))
    assert read(stream) == (SPEECH, AUDIO)


@pytest.mark.parametrize("audio", [AUDIO, AUDIO[:-1]])
def test_chunks_after_the_audio_are_ignored(audio: bytes) -> None:
    stream = riff(fmt(), chunk(b"data", audio), chunk(b"LIST", b"made by a test"))
    assert read(stream) == (SPEECH, audio)
    assert read(*cut(stream, range(len(stream)))) == (SPEECH, audio)


@pytest.mark.parametrize("first", [AUDIO, AUDIO[:-1]])
@pytest.mark.parametrize("between", [b"", chunk(b"LIST", b"odd"), chunk(b"cue ", b"")])
def test_every_data_chunk_is_audio(first: bytes, between: bytes) -> None:
    stream = riff(fmt(), chunk(b"data", first), between, chunk(b"data", AUDIO)) + b"LIS"

    assert read(stream) == (SPEECH, first + AUDIO)
    assert read(*cut(stream, range(len(stream)))) == (SPEECH, first + AUDIO)


@given(data=st.data())
def test_the_sizes_of_the_pieces_do_not_change_several_data_chunks(data: st.DataObject) -> None:
    stream = riff(fmt(), *[chunk(b"data", AUDIO[:size]) for size in (1, 7, 200)])
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=20))

    assert read(*cut(stream, cuts)) == (SPEECH, AUDIO[:1] + AUDIO[:7] + AUDIO)


@pytest.mark.parametrize("size", [0, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF])
def test_audio_of_undefined_length_extends_to_the_end_of_the_stream(size: int) -> None:
    header = riff(fmt()) + b"data" + struct.pack("<I", size)
    assert read(header + AUDIO, AUDIO, AUDIO) == (SPEECH, AUDIO * 3)


@pytest.mark.parametrize("size", [0x7FFF_F000, 0x7FFF_FFFE])
def test_audio_may_be_shorter_than_announced(size: int) -> None:
    header = riff(fmt()) + b"data" + struct.pack("<I", size)
    assert read(header, AUDIO) == (SPEECH, AUDIO)


def test_audio_of_undefined_length_is_not_copied() -> None:
    reader = WavReader()
    reader.feed(riff(fmt()) + b"data" + bytes(4))
    assert reader.feed(AUDIO) is AUDIO


@pytest.mark.parametrize("size", [0, 3, 11, 12, 19, 30, 36, 43])
def test_a_stream_that_ends_inside_its_header_is_an_error(size: int) -> None:
    reader = WavReader()
    reader.feed(riff(fmt(), chunk(b"data", AUDIO))[:size])
    with pytest.raises(AudioFormatError, match=f"ended inside its header, after {size} bytes"):
        reader.finish()


def test_a_stream_that_ends_right_after_its_header_has_no_audio() -> None:
    assert read(riff(fmt(), chunk(b"data", b""))) == (SPEECH, b"")


def test_the_longest_header_is_read() -> None:
    junk = chunk(b"JUNK", bytes(MAX_HEADER_BYTES - len(riff(fmt())) - 8))
    assert read(riff(fmt(), junk, chunk(b"data", AUDIO))) == (SPEECH, AUDIO)


@pytest.mark.parametrize("size", [MAX_HEADER_BYTES - 43, 0x7FFF_FFFF, 0xFFFF_FFFF])
def test_a_longer_header_is_refused_before_it_is_read(size: int) -> None:
    reader = WavReader()
    with pytest.raises(AudioFormatError, match="no data chunk within 65536 bytes"):
        reader.feed(riff(fmt()) + b"JUNK" + struct.pack("<I", size))


def test_endless_small_chunks_are_refused() -> None:
    reader = WavReader()
    with pytest.raises(AudioFormatError, match="no data chunk within 65536 bytes"):
        reader.feed(riff(fmt()) + chunk(b"JUNK", b"") * MAX_HEADER_BYTES)


@pytest.mark.parametrize("data", [b"\0", b"RIFX", b"RIFF\0\0\0\0AVI ", AUDIO, b"OggS"])
def test_a_stream_that_is_not_wav_is_refused_at_its_first_wrong_byte(data: bytes) -> None:
    assert WavReader.recognises(data) is False
    with pytest.raises(AudioFormatError, match="not WAV"):
        WavReader().feed(data)


@pytest.mark.parametrize("size", range(12))
def test_the_beginning_of_a_wav_stream_is_undecided(size: int) -> None:
    assert WavReader.recognises(riff()[:size]) is None


def test_a_wav_stream_is_recognised_by_its_first_twelve_bytes() -> None:
    assert WavReader.recognises(riff()) is True
    assert WavReader.recognises(SAMPLES[0].read_bytes()) is True

"""Malformed audio files, made byte by byte, as an attacker may send them to a server."""

import struct
from functools import cache

__all__ = ["aiff", "au", "box", "flac", "mp4", "wav", "with_id3"]

_SILENCE = bytes(32_000)


def wav(
    data: bytes = _SILENCE,
    *,
    tag: int = 1,
    channels: int = 1,
    rate_hz: int = 16_000,
    bits: int = 16,
    bytes_per_frame: int = 2,
    extension: bytes = b"",
    before: bytes = b"",
) -> bytes:
    """Return a WAV file with any values in its header."""
    fmt = struct.pack(
        "<HHIIHH",
        tag,
        channels,
        rate_hz,
        rate_hz * bytes_per_frame & 0xFFFF_FFFF,
        bytes_per_frame,
        bits,
    )
    chunks = [before, _chunk(b"fmt ", fmt + extension), _chunk(b"data", data)]
    return b"RIFF\xff\xff\xff\x7fWAVE" + b"".join(chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


@cache
def flac(*, rate_hz: int, frames: int, channels: int = 1) -> bytes:
    """Return a FLAC file of silence. Each of its frames has 65,535 samples in about 15 bytes."""
    header = struct.pack(">HH6x", 65_535, 65_535)
    header += (rate_hz << 44 | (channels - 1) << 41 | 15 << 36).to_bytes(8) + bytes(16)
    return (
        b"fLaC\x80\x00\x00\x22"
        + header
        + b"".join(_flac_frame(number, channels) for number in range(frames))
    )


def _flac_frame(number: int, channels: int) -> bytes:
    coded = chr(number).encode("utf-8", "surrogatepass")
    header = bytes([0xFF, 0xF8, 0x70, (channels - 1) << 4 | 8]) + coded + b"\xff\xfe"
    frame = header + _crc(header, 0x07, 8).to_bytes(1) + b"\x00\x00\x00" * channels
    return frame + _crc(frame, 0x8005, 16).to_bytes(2)


def _crc(data: bytes, polynomial: int, bits: int) -> int:
    value, top = 0, 1 << bits - 1
    for each in data:
        value ^= each << bits - 8
        for _ in range(8):
            value = (value << 1 ^ (polynomial if value & top else 0)) & (1 << bits) - 1
    return value


def aiff(*, rate: bytes, channels: int = 1) -> bytes:
    """Return an AIFF file; ``rate`` must be an 80-bit floating-point number."""
    common = struct.pack(">hIh", channels, len(_SILENCE) // 2, 16) + rate
    sound = b"SSND" + struct.pack(">III", len(_SILENCE) + 8, 0, 0) + _SILENCE
    content = b"AIFFCOMM" + struct.pack(">I", len(common)) + common + sound
    return b"FORM" + struct.pack(">I", len(content)) + content


def au(*, rate_hz: int, channels: int = 1) -> bytes:
    """Return a Sun audio file."""
    return b".snd" + struct.pack(">5I", 24, 0xFFFF_FFFF, 3, rate_hz, channels) + _SILENCE


def box(name: bytes, *contents: bytes) -> bytes:
    """Return a box of an MP4 file."""
    content = b"".join(contents)
    return struct.pack(">I", len(content) + 8) + name + content


def mp4(*, samples: int, rate_hz: int = 16_000, channels: int = 1, codec: bytes = b"sowt") -> bytes:
    """Return an MP4 file of a kilobyte whose index claims any number of samples."""
    entry = box(
        codec,
        struct.pack(">6xH8xHHHHI", 1, channels, 16, 0, 0, (rate_hz & 0xFFFF) << 16),
    )
    table = box(
        b"stbl",
        box(b"stsd", struct.pack(">4xI", 1), entry),
        box(b"stts", struct.pack(">4xIII", 1, samples, 1)),
        box(b"stsc", struct.pack(">4xIIII", 1, 1, samples, 1)),
        box(b"stsz", struct.pack(">4xII", 1, samples)),
        box(b"stco", struct.pack(">4xII", 1, 256)),
    )
    media = box(
        b"mdia",
        box(b"mdhd", struct.pack(">12xII4x", 16_000, 16_000)),
        box(b"hdlr", b"\0" * 8 + b"soun" + bytes(12) + b"x\0"),
        box(b"minf", box(b"smhd", bytes(8)), table),
    )
    track = box(b"trak", box(b"tkhd", bytes(84)), media)
    movie = box(b"moov", box(b"mvhd", struct.pack(">12xII80x", 1000, 1000)), track)
    return box(b"ftyp", b"isom\0\0\0\0isom") + movie + box(b"mdat", bytes(1000))


def with_id3(audio: bytes, *, picture: bytes, claimed_bytes: int | None = None) -> bytes:
    """Return audio after an ID3 tag with a cover picture."""
    content = b"\0image/png\0\x03\0" + picture
    frame = b"APIC" + _syncsafe(len(content)) + b"\0\0" + content
    size = len(frame) if claimed_bytes is None else claimed_bytes
    return b"ID3\x04\0\0" + _syncsafe(size) + frame + audio


def _syncsafe(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))

"""Distinguishes encoded audio and other files from raw audio, by their first bytes.

Raw audio has no header, so any bytes can be raw audio. The patterns below are so unlikely in 16-bit
samples of real sound that a stream with one of them does not count as raw audio.
"""

from collections.abc import Callable
from typing import Final

__all__ = ["ENOUGH_BYTES", "is_encoded", "may_be_encoded"]

ENOUGH_BYTES: Final = 24 * 1024
"""Enough bytes to recognise each format below: more than four frames of the maximum length."""

_BEGINNINGS: Final = (
    b"ID3",  # tags in front of MP3 and AAC
    b"OggS",
    b"fLaC",
    b"\x1a\x45\xdf\xa3",  # Matroska, WebM
    b"RIFF",
    b"RIFX",
    b"RF64",
    b"BW64",
    b"riff\x2e\x91\xcf\x11",  # Wave64
    b"FORM",  # AIFF
    b"caff\x00",
    b".snd",
    b"#!AMR",
    b"NIST_1A",
    b"Creative Voice File",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # WMA
    b"FLV\x01",
    b".RMF",
    b"MAC ",
    b"wvpk",
    b"TTA1",
    b"MP+",
    b"MPCK",
    b"MThd",
    b"DSD ",
    b"FRM8",
    b"\x00\x00\x01\xba",  # MPEG programme streams
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe0",  # JPEG
    b"\xff\xd8\xff\xe1",
    b"%PDF",
    b"PK\x03\x04",
    b"\x1f\x8b\x08",  # gzip
    b"BZh9",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",  # Zstandard
    b"\x7fELF",
)

_BOXES: Final = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp", b"moof")
"""The types of box that MP4 and QuickTime files begin with. A box is its size in four bytes, its
type in four bytes, and its content."""

_TEXT_BYTES: Final = 32
"""A stream that begins with this many text characters is text. As 16-bit samples, these bytes would
be loud and never negative."""

_TEXT: Final = frozenset(b"\t\r\n" + bytes(range(0x20, 0x7F)))

_FRAMES: Final = 4
"""This many frames in a row are not a coincidence if each begins where the previous one ends."""

_TS_PACKET_BYTES: Final = 188
_SHORTEST_FRAME_BYTES: Final = 8

_LAYER_2: Final = 2
_LAYER_3: Final = 1
"""The values of the two bits that name the layer. Layer I is ignored, because it is out of use, and
its header looks like very quiet samples."""

_MPEG_1_KBPS: Final = {
    _LAYER_2: (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    _LAYER_3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
"""Bit rates of MPEG-1: ISO 11172-3, 2.4.2.3."""

_MPEG_2_KBPS: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
"""Bit rates of MPEG-2 and MPEG-2.5: ISO 13818-3, 2.4.2.3."""

_MPEG_1_HZ: Final = (44_100, 48_000, 32_000)

_AC3_KBPS: Final = (
    *(32, 40, 48, 56, 64, 80, 96, 112, 128, 160),
    *(192, 224, 256, 320, 384, 448, 512, 576, 640),
)
"""Bit rates of AC-3: ATSC A/52, table 5.18."""


def is_encoded(head: bytes) -> bool:
    """Return whether a stream that begins with these bytes cannot be raw audio."""
    if head.startswith(_BEGINNINGS) or head[4:8] in _BOXES:
        return True
    if len(head) >= _TEXT_BYTES and _TEXT.issuperset(head[:_TEXT_BYTES]):
        return True
    head = head[:ENOUGH_BYTES]
    return _begins_with_frames(head, 0, _ts_length) or any(
        _has_frames(head, mark, length)
        for mark, length in (
            (b"\xff", _mpeg_length),
            (b"\xff", _adts_length),
            (b"\x56", _latm_length),
            (b"\x0b", _ac3_length),
        )
    )


def may_be_encoded(head: bytes) -> bool:
    """Return whether to wait for more bytes before ``is_encoded`` decides.

    This is true if the bytes are very few or begin like a frame. For most raw audio it is false, so
    that the audio is not delayed.
    """
    if len(head) >= ENOUGH_BYTES:
        return False
    return len(head) < _SHORTEST_FRAME_BYTES or any(
        length(head, 0)
        for length in (_mpeg_length, _adts_length, _latm_length, _ac3_length, _ts_length)
    )


def _has_frames(data: bytes, mark: bytes, length: Callable[[bytes, int], int]) -> bool:
    """Return whether several consecutive frames are anywhere in the data."""
    start = data.find(mark)
    while start >= 0:
        if _begins_with_frames(data, start, length):
            return True
        start = data.find(mark, start + 1)
    return False


def _begins_with_frames(data: bytes, at: int, length: Callable[[bytes, int], int]) -> bool:
    for _ in range(_FRAMES):
        size = length(data, at)
        if not size:
            return False
        at += size
    return True


def _mpeg_length(data: bytes, at: int) -> int:
    """Return the length of the MP2 or MP3 frame at an offset; 0 without a frame."""
    header = data[at : at + 4]
    if len(header) < 4 or header[0] != 0xFF or header[1] < 0xE0:  # noqa: PLR2004 - the sync word
        return 0
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    kbps_code, rate_code, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    reserved = version == 1 or kbps_code in {0, 15} or rate_code == 3  # noqa: PLR2004 - reserved codes
    if reserved or layer not in _MPEG_1_KBPS:
        return 0
    if version == 3:  # noqa: PLR2004 - MPEG-1
        kbps, rate_hz = _MPEG_1_KBPS[layer][kbps_code], _MPEG_1_HZ[rate_code]
    else:
        kbps, rate_hz = _MPEG_2_KBPS[kbps_code], _MPEG_1_HZ[rate_code] >> (1 if version else 2)
    coefficient = 72_000 if version != 3 and layer == _LAYER_3 else 144_000  # noqa: PLR2004
    return coefficient * kbps // rate_hz + padding


def _adts_length(data: bytes, at: int) -> int:
    """Return the length of the AAC frame at an offset; 0 without a frame: ISO 13818-7, 6.2."""
    header = data[at : at + 7]
    if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:  # noqa: PLR2004 - the sync word
        return 0
    if header[2] >> 2 & 0xF > 12:  # noqa: PLR2004 - higher codes are reserved
        return 0
    size = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return size if size > len(header) else 0


def _latm_length(data: bytes, at: int) -> int:
    """Return the length of the LOAS frame at an offset; 0 without a frame: ISO 14496-3, 1.7.2."""
    header = data[at : at + 3]
    if len(header) < 3 or header[0] != 0x56 or header[1] & 0xE0 != 0xE0:  # noqa: PLR2004 - the sync word
        return 0
    size = (header[1] & 0x1F) << 8 | header[2]
    return size + 3 if size else 0


def _ac3_length(data: bytes, at: int) -> int:
    """Return the length of the AC-3 frame at an offset; 0 without a frame: ATSC A/52, 5.3, E.2."""
    header = data[at : at + 6]
    if len(header) < 6 or header[:2] != b"\x0b\x77":  # noqa: PLR2004 - the slice's size
        return 0
    version, rate_code, size_code = header[5] >> 3, header[4] >> 6, header[4] & 0x3F
    if 10 < version <= 16:  # noqa: PLR2004 - E-AC-3
        return ((header[2] & 7) << 8 | header[3]) * 2 + 2
    if version > 16 or rate_code == 3 or size_code // 2 >= len(_AC3_KBPS):  # noqa: PLR2004 - reserved
        return 0
    kbps = _AC3_KBPS[size_code // 2]
    words_by_rate = (kbps * 2, kbps * 96_000 // 44_100 + size_code % 2, kbps * 3)
    return words_by_rate[rate_code] * 2


def _ts_length(data: bytes, at: int) -> int:
    """Return the length of the TS packet at an offset; 0 without a packet: ISO 13818-1, 2.4.3."""
    header = data[at : at + 4]
    damaged = len(header) < 4 or header[1] & 0x80 or not header[3] & 0x30  # noqa: PLR2004 - the slice's size
    return _TS_PACKET_BYTES if header[:1] == b"\x47" and not damaged else 0

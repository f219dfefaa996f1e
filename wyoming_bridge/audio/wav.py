"""WAV as a stream: the header is read as it arrives, the audio is passed on.

The format is Microsoft's "Multimedia Programming Interface and Data Specifications 1.0"
(RIFF, WAVE, fmt) with the later ``WAVEFORMATEXTENSIBLE``.
"""

import struct
from enum import StrEnum
from typing import Final

from ..errors import AudioFormatError
from .format import AudioFormat, Encoding

__all__ = ["WavReader"]

MAX_HEADER_BYTES: Final = 65_536
"""Where the data chunk must begin at the latest. Titles fit into it, cover pictures need not."""

UNDEFINED_DATA_BYTES: Final = 0x7FFF_FFFF
"""From this size on, and at 0, a data chunk runs to the end of the stream.

An encoder that writes to a pipe cannot know the length. Observed: ffmpeg writes 0xFFFFFFFF
(github.com/kkroening/ffmpeg-python/issues/118), others 0 (github.com/naudio/NAudio/issues/688).
No honest size is mistaken, as 2 GiB are 18 hours of 16 kHz speech; for the same reason SoX's
0x7FFFF000 (github.com/rs1729/RS/issues/39) needs no rule of its own.
"""

_RIFF_HEADER: Final = struct.Struct("<4s4x4s")
"""The form's name, its size, which streams do not know, and its kind."""

_CHUNK_HEADER: Final = struct.Struct("<4sI")
"""A chunk's name and its size in bytes without the pad byte."""

_FMT: Final = struct.Struct("<HHIIHH")
"""Tag, channels, rate in Hz, bytes per second, bytes per frame, bits per sample."""

_FMT_EXTENSION: Final = struct.Struct("<HHIH14s")
"""Its size, valid bits, speaker mask, and the subformat: a tag and the rest of a GUID."""

_SUBFORMAT_GUID_REST: Final = bytes.fromhex("0000 0000 1000 8000 00aa 0038 9b71")
"""What follows the tag in a subformat that stands for a plain format tag."""

_EXTENSIBLE_TAG: Final = 0xFFFE

_ENCODINGS: Final = {
    (1, 8): Encoding.PCM_U8,
    (1, 16): Encoding.PCM_S16LE,
    (1, 24): Encoding.PCM_S24LE,
    (1, 32): Encoding.PCM_S32LE,
    (6, 8): Encoding.ALAW,
    (7, 8): Encoding.MULAW,
}
"""What can be read, by format tag and bits per sample."""

_ALLOWED: Final = (
    "allowed are tag 1 (PCM) with 8, 16, 24 or 32 bits, 6 (A-law) and 7 (mu-law) with 8"
)


class _Part(StrEnum):
    """Where in the file the next byte belongs."""

    HEADER = "header"
    """Before the samples."""
    AUDIO = "audio"
    """In the data chunk."""
    TRAILER = "trailer"
    """After the data chunk: nothing more is audio."""


class WavReader:
    """Reads one WAV stream in pieces, cut anywhere. An error ends it."""

    def __init__(self) -> None:
        self._part = _Part.HEADER
        self._header = bytearray()
        self._next_chunk = _RIFF_HEADER.size
        self._format: AudioFormat | None = None
        self._audio_left: int | None = None  # bytes; None up to the end of the stream

    @staticmethod
    def recognises(head: bytes) -> bool | None:
        """Tell from its first bytes whether a stream is WAV and not raw audio.

        True: it is, feed the reader all of it. False: it is not. None: what there is could
        begin a WAV stream, ask again with more; 12 bytes always suffice, and a stream that
        ends before is not WAV.
        """
        size = _RIFF_HEADER.size
        if not (b"RIFF".startswith(head[:4]) and b"WAVE".startswith(head[8:size])):
            return False
        return True if len(head) >= size else None

    @property
    def format(self) -> AudioFormat | None:
        """What the audio bytes mean; None until the header has said it."""
        return self._format

    def feed(self, data: bytes) -> bytes:
        """Read the next piece and return the audio bytes in it, which may end inside a frame.

        Raises:
            AudioFormatError: This is not WAV, or not in a format that can be read.
        """
        match self._part:
            case _Part.HEADER:
                self._header += data
                return self._read_header()
            case _Part.AUDIO:
                return self._read_audio(data)
            case _Part.TRAILER:
                return b""

    def finish(self) -> None:
        """End the stream. Audio that is shorter than announced is no error.

        Raises:
            AudioFormatError: The stream ended before the audio began.
        """
        if self._part is _Part.HEADER:
            raise AudioFormatError(
                f"the WAV stream ended inside its header, after {len(self._header)} bytes"
            )

    def _read_header(self) -> bytes:
        header = self._header
        recognised = self.recognises(bytes(header[: _RIFF_HEADER.size]))
        if recognised is False:
            raise AudioFormatError("the stream is not WAV: it does not begin with RIFF/WAVE")
        if recognised is None:
            return b""
        while len(header) >= self._next_chunk + _CHUNK_HEADER.size:
            name, size = _CHUNK_HEADER.unpack_from(header, self._next_chunk)
            start = self._next_chunk + _CHUNK_HEADER.size
            if name == b"data":
                return self._begin_audio(bytes(header[start:]), size=size)
            end = start + size
            following = end + size % 2  # chunks begin at even positions
            if following > MAX_HEADER_BYTES:
                raise AudioFormatError(
                    f"the WAV header is too long: no data chunk within {MAX_HEADER_BYTES} bytes"
                )
            if len(header) < following:
                break
            if name == b"fmt ":
                self._format = _parse_format(bytes(header[start:end]))
            self._next_chunk = following
        return b""

    def _begin_audio(self, data: bytes, *, size: int) -> bytes:
        if self._format is None:
            raise AudioFormatError("the WAV header is out of order: data comes before fmt")
        self._audio_left = size if 0 < size < UNDEFINED_DATA_BYTES else None
        self._header.clear()
        self._part = _Part.AUDIO
        return self._read_audio(data)

    def _read_audio(self, data: bytes) -> bytes:
        if self._audio_left is None:
            return data
        audio = data[: self._audio_left]
        self._audio_left -= len(audio)
        if not self._audio_left:
            self._part = _Part.TRAILER
        return audio


def _parse_format(chunk: bytes) -> AudioFormat:
    """Read the content of a fmt chunk."""
    if len(chunk) < _FMT.size:
        raise AudioFormatError(
            f"the WAV fmt chunk has {len(chunk)} bytes; allowed are {_FMT.size} and more"
        )
    tag, channels, rate_hz, _, bytes_per_frame, bits = _FMT.unpack_from(chunk)
    if tag == _EXTENSIBLE_TAG:
        tag = _parse_subformat(chunk[_FMT.size :])
    encoding = _ENCODINGS.get((tag, bits))
    if encoding is None:
        raise AudioFormatError(f"WAV format tag {tag} with {bits} bits cannot be read; {_ALLOWED}")
    audio_format = AudioFormat(encoding=encoding, sample_rate_hz=rate_hz, channels=channels)
    # Samples padded to a wider container would be read as noise.
    if bytes_per_frame != audio_format.bytes_per_frame:
        raise AudioFormatError(
            f"WAV frames of {bytes_per_frame} bytes cannot be read; {channels} channels with "
            f"{bits} bits are {audio_format.bytes_per_frame}"
        )
    return audio_format


def _parse_subformat(extension: bytes) -> int:
    """Read the format tag that an extensible format stands for."""
    if len(extension) < _FMT_EXTENSION.size:
        raise AudioFormatError(
            f"WAV format tag {_EXTENSIBLE_TAG:#x} lacks its subformat; {_ALLOWED}"
        )
    *_, tag, guid_rest = _FMT_EXTENSION.unpack_from(extension)
    if guid_rest != _SUBFORMAT_GUID_REST:
        raise AudioFormatError(
            f"WAV format tag {_EXTENSIBLE_TAG:#x} with the subformat "
            f"{extension[8:24].hex()} cannot be read; {_ALLOWED}"
        )
    return int(tag)

"""Reads WAV as a stream: parses the header while it arrives, and returns the audio.

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
"""The data chunk must begin before this offset. Text such as a title fits before it, but a cover
image does not."""

UNDEFINED_DATA_BYTES: Final = 0x7FFF_FFFF
"""A data chunk of this size or more, or of size 0, extends to the end of the stream.

An encoder that writes to a pipe cannot know the length. Observed: ffmpeg writes 0xFFFFFFFF
(github.com/kkroening/ffmpeg-python/issues/118), others 0 (github.com/naudio/NAudio/issues/688).
No real file has this size, because 2 GiB are 18 hours of 16 kHz speech. SoX writes 0x7FFFF000
(github.com/rs1729/RS/issues/39), which is slightly less. It is read as a size, which does no harm.
"""

_RIFF_HEADER: Final = struct.Struct("<4s4x4s")
"""The texts "RIFF" and "WAVE". The size between them is ignored: it is unknown in a stream."""

_CHUNK_HEADER: Final = struct.Struct("<4sI")
"""A chunk's name, and its size in bytes without the pad byte."""

_FMT: Final = struct.Struct("<HHIIHH")
"""Tag, channels, rate in Hz, bytes per second, bytes per frame, bits per sample."""

_FMT_EXTENSION: Final = struct.Struct("<HHIH14s")
"""The extension's size, valid bits, speaker mask, and subformat: a tag and the rest of a GUID."""

_SUBFORMAT_GUID_REST: Final = bytes.fromhex("0000 0000 1000 8000 00aa 0038 9b71")
"""A subformat that stands for a plain format tag has the tag and then these 14 bytes."""

_EXTENSIBLE_TAG: Final = 0xFFFE

_ENCODINGS: Final = {
    (1, 8): Encoding.PCM_U8,
    (1, 16): Encoding.PCM_S16LE,
    (1, 24): Encoding.PCM_S24LE,
    (1, 32): Encoding.PCM_S32LE,
    (6, 8): Encoding.ALAW,
    (7, 8): Encoding.MULAW,
}
"""The supported encodings, by format tag and bits per sample."""

_ALLOWED: Final = (
    "allowed: tag 1 (PCM) with 8, 16, 24 or 32 bits, 6 (A-law) or 7 (mu-law) with 8 bits"
)


class _Part(StrEnum):
    """The part of the file that the next byte belongs to."""

    HEADER = "header"
    """The bytes before the first samples."""
    AUDIO = "audio"
    """A data chunk."""
    CHUNK = "chunk"
    """The header of a chunk that follows a data chunk. It may be another data chunk."""
    SKIPPED = "skipped"
    """The content of a chunk that follows a data chunk and contains no audio."""


class WavReader:
    """Reads one WAV stream in pieces of any size. A reader cannot be used after an error."""

    def __init__(self) -> None:
        self._part = _Part.HEADER
        self._header = bytearray()
        self._next_chunk = _RIFF_HEADER.size
        self._format: AudioFormat | None = None
        # The bytes until the end of this part; None if the part extends to the stream's end.
        self._left: int | None = None
        self._pad_bytes = 0

    @staticmethod
    def recognises(head: bytes) -> bool | None:
        """Return whether a stream is WAV and not raw audio, judged by its first bytes.

        None means that more bytes are needed. 12 bytes always suffice, and a shorter stream is not
        WAV. If the result is True, feed the whole stream to a reader, including these bytes.
        """
        size = _RIFF_HEADER.size
        if not (b"RIFF".startswith(head[:4]) and b"WAVE".startswith(head[8:size])):
            return False
        return True if len(head) >= size else None

    @property
    def format(self) -> AudioFormat | None:
        """The format of the audio; None until the header is read."""
        return self._format

    def feed(self, data: bytes) -> bytes:
        """Read the next piece and return its audio, which may end inside a frame.

        Raises:
            AudioFormatError: The stream is not WAV, or its format is not supported.
        """
        if self._part is _Part.HEADER:
            self._header += data
            return self._read_header()
        if self._part is _Part.AUDIO and self._left is None:
            return data
        audio = bytearray()
        rest = memoryview(data)
        while rest:
            rest = self._read_part(rest, audio)
        return bytes(audio)

    def finish(self) -> None:
        """End the stream. Audio that is shorter than the size in its header is not an error.

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
            raise AudioFormatError("the WAV header must have its fmt chunk before the data chunk")
        self._header.clear()
        self._begin_data(size)
        return self.feed(data)

    def _begin_data(self, size: int) -> None:
        self._part = _Part.AUDIO
        self._left = size if 0 < size < UNDEFINED_DATA_BYTES else None
        self._pad_bytes = size % 2  # chunks begin at even positions

    def _read_part(self, data: memoryview, audio: bytearray) -> memoryview:
        """Add data of the current part to ``audio``, or drop it. Return the remaining data."""
        if self._part is _Part.CHUNK:
            missing = _CHUNK_HEADER.size - len(self._header)
            self._header += data[:missing]
            if len(self._header) == _CHUNK_HEADER.size:
                name, size = _CHUNK_HEADER.unpack(self._header)
                self._header.clear()
                if name == b"data":
                    self._begin_data(size)
                else:
                    self._part, self._left = _Part.SKIPPED, size + size % 2
            return data[missing:]
        size = len(data) if self._left is None else min(self._left, len(data))
        if self._part is _Part.AUDIO:
            audio += data[:size]
        if self._left is not None:
            self._left -= size
            if not self._left and self._part is _Part.AUDIO:
                self._part, self._left = _Part.SKIPPED, self._pad_bytes
            if not self._left and self._part is _Part.SKIPPED:
                self._part = _Part.CHUNK
        return data[size:]


def _parse_format(chunk: bytes) -> AudioFormat:
    """Read the content of a fmt chunk."""
    if len(chunk) < _FMT.size:
        raise AudioFormatError(
            f"the WAV fmt chunk must have at least {_FMT.size} bytes, got {len(chunk)}"
        )
    tag, channels, rate_hz, _, bytes_per_frame, bits = _FMT.unpack_from(chunk)
    if tag == _EXTENSIBLE_TAG:
        tag = _parse_subformat(chunk[_FMT.size :])
    encoding = _ENCODINGS.get((tag, bits))
    if encoding is None:
        raise AudioFormatError(
            f"WAV format tag {tag} with {bits} bits is not supported; {_ALLOWED}"
        )
    audio_format = AudioFormat(encoding=encoding, sample_rate_hz=rate_hz, channels=channels)
    # Without this check, samples that are padded to more bytes would be read as noise.
    if bytes_per_frame != audio_format.bytes_per_frame:
        raise AudioFormatError(
            f"WAV frames of {channels} channels with {bits} bits must have "
            f"{audio_format.bytes_per_frame} bytes, got {bytes_per_frame}"
        )
    return audio_format


def _parse_subformat(extension: bytes) -> int:
    """Return the plain format tag in the subformat of an extensible format."""
    if len(extension) < _FMT_EXTENSION.size:
        raise AudioFormatError(f"WAV format tag {_EXTENSIBLE_TAG:#x} has no subformat; {_ALLOWED}")
    *_, tag, guid_rest = _FMT_EXTENSION.unpack_from(extension)
    if guid_rest != _SUBFORMAT_GUID_REST:
        raise AudioFormatError(
            f"WAV format tag {_EXTENSIBLE_TAG:#x} with the subformat "
            f"{extension[8:24].hex()} is not supported; {_ALLOWED}"
        )
    return int(tag)

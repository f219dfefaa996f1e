"""The audio of a session as the messages that carry it, and the silence that is added to it."""

from binascii import b2a_base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ....audio import PCM_16K_MONO
from ...audio_clock import AudioClock
from ..settings import CAPABILITIES, MIN_COMMIT_MS

__all__ = ["Chunk", "OutgoingAudio"]

_KEEPALIVE_MS: Final = 100
"""Length of the silence that keeps a session open. Some clients send empty chunks, but only audio
is known to work."""

_MAX_CHUNK_MS: Final = 1000
"""The chunk length of an example in the documentation. The service documents no limit."""

_MIN_COMMIT_BYTES: Final = PCM_16K_MONO.bytes_of(MIN_COMMIT_MS)
_MAX_SEGMENT_BYTES: Final = PCM_16K_MONO.bytes_of(CAPABILITIES.max_segment_ms or 0)
_KEEPALIVE_BYTES: Final = PCM_16K_MONO.bytes_of(_KEEPALIVE_MS)
_MAX_CHUNK_BYTES: Final = PCM_16K_MONO.bytes_of(_MAX_CHUNK_MS)

_CHUNK_HEAD: Final = '{"message_type":"input_audio_chunk","audio_base_64":"'
_CHUNK_TAIL: Final = '","commit":false,"sample_rate":16000}'
_COMMIT_TAIL: Final = '","commit":true,"sample_rate":16000}'
"""The text before and after the audio, as in ``InputAudioChunk.to_json``. The client joins these
parts itself, because ``to_json`` spends time on escaping, which base64 does not need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One message with audio."""

    message: str
    """The message as JSON."""
    is_commit: bool
    """Whether the message is a commit."""


class OutgoingAudio:
    """Counts the audio that is not committed yet, and writes chunks and commits.

    A chunk counts as sent when it is returned, so the caller has to send each one.
    """

    def __init__(self, clock: AudioClock, *, service_commits: bool) -> None:
        """Begin without audio. ``service_commits`` is whether the service commits too."""
        self._clock = clock
        self._service_commits = service_commits
        self._uncommitted_bytes = 0
        self._added_bytes = 0  # the part of _uncommitted_bytes that is added silence
        self._segment_bytes = 0  # bytes since the last known commit by the client or the service

    @property
    def has_uncommitted(self) -> bool:
        """Whether audio of the user is not committed yet."""
        return self._uncommitted_bytes > self._added_bytes

    def chunks(self, pcm: bytes) -> Iterator[Chunk]:
        """Yield the chunks for audio, with a commit when the segment has its maximum length."""
        start = 0
        while start < len(pcm):
            room = _MAX_SEGMENT_BYTES - self._segment_bytes
            piece = pcm[start : start + min(_MAX_CHUNK_BYTES, room)]
            start += len(piece)
            self._uncommitted_bytes += len(piece)
            self._segment_bytes += len(piece)
            self._clock.send(PCM_16K_MONO.duration_ms(len(piece)))
            if len(piece) < room:
                yield _chunk(piece)
            elif padding := self._padding():
                yield _chunk(piece)
                yield self._commit(padding)
            else:
                yield self._commit(piece)

    def commit(self) -> Chunk:
        """Return a commit of the audio so far. It has silence if the audio is too short."""
        return self._commit(self._padding())

    def keepalive(self) -> Chunk:
        """Return silence that keeps the session open. It is a commit if the segment is full."""
        silence = self._silence(_KEEPALIVE_BYTES)
        if self._segment_bytes < _MAX_SEGMENT_BYTES - _KEEPALIVE_BYTES:
            return _chunk(silence)
        return self._commit(silence + self._padding())

    def segment_ended(self) -> None:
        """Take note that the service has committed the audio of the segment by itself."""
        self._segment_bytes = 0

    def _commit(self, pcm: bytes) -> Chunk:
        self._uncommitted_bytes = self._added_bytes = self._segment_bytes = 0
        return Chunk(message=f"{_CHUNK_HEAD}{_base64(pcm)}{_COMMIT_TAIL}", is_commit=True)

    def _padding(self) -> bytes:
        """Return the silence that makes the uncommitted audio long enough for a commit."""
        # If the service commits by itself, the length of the uncommitted audio is not known.
        left = 0 if self._service_commits else self._uncommitted_bytes
        return self._silence(max(0, _MIN_COMMIT_BYTES - left))

    def _silence(self, size: int) -> bytes:
        if size:
            self._clock.add_silence(PCM_16K_MONO.duration_ms(size))
        self._uncommitted_bytes += size
        self._added_bytes += size
        self._segment_bytes += size
        return bytes(size)


def _chunk(pcm: bytes) -> Chunk:
    return Chunk(message=f"{_CHUNK_HEAD}{_base64(pcm)}{_CHUNK_TAIL}", is_commit=False)


def _base64(pcm: bytes) -> str:
    return b2a_base64(pcm, newline=False).decode("ascii")

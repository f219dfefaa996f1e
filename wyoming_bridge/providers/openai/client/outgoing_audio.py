"""The audio for a server: in its format, in pieces, and long enough for each commit."""

from collections.abc import Callable
from typing import Final

from ....audio import PCM_16K_MONO, AudioFormat, Converter
from ..client_messages import append_json

__all__ = ["OutgoingAudio"]

_MAX_PIECE_MS: Final = 1000
"""Maximum audio per message: 1 s. All servers accept more, but audio that waits to be sent is
counted in whole messages, so large messages would make the count imprecise."""


class OutgoingAudio:
    """Converts the audio of a session, and counts how much of it is not committed yet."""

    def __init__(self, audio_format: AudioFormat, *, write: Callable[[str], None]) -> None:
        """Start without audio. ``write`` queues a message for the server."""
        self.uncommitted_ms = 0.0
        """How much audio was sent since the last commit of the client."""
        self._format = audio_format
        self._write = write
        self._converter = Converter(source=PCM_16K_MONO, target=audio_format)

    def send(self, pcm: bytes) -> None:
        """Send audio in ``PCM_16K_MONO``."""
        self.uncommitted_ms += PCM_16K_MONO.duration_ms(len(pcm))
        piece_bytes = PCM_16K_MONO.bytes_of(_MAX_PIECE_MS)
        for start in range(0, len(pcm), piece_bytes):
            self._append(self._converter.convert(pcm[start : start + piece_bytes]))

    def complete(self, *, min_ms: float = 0) -> None:
        """Send what the converter holds back, and silence if less than ``min_ms`` is uncommitted.

        The caller then commits, so no audio counts as uncommitted afterwards.
        """
        padding = bytes(self._format.bytes_of(max(0.0, min_ms - self.uncommitted_ms)))
        self._append(self._converter.flush() + padding)
        self.uncommitted_ms = 0.0

    def send_silence(self, duration_ms: float) -> None:
        """Send what the converter holds back, and then silence."""
        self._append(self._converter.flush())
        silence = bytes(self._format.bytes_of(duration_ms))
        piece_bytes = self._format.bytes_of(_MAX_PIECE_MS)
        for start in range(0, len(silence), piece_bytes):
            self._append(silence[start : start + piece_bytes])

    def _append(self, audio: bytes) -> None:
        if audio:
            self._write(append_json(audio))

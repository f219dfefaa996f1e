"""Counts the audio of a session: how much a client has sent, and how much is not committed yet."""

from ....audio import PCM_16K_MONO, AudioFormat

__all__ = ["SentAudio"]


class SentAudio:
    """The audio that the client of a session has sent.

    It is counted in bytes and not in seconds, because a sum of seconds is not exact.
    """

    def __init__(self, audio_format: AudioFormat) -> None:
        """Start without audio. ``audio_format`` is the format in which the client sends it."""
        self._format = audio_format
        self._sent_bytes = 0
        self._committed_bytes = 0
        self._engine_bytes = 0  # in the engine's format

    @property
    def seconds(self) -> float:
        """How much the client has sent."""
        return self._format.duration_ms(self._sent_bytes) / 1000

    @property
    def uncommitted_ms(self) -> float:
        """How much of it is not committed yet."""
        return self._format.duration_ms(self._sent_bytes - self._committed_bytes)

    def add(self, audio: bytes) -> None:
        """Count audio that the client has sent."""
        self._sent_bytes += len(audio)

    def reached_engine(self, pcm: bytes) -> None:
        """Count audio that the engine has received, in ``PCM_16K_MONO``."""
        self._engine_bytes += len(pcm)

    def commit(self) -> None:
        """Count all audio as committed."""
        self._committed_bytes = self._sent_bytes

    def commit_in_engine(self) -> None:
        """Count the audio that the engine has received as committed."""
        engine_ms = PCM_16K_MONO.duration_ms(self._engine_bytes)
        engine_bytes = min(self._sent_bytes, self._format.bytes_of(engine_ms))
        self._committed_bytes = max(self._committed_bytes, engine_bytes)

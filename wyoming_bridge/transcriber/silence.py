"""Releases silence from the replay buffer, because no session will need it."""

from typing import Final

from ..audio import PCM_16K_MONO
from ..endpointing import Turn
from .replay_buffer import ReplayBuffer, offset_at

__all__ = ["Silence"]

_BEFORE_SPEECH_MS: Final = 500
"""Audio before the detected start of speech that is sent too, because a detector misses a breath or
an "h" at the beginning."""

_KEPT_BYTES: Final = PCM_16K_MONO.bytes_of(2000)
"""Audio that is kept while there is no speech. Speech is detected up to 1 s after it began."""

_SILENCE_KEPT_BYTES: Final = PCM_16K_MONO.bytes_of(5000)
"""The last 5 s of audio without text are kept. The audio may still be speech: the service may be
slow, or its connection may be lost without notice."""


class Silence:
    """Releases those parts of an utterance's audio in which nothing was said."""

    def __init__(self, replay_buffer: ReplayBuffer, turn: Turn) -> None:
        self._replay_buffer = replay_buffer
        self._turn = turn

    def release_before_speech(self) -> bool:
        """Release the audio that cannot belong to the speech. Return whether speech has begun."""
        start_ms, buffer = self._turn.speech_start_ms, self._replay_buffer
        if start_ms is None:
            buffer.release(buffer.end - _KEPT_BYTES)
            return False
        buffer.release(offset_at(max(0, start_ms - _BEFORE_SPEECH_MS)))
        return True

    @property
    def is_long(self) -> bool:
        """Whether there is much audio in which the detector found no speech."""
        if self._replay_buffer.size <= _SILENCE_KEPT_BYTES:
            return False
        return self._turn.has_detector and self._turn.speech_start_ms is None

    def release_sent(self, *, needed_from: int) -> None:
        """Release audio in which the detector found no speech, and which was sent.

        The caller knows that all audio before ``needed_from`` was sent to every open session, and
        that the service found no words in it.
        """
        self._replay_buffer.release(needed_from - _SILENCE_KEPT_BYTES)

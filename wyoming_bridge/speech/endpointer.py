"""When somebody began to speak and when they were done, by the count of frames.

The four settings mean what ElevenLabs' parameters of the same kind mean.
"""

from dataclasses import dataclass
from typing import Final

from .vad import FRAME_MS

__all__ = ["Endpointer", "SpeechEnded", "SpeechEvent", "SpeechStarted"]

_MAYBE: Final = 0.25
"""Speech that is found a little later may have begun with such a frame: detectors hesitate."""

_MAX_LEAD_MS: Final = 500
"""How much later at the most: microVAD was sure after 450 ms. A noise before it is no speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted:
    """Somebody speaks."""

    at_ms: int
    """When the speech began, from the first audio; it is known a little later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEnded:
    """The silence behind the speech was long enough."""

    at_ms: int
    """When the speech ended, from the first audio; it is known as much later as the silence."""


SpeechEvent = SpeechStarted | SpeechEnded


class Endpointer:
    """Hears the probabilities of one stream; after an end it waits for the next beginning."""

    def __init__(
        self, *, threshold: float, min_speech_ms: int, min_silence_ms: int, silence_ms: int
    ) -> None:
        """Prepare to listen.

        A frame from ``threshold`` on is speech. A burst shorter than ``min_speech_ms`` is none,
        and a gap shorter than ``min_silence_ms`` does not interrupt speech. ``silence_ms`` of
        silence end it.
        """
        self._threshold = threshold
        self._maybe = min(_MAYBE, threshold)
        self._min_speech_ms = min_speech_ms
        self._min_silence_ms = min_silence_ms
        self._silence_ms = max(silence_ms, min_silence_ms)
        self._now_ms = 0
        self._speaking = False
        self._maybe_since_ms = 0
        self._maybe_until_ms = -min_silence_ms  # no frame was one yet
        self._burst_ms = 0  # speech since the last gap
        self._gap_ms = 0  # silence since the last speech
        self._began_ms = 0
        self._ended_ms = 0

    @property
    def speaking(self) -> bool:
        """Whether an utterance is under way."""
        return self._speaking

    @property
    def silent_ms(self) -> int:
        """Audio since the last speech, or since the beginning."""
        return self._now_ms - self._ended_ms

    def feed(self, probabilities: list[float]) -> list[SpeechEvent]:
        """Hear the next frames; tells what they decided, in order."""
        events: list[SpeechEvent] = []
        for probability in probabilities:
            event = self._hear(probability)
            if event:
                events.append(event)
        return events

    def _hear(self, probability: float) -> SpeechEvent | None:
        began_ms = self._now_ms
        self._now_ms += FRAME_MS
        if probability >= self._maybe:
            if began_ms - self._maybe_until_ms >= self._min_silence_ms:
                self._maybe_since_ms = began_ms
            self._maybe_until_ms = self._now_ms
        if probability < self._threshold:
            return self._hear_silence()
        if not self._burst_ms:
            self._began_ms = max(
                self._maybe_since_ms, began_ms - _MAX_LEAD_MS, self._ended_ms
            )  # what belongs to the utterance before is not told again
        self._burst_ms += FRAME_MS
        self._gap_ms = 0
        if self._burst_ms < self._min_speech_ms:
            return None
        self._ended_ms = self._now_ms
        if self._speaking:
            return None
        self._speaking = True
        return SpeechStarted(at_ms=self._began_ms)

    def _hear_silence(self) -> SpeechEvent | None:
        self._gap_ms += FRAME_MS
        if self._gap_ms >= self._min_silence_ms:
            self._burst_ms = 0
        if not self._speaking or self.silent_ms < self._silence_ms:
            return None
        self._speaking = False
        return SpeechEnded(at_ms=self._ended_ms)

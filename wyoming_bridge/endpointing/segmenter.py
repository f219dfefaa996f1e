"""When somebody began to speak and when they were done, by the count of frames.

The four settings mean what ElevenLabs' parameters of the same kind mean. A *burst* is sound with
gaps shorter than ``min_silence_ms``; it is speech once a voice was heard in it, or shortly after
it: whoever tells voices from noise is late, and a short word is over by then.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .vad import FRAME_MS, Frame

__all__ = ["Segmenter", "SpeechEnded", "SpeechEvent", "SpeechStarted"]

_HESITATION_MS: Final = 450
"""How late a voice may be told: microVAD was sure after 0.1 to 0.45 s."""

_RELEASE_MS: Final = 30
"""A "t" at the end of a word comes after a gap, and is short; a click is shorter still."""

_DIP_MS: Final = 200
"""Sound goes on as speech for so long without a voice in it; then it is another sound."""

_LATE_END_MS: Final = 150
"""How long a voice is told after its end, at least, in noise: 0.15 to 0.5 s were measured."""

_UNHEARD_MS: Final = 200
"""How much of the end of speech, at most, may be too quiet to stand out of noise."""

_NEAR_LATE_MS: Final = 150
"""What is near is told of 0.3 s: the middle of them."""


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


class Segmenter:
    """Hears the frames of one stream; after an end it waits for the next beginning."""

    def __init__(
        self, *, threshold: float, min_speech_ms: int, min_silence_ms: int, silence_ms: int
    ) -> None:
        """Prepare to listen.

        A frame from ``threshold`` on is a voice. A burst shorter than ``min_speech_ms`` is none,
        and a gap shorter than ``min_silence_ms`` does not interrupt speech. ``silence_ms`` of
        silence end it.
        """
        self._threshold = threshold
        self._min_speech_ms = min_speech_ms
        self._min_silence_ms = min_silence_ms
        self._silence_ms = max(silence_ms, min_silence_ms)
        self._now_ms = 0
        self._speaking = False
        self._burst_began_ms = 0
        self._burst_ms = 0  # sound in it
        self._burst_ended_ms = -_HESITATION_MS  # none yet
        self._is_voice = False  # the burst
        self._voice_until_ms = 0
        self._near_until_ms = 0
        self._ended_ms = 0

    @property
    def speaking(self) -> bool:
        """Whether an utterance is under way."""
        return self._speaking

    @property
    def silent_ms(self) -> int:
        """Audio since the last speech, or since the beginning; sound that may be speech is some."""
        return self._now_ms - (self._burst_ended_ms if self._may_be_speech() else self._ended_ms)

    @property
    def near_until_ms(self) -> int:
        """Up to when somebody was near; what goes on since is soft speech, or others."""
        return self._near_until_ms

    def feed(self, frames: Iterable[Frame]) -> list[SpeechEvent]:
        """Hear the next frames; tells what they decided, in order."""
        events: list[SpeechEvent] = []
        for frame in frames:
            event = self._hear(frame)
            if event:
                events.append(event)
        return events

    def _hear(self, frame: Frame) -> SpeechEvent | None:
        began_ms = self._now_ms
        self._now_ms += FRAME_MS
        if frame.near:
            self._near_until_ms = self._now_ms - _NEAR_LATE_MS
        if frame.loud:
            if began_ms - self._burst_ended_ms >= self._min_silence_ms:
                self._begin_burst(began_ms)
            self._burst_ms += FRAME_MS
            self._burst_ended_ms = self._now_ms
        if frame.voice >= self._threshold:
            self._is_voice |= self._now_ms - self._burst_ended_ms <= _HESITATION_MS
            self._voice_until_ms = self._now_ms
        enough_ms = min(_RELEASE_MS, self._min_speech_ms) if self._speaking else self._min_speech_ms
        if self._is_voice and self._burst_ms >= enough_ms:
            ended_ms = min(self._burst_ended_ms, self._voice_until_ms + _DIP_MS)
            if frame.noisy:
                unheard_ms = self._voice_until_ms - _LATE_END_MS - ended_ms
                ended_ms += min(_UNHEARD_MS, max(0, unheard_ms))
            return self._speech(self._burst_began_ms, ended_ms) or self._end()
        return self._end()

    def _begin_burst(self, at_ms: int) -> None:
        is_closure = at_ms - self._burst_began_ms < _HESITATION_MS
        if not self._is_voice and self._burst_ms >= self._min_speech_ms and is_closure:
            return  # that of "stop": the voice may be told behind it, and is that of both
        self._burst_began_ms = at_ms
        self._burst_ms = 0
        self._is_voice = False

    def _may_be_speech(self) -> bool:
        """Whether there is a burst of which nobody can know yet."""
        may_grow = self._now_ms - self._burst_ended_ms < self._min_silence_ms
        return (
            self._burst_ended_ms > self._ended_ms
            and self._now_ms - self._burst_began_ms < _HESITATION_MS
            and (may_grow or self._burst_ms >= self._min_speech_ms)
        )

    def _speech(self, began_ms: int, ended_ms: int) -> SpeechEvent | None:
        before_ms, self._ended_ms = self._ended_ms, max(self._ended_ms, ended_ms)
        if self._speaking or self._ended_ms == before_ms:
            return None
        self._speaking = True
        return SpeechStarted(at_ms=max(0, before_ms, began_ms))

    def _end(self) -> SpeechEvent | None:
        if not self._speaking or self.silent_ms < self._silence_ms:
            return None
        self._speaking = False
        return SpeechEnded(at_ms=self._ended_ms)

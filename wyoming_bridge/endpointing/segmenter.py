"""Find where speech begins and ends, by counting frames.

The four settings of ``Segmenter`` mean the same as ElevenLabs' parameters for voice activity
detection. A *burst* is sound with gaps shorter than ``min_silence_ms``. A burst is speech if the
detector reports a voice during the burst or shortly after it. "Shortly after" counts because the
detector is late: a short word may be over before the detector reports it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .tuning import DEFAULT_TUNING, FRAME_MS, Tuning
from .vad import Frame

__all__ = ["Segmenter", "SpeechEnded", "SpeechEvent", "SpeechStarted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted:
    """Speech began."""

    at_ms: int
    """The start of the speech, in ms from the first audio. The event is reported a little later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEnded:
    """Speech ended, and the silence after it was long enough."""

    at_ms: int
    """The end of the speech, in ms from the first audio. The event is reported after the
    silence."""


SpeechEvent = SpeechStarted | SpeechEnded


class Segmenter:
    """Finds the segments of speech in one stream, one after the other."""

    def __init__(
        self,
        *,
        speech_threshold: float,
        min_speech_ms: int,
        min_silence_ms: int,
        silence_ms: int,
        tuning: Tuning = DEFAULT_TUNING,
    ) -> None:
        """Start before the first frame.

        A frame counts as voice if its probability of speech is at least ``speech_threshold``. A
        burst shorter than ``min_speech_ms`` does not begin speech. A gap shorter than
        ``min_silence_ms`` does not interrupt speech. Silence of ``silence_ms`` ends it.
        """
        self._speech_threshold = speech_threshold
        self._min_speech_ms = min_speech_ms
        self._min_silence_ms = min_silence_ms
        self._silence_ms = max(silence_ms, min_silence_ms)
        self._tuning = tuning
        self._min_trailing_ms = min(tuning.min_trailing_burst_ms, min_speech_ms)
        # A frame's ``is_foreground`` describes the middle of the window that ends with the frame.
        self._foreground_delay_ms = tuning.foreground_window_ms // 2
        self._now_ms = 0
        self._is_speaking = False
        self._burst_start_ms = 0
        self._burst_sound_ms = 0
        self._burst_end_ms = -tuning.vad_onset_delay_ms  # there was no burst yet
        self._burst_has_voice = False
        self._voice_end_ms = 0
        self._foreground_end_ms = 0
        self._speech_end_ms = 0

    @property
    def is_speaking(self) -> bool:
        """Whether speech has begun and not ended."""
        return self._is_speaking

    @property
    def silent_ms(self) -> int:
        """Milliseconds since the last speech, or since the first audio if there was no speech.

        Sound that may turn out to be speech counts as speech.
        """
        end_ms = self._burst_end_ms if self._may_be_speech() else self._speech_end_ms
        return self._now_ms - end_ms

    @property
    def undecided_ms(self) -> int:
        """The length of the last burst, if it can still become speech although silence follows.

        It is 0 if the burst is speech, or if a report of the detector would come too late.
        """
        since_ms = self._now_ms - self._burst_end_ms
        is_undecided = (
            self._burst_end_ms > self._speech_end_ms and since_ms < self._tuning.vad_onset_delay_ms
        )
        return self._burst_end_ms - self._burst_start_ms if is_undecided else 0

    @property
    def foreground_end_ms(self) -> int:
        """The end of the last foreground speech, in milliseconds from the first audio.

        Speech after this position is soft, or comes from other people.
        """
        return self._foreground_end_ms

    def feed(self, frames: Iterable[Frame]) -> list[SpeechEvent]:
        """Process the next frames, and return the starts and ends of speech in order."""
        events: list[SpeechEvent] = []
        for frame in frames:
            event = self._feed_frame(frame)
            if event:
                events.append(event)
        return events

    def _feed_frame(self, frame: Frame) -> SpeechEvent | None:
        start_ms = self._now_ms
        self._now_ms += FRAME_MS
        if frame.is_foreground:
            self._foreground_end_ms = self._now_ms - self._foreground_delay_ms
        if frame.is_sound:
            if start_ms - self._burst_end_ms >= self._min_silence_ms:
                self._start_burst(start_ms)
            self._burst_sound_ms += FRAME_MS
            self._burst_end_ms = self._now_ms
        if frame.speech_probability >= self._speech_threshold:
            is_in_time = self._now_ms - self._burst_end_ms <= self._tuning.vad_onset_delay_ms
            self._burst_has_voice |= is_in_time
            self._voice_end_ms = self._now_ms
        enough_ms = self._min_trailing_ms if self._is_speaking else self._min_speech_ms
        if self._burst_has_voice and self._burst_sound_ms >= enough_ms:
            end_ms = self._burst_speech_end_ms(is_noisy=frame.is_noisy)
            return self._extend_speech(self._burst_start_ms, end_ms) or self._end_speech()
        return self._end_speech()

    def _start_burst(self, at_ms: int) -> None:
        is_closure = at_ms - self._burst_start_ms < self._tuning.vad_onset_delay_ms
        is_long = self._burst_sound_ms >= self._min_speech_ms
        if is_long and is_closure and not self._burst_has_voice:
            return  # a gap inside a word, as before the "p" of "stop"; the voice is reported late
        self._burst_start_ms = at_ms
        self._burst_sound_ms = 0
        self._burst_has_voice = False

    def _burst_speech_end_ms(self, *, is_noisy: bool) -> int:
        tuning = self._tuning
        end_ms = min(self._burst_end_ms, self._voice_end_ms + tuning.hangover_ms)
        if is_noisy:  # the voice may go on, but more quietly than the noise
            tail_ms = self._voice_end_ms - tuning.vad_offset_delay_ms - end_ms
            end_ms += min(tuning.max_inaudible_tail_ms, max(0, tail_ms))
        return end_ms

    def _may_be_speech(self) -> bool:
        """Return whether there is a burst that may still turn out to be speech."""
        may_grow = self._now_ms - self._burst_end_ms < self._min_silence_ms
        return (
            self._burst_end_ms > self._speech_end_ms
            and self._now_ms - self._burst_start_ms < self._tuning.vad_onset_delay_ms
            and (may_grow or self._burst_sound_ms >= self._min_speech_ms)
        )

    def _extend_speech(self, start_ms: int, end_ms: int) -> SpeechEvent | None:
        before_ms = self._speech_end_ms
        self._speech_end_ms = max(before_ms, end_ms)
        if self._is_speaking or self._speech_end_ms == before_ms:
            return None
        self._is_speaking = True
        return SpeechStarted(at_ms=max(0, before_ms, start_ms))

    def _end_speech(self) -> SpeechEvent | None:
        if not self._is_speaking or self.silent_ms < self._silence_ms:
            return None
        self._is_speaking = False
        return SpeechEnded(at_ms=self._speech_end_ms)

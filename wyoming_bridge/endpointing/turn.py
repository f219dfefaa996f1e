"""Decide whether the speaker of an utterance has begun, pauses, or is done.

Time is the amount of audio: all positions are milliseconds from the first audio.

The detector has priority over the service, because the service's text arrives after an unknown
delay. Text counts only if the detector found no speech, or if the text arrives so late that the
detector must have missed the last speech. In a room with background speech, text also counts for a
while after the last foreground speech, because the detector cannot distinguish a soft voice from
other people (ADR 15).
"""

from typing import Final

from ..audio import PCM_16K_MONO
from .endpoint import Ending, Endpoint, SilenceRule
from .segmenter import Segmenter, SpeechStarted
from .settings import Endpointing, EndpointSource
from .silence_limit import SilenceLimit
from .tuning import DEFAULT_TUNING, FRAME_MS, Tuning
from .vad import VoiceDetector

__all__ = ["Turn"]

_BYTES_PER_MS: Final = PCM_16K_MONO.bytes_of(1)


class Turn:
    """The speaker's turn in one utterance. All times are milliseconds from the first audio."""

    def __init__(
        self,
        settings: Endpointing,
        *,
        detector: VoiceDetector | None,
        tuning: Tuning = DEFAULT_TUNING,
    ) -> None:
        """Start before the first audio. Without a ``detector``, only the service finds speech."""
        self._settings = settings
        self._tuning = tuning
        self._detector = detector
        self._segmenter = Segmenter(
            speech_threshold=settings.speech_threshold,
            min_speech_ms=settings.min_speech_ms,
            min_silence_ms=min(tuning.min_silence_ms, settings.silence_ms),
            silence_ms=settings.silence_ms,
            tuning=tuning,
        )
        self._silence_limit = SilenceLimit(settings, tuning=tuning)
        self._audio_bytes = 0
        self._speech_start_ms: int | None = None
        self._last_words_ms: int | None = None
        self._flush_sent_ms = 0
        self._provider_ended = False
        self._segment_start_ms = 0.0
        self._source = EndpointSource(settings.source)
        self._max_bytes = PCM_16K_MONO.bytes_of(settings.max_utterance_s * 1000)
        self._no_speech_timeout_ms = settings.no_speech_timeout_s * 1000
        self._no_words_hold_ms = max(
            tuning.no_words_hold_ms, tuning.words_deadline_ms - settings.silence_ms
        )

    @property
    def settings(self) -> Endpointing:
        """The settings with which the end is found."""
        return self._settings

    @property
    def has_detector(self) -> bool:
        """Whether a detector looks for speech."""
        return self._detector is not None

    @property
    def audio_ms(self) -> float:
        """The length of the audio so far."""
        return self._audio_bytes / _BYTES_PER_MS

    @property
    def speech_start_ms(self) -> int | None:
        """The start of the first speech that the detector found; None if it found no speech."""
        return self._speech_start_ms

    @property
    def voice_end_ms(self) -> int | None:
        """The end of the last speech that the detector found; None if it found no speech."""
        if self._speech_start_ms is None:
            return None
        return int(self.audio_ms) - self._segmenter.silent_ms

    @property
    def speech_end_ms(self) -> int | None:
        """The end of the last speech of any person; None if the detector found no speech.

        If there are only words, their end is not reported, because more words may follow.
        """
        voice_end_ms = self.voice_end_ms
        return None if voice_end_ms is None else max(voice_end_ms, self._words_end_ms or 0)

    @property
    def speaker_end_ms(self) -> int | None:
        """The end of the speaker's own speech, or None without such speech.

        Later speech may come from other people.
        """
        start_ms, end_ms, words_ms = self._speech_start_ms, self.speech_end_ms, self._last_words_ms
        if start_ms is None or end_ms is None:
            return self._words_end_ms
        foreground_ms = self._segmenter.foreground_end_ms
        if foreground_ms <= start_ms:
            return end_ms  # without foreground speech, all speech counts as the speaker's
        latest_ms = foreground_ms + self._tuning.soft_speech_hangover_ms
        keeps_up_from_ms = foreground_ms - self._tuning.keeps_up_within_ms
        if words_ms is not None and words_ms >= keeps_up_from_ms:
            # The time of a word is when its text arrived, because the next text will be as late.
            latest_ms = min(max(words_ms, foreground_ms + self._no_words_hold_ms), latest_ms)
        return min(end_ms, latest_ms)

    @property
    def flush_sent_ms(self) -> int:
        """The length of the audio when the last flush was sent; 0 before the first flush."""
        return self._flush_sent_ms

    @property
    def wants_audio_now(self) -> bool:
        """Whether the next audio may cause a flush or the end, so it should be fed at once."""
        end_ms = None if self._detector is None else self.speaker_end_ms
        if end_ms is None:
            return False
        silent_ms = self.audio_ms - end_ms
        until_flush_ms = self._settings.speculate_ms - silent_ms
        until_end_ms = self._silence_limit.after(self.voice_end_ms)[0] - silent_ms
        soon_ms = self._tuning.wants_audio_before_ms
        return 0 < until_flush_ms <= soon_ms or until_end_ms <= soon_ms

    @property
    def flush_is_due(self) -> bool:
        """Whether it is time to request the final text of the speech so far."""
        speculate_ms = self._settings.speculate_ms
        end_ms = self.voice_end_ms if speculate_ms else None
        if end_ms is None:
            return False
        return self._flush_sent_ms < end_ms <= self.audio_ms - speculate_ms

    @property
    def _words_end_ms(self) -> int | None:
        """The earliest time at which the last received word can have ended; None without words."""
        words_ms = self._last_words_ms
        return None if words_ms is None else max(0, words_ms - self._tuning.max_word_delay_ms)

    def ending(self, *, provider_ends_turns: bool) -> Ending | None:
        """Return what ends the utterance now, or None if it goes on.

        ``provider_ends_turns`` is true if the current service finds the end of speech itself. If
        not, only the detector does.
        """
        if self._audio_bytes >= self._max_bytes:
            return Ending.TOO_LONG
        if self._source is EndpointSource.CLIENT:
            return None
        if self._provider_ended:
            return Ending.PROVIDER
        end_ms = self.speaker_end_ms
        if end_ms is None:
            timed_out = self.audio_ms >= self._no_speech_timeout_ms
            return Ending.NO_SPEECH if timed_out else None
        if self._source is EndpointSource.PROVIDER and provider_ends_turns:
            return None
        silence_ms, _ = self._silence_limit.after(self.voice_end_ms)
        return Ending.SILENCE if self.audio_ms - end_ms >= silence_ms else None

    def speech_end_before(self, ending: Ending) -> int | None:
        """Return the end of the speech in an utterance that ends because of ``ending``.

        Silence is that of the speaker, so speech of other people may follow. None if the detector
        found no speech.
        """
        return self.speaker_end_ms if ending is Ending.SILENCE else self.speech_end_ms

    def endpoint(self, ending: Ending) -> Endpoint:
        """Return the endpoint of the utterance if it ends now, because of ``ending``."""
        limit_ms: float | None = None
        rule: SilenceRule | None = None
        end_ms = self.speech_end_before(ending)
        if ending is Ending.SILENCE:
            limit_ms, rule = self._silence_limit.after(self.voice_end_ms)
        elif ending is Ending.NO_SPEECH:
            limit_ms = self._no_speech_timeout_ms
        elif ending is Ending.TOO_LONG:
            limit_ms = self._settings.max_utterance_s * 1000
        silence_ms = None if end_ms is None else self.audio_ms - end_ms
        return Endpoint(ended_by=ending, silence_ms=silence_ms, limit_ms=limit_ms, rule=rule)

    def feed(self, pcm: bytes) -> None:
        """Process the next audio, in ``PCM_16K_MONO``."""
        self._audio_bytes += len(pcm)
        if self._detector is None:
            return
        for event in self._segmenter.feed(self._detector.feed(pcm)):
            if isinstance(event, SpeechStarted) and self._speech_start_ms is None:
                self._speech_start_ms = event.at_ms

    def text_received(self) -> None:
        """Note that the service sent more words than before, so there was speech recently."""
        self._last_words_ms = int(self.audio_ms)

    def flush_sent(self) -> None:
        """Note that the final text of all audio so far was requested."""
        self._flush_sent_ms = int(self.audio_ms)

    def limit_pause(self, silence_ms: int, rule: SilenceRule) -> None:
        """Set the silence that ends the utterance in the present pause. New speech ends the pause.

        The detector may still move the end of the last speech. If the end moves to a position
        before the last flush, this does not count as new speech.
        """
        if (end_ms := self.voice_end_ms) is not None:
            # Audio may end in the middle of a frame, so the end can seem to move by a frame.
            covered_ms = max(end_ms + FRAME_MS, self._flush_sent_ms)
            self._silence_limit.set_pause(silence_ms, rule, covered_ms=covered_ms)

    def continue_after_segment(self) -> None:
        """Continue the turn although the service ended a segment. Silence can still end it."""
        self._provider_ended = False

    def provider_ended_segment(self) -> None:
        """Note that the service ended a segment.

        This ends the turn, unless the segment is long and the speaker is still speaking. Then the
        service has reached its limit for the length of a segment.
        """
        length_ms = self.audio_ms - self._segment_start_ms
        self._segment_start_ms = self.audio_ms
        speech_ms = min(self._segmenter.foreground_end_ms, self.voice_end_ms or 0)
        is_speaking = self.audio_ms - speech_ms < self._tuning.still_speaking_ms
        self._provider_ended = length_ms < self._tuning.length_limit_from_ms or not is_speaking

    def reset_speech(self) -> None:
        """Wait for speech again, because the sound that the detector found was not speech."""
        self._speech_start_ms = None
        self._last_words_ms = None

"""The speaker's turn: whether somebody spoke yet, is pausing, or is done. It counts audio.

Hard rule: what the detector hears goes before what the service says, which comes late by as much
as nobody knows. Words count where the detector heard nobody, or nobody for long; and for a while in
a loud room, where a soft voice and the others who talk there sound alike (ADR 15).
"""

from enum import StrEnum
from typing import Final

from ..audio import PCM_16K_MONO
from .segmenter import Segmenter, SpeechStarted
from .settings import Endpointing, EndpointSource
from .vad import VoiceDetector

__all__ = ["Ending", "Turn"]

_MIN_SILENCE_MS: Final = 100
"""A gap that is shorter is the closure of a consonant; ElevenLabs' default too."""

_WORDS_LATE_MS: Final = 500
"""How long after it was spoken a word may be told; services were seen to take 0.2 to 0.45 s."""

_SOFT_MS: Final = 1000
"""For so long, at most, somebody who goes on speaking is no louder than others in the room. With
850 ms, 2 of 792 takes were cut, with a second none."""

_UNTOLD_MS: Final = 350
"""The same where a service that keeps up tells no word of it."""

_TOLD_BY_MS: Final = 950
"""So long after the last loud word it would have told the next one: before, it is not over."""

_KEEPS_UP_MS: Final = 1000
"""A service that told words so shortly before the last loud ones, or later, keeps up."""

_LENGTH_ENDS_MS: Final = 25_000
"""Of a segment: a final of so much audio may have come because of its length. The soonest are
those of ElevenLabs' client, after 30 s."""

_GOES_ON_MS: Final = 250
"""So shortly after a loud word somebody is still speaking; no service ends a turn as soon."""

_DOUBT_MS: Final = 1500
"""How much longer the silence has to be where words were told but no voice was heard: they may
be the service's own, made of noise before anybody spoke."""

_URGENT_MS: Final = 100
"""So long before a flush or the end is due each moment counts. Sources let less audio gather."""


class Ending(StrEnum):
    """What ended an utterance."""

    CLIENT = "client"
    """The client's audio ended."""
    SILENCE = "silence"
    """The speaker was silent for long enough."""
    PROVIDER = "provider"
    """The service found the end."""
    NO_SPEECH = "no_speech"
    """Nobody spoke."""
    TOO_LONG = "too_long"
    """It was as long as it may be."""
    AUDIO_LOST = "audio_lost"
    """The client sent no more audio, and did not say that it was done."""


class Turn:
    """One utterance's. All times are milliseconds from the first audio."""

    def __init__(self, settings: Endpointing, *, detector: VoiceDetector | None) -> None:
        self._settings = settings
        self._detector = detector
        self._endpointer = Segmenter(
            threshold=settings.speech_threshold,
            min_speech_ms=settings.min_speech_ms,
            min_silence_ms=min(_MIN_SILENCE_MS, settings.silence_ms),
            silence_ms=settings.silence_ms,
        )
        self._heard_bytes = 0
        self._began_ms: int | None = None
        self._told_ms: int | None = None
        self._flushed_ms = 0
        self._provider_ended = False
        self._segment_ms = 0.0  # where the service's last one ended
        self._who = settings.who
        self._most_bytes = PCM_16K_MONO.bytes_of(settings.max_utterance_s * 1000)
        self._patience_ms = settings.no_speech_timeout_s * 1000
        self._untold_ms = max(_UNTOLD_MS, _TOLD_BY_MS - settings.silence_ms)

    @property
    def listens(self) -> bool:
        """Whether a detector hears the audio: otherwise a service alone knows that nobody spoke."""
        return self._detector is not None

    @property
    def now_ms(self) -> float:
        """How much audio was heard."""
        return PCM_16K_MONO.duration_ms(self._heard_bytes)

    @property
    def began_ms(self) -> int | None:
        """When somebody began to speak; None where nobody did, or nobody listens."""
        return self._began_ms

    @property
    def voice_until_ms(self) -> int | None:
        """When the last speech that the detector heard ended; None where it heard none."""
        if self._began_ms is None:
            return None
        return int(self.now_ms) - self._endpointer.silent_ms

    @property
    def words_until_ms(self) -> int | None:
        """When the last word that was told was spoken, at the latest; None where none was."""
        return None if self._told_ms is None else max(0, self._told_ms - _WORDS_LATE_MS)

    @property
    def spoken_until_ms(self) -> int | None:
        """When the last speech ended, whoever spoke; None where no voice was heard.

        Words alone do not tell it: those that are still to come would lie behind it.
        """
        voice_until_ms = self.voice_until_ms
        return None if voice_until_ms is None else max(voice_until_ms, self.words_until_ms or 0)

    @property
    def ended_ms(self) -> int | None:
        """When the speaker ended: whoever speaks since may be another; None where nobody spoke."""
        began_ms, told_ms, spoken_until_ms = self._began_ms, self._told_ms, self.spoken_until_ms
        if began_ms is None or spoken_until_ms is None:
            return self.words_until_ms
        near_ms = self._endpointer.near_until_ms
        if near_ms <= began_ms:
            return spoken_until_ms  # who was never near is who speaks
        latest_ms = near_ms + _SOFT_MS
        if told_ms is not None and told_ms >= near_ms - _KEEPS_UP_MS:
            # A word counts from when it is told: the next one of a soft voice is as late.
            latest_ms = min(max(told_ms, near_ms + self._untold_ms), latest_ms)
        return min(spoken_until_ms, latest_ms)

    @property
    def flushed_ms(self) -> int:
        """Up to where the service was asked for a final."""
        return self._flushed_ms

    @property
    def wants_audio_now(self) -> bool:
        """Whether the next audio may be the last: a silence is long enough now, or soon."""
        ended_ms = self.ended_ms
        if ended_ms is None or not self.listens:
            return False
        silent_ms = self.now_ms - ended_ms
        speculate_ms, silence_ms = self._settings.speculate_ms, self._settings.silence_ms
        return 0 < speculate_ms - silent_ms <= _URGENT_MS or silent_ms >= silence_ms - _URGENT_MS

    @property
    def flush_is_due(self) -> bool:
        """Whether it is time to ask the service for the final of what was said."""
        speculate_ms, voice_until_ms = self._settings.speculate_ms, self.voice_until_ms
        if not speculate_ms or voice_until_ms is None:
            return False
        return self._flushed_ms < voice_until_ms <= self.now_ms - speculate_ms

    def ending(self, *, service_ends: bool) -> Ending | None:
        """What ends the utterance now, if anything does.

        ``service_ends`` says whether whoever transcribes now finds the end of speech by itself;
        where it cannot, the detector stands in for it.
        """
        if self._heard_bytes >= self._most_bytes:
            return Ending.TOO_LONG
        who = self._who
        if who is EndpointSource.CLIENT:
            return None
        if self._provider_ended:
            return Ending.PROVIDER
        ended_ms = self.ended_ms
        if ended_ms is None:
            return Ending.NO_SPEECH if self.now_ms >= self._patience_ms else None
        waits_for_service = who is EndpointSource.PROVIDER and service_ends
        enough_ms = self._settings.silence_ms + (_DOUBT_MS if self._began_ms is None else 0)
        if self.now_ms - ended_ms < enough_ms or waits_for_service:
            return None
        return Ending.SILENCE

    def hear(self, pcm: bytes) -> None:
        """Hear audio in ``PCM_16K_MONO``."""
        self._heard_bytes += len(pcm)
        if self._detector is None:
            return
        for event in self._endpointer.feed(self._detector.feed(pcm)):
            if isinstance(event, SpeechStarted) and self._began_ms is None:
                self._began_ms = event.at_ms

    def words_came(self) -> None:
        """The service told more words than before: somebody spoke, not too long ago."""
        self._told_ms = int(self.now_ms)

    def flushed(self) -> None:
        """The service was asked for the final of all that was heard."""
        self._flushed_ms = int(self.now_ms)

    def service_ended(self) -> None:
        """The service ended a segment: what was said is over, unless that was for its length."""
        length_ms = self.now_ms - self._segment_ms
        self._segment_ms = self.now_ms
        heard_ms = min(self._endpointer.near_until_ms, self.voice_until_ms or 0)
        goes_on = self.now_ms - heard_ms < _GOES_ON_MS
        self._provider_ended = length_ms < _LENGTH_ENDS_MS or not goes_on

    def nothing_was_said(self) -> None:
        """What was taken for speech was none: go on waiting for somebody to speak."""
        self._began_ms = None
        self._told_ms = None

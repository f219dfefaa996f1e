"""A recognition whose inputs and commands are shown to observers.

An utterance without observers does not use this module, so watching costs nothing when it is off.
Only observers that want details get the audio, which arrives up to 100 times per second.
"""

from collections.abc import Sequence

from ..audio import AudioFormat
from ..endpointing import Ending, Endpointing, Frame, VoiceDetector
from ..events import SessionEvent
from .candidate import Candidate
from .commands import Command, Send
from .interpretation import Interpretation
from .observer import Observer
from .recognition import Recognition
from .request import Purpose
from .text_style import TextStyle

__all__ = ["DetailedRecognition", "ObservedRecognition"]


class ObservedRecognition(Recognition):
    """A recognition that shows its commands and session events to observers.

    It shows the detector's frames to those that want details.
    """

    def __init__(
        self,
        *,
        observers: Sequence[Observer],
        candidates: Sequence[Candidate],
        source: AudioFormat,
        endpointing: Endpointing,
        detector: VoiceDetector | None,
        text_style: TextStyle = TextStyle.AS_IS,
        purpose: Purpose = Purpose.SPEECH,
    ) -> None:
        detailed = [each for each in observers if each.wants_details]
        super().__init__(
            candidates=candidates,
            source=source,
            endpointing=endpointing,
            detector=_ObservedDetector(detector, detailed) if detector and detailed else detector,
            text_style=text_style,
            purpose=purpose,
        )
        self._observers = observers
        self._detailed = detailed
        for observer in observers:
            observer.endpointing_chosen(self._turn.settings)

    def commands(self) -> list[Command]:
        """Return the new commands, in the order in which to execute them."""
        commands = super().commands()
        for command in commands:
            if not isinstance(command, Send):
                for observer in self._observers:
                    observer.commanded(command)
        return commands

    def session_event(self, attempt: int, event: SessionEvent, *, now: float) -> None:
        """Handle an event of a session. The events of a closed session are ignored."""
        for observer in self._observers:
            observer.session_reported(attempt, event)
        super().session_event(attempt, event, now=now)

    def session_ended(self, attempt: int, error: Exception | None, *, now: float) -> None:
        """Note that a session ended; ``error`` is the exception that ended it, or None."""
        for observer in self._observers:
            observer.session_ended(attempt, error)
        super().session_ended(attempt, error, now=now)

    def interpreted(self, text: str, interpretation: Interpretation, *, now: float) -> None:
        """Handle the interpretation of a text."""
        for observer in self._observers:
            observer.interpreted(text, interpretation)
        super().interpreted(text, interpretation, now=now)

    def _end(self, ending: Ending, *, now: float) -> None:
        super()._end(ending, now=now)
        conclusion = self._conclusion
        for observer in self._observers:
            observer.audio_ended(conclusion.endpoint, speech_ms=conclusion.speech_end_ms)


class DetailedRecognition(ObservedRecognition):
    """A recognition whose audio is also shown to the observers that want details."""

    def feed(self, audio: bytes, *, now: float) -> None:
        """Accept any amount of audio in the source's format. After the end, audio is ignored."""
        if self.phase.takes_audio:
            for observer in self._detailed:
                observer.audio_received(audio)
        super().feed(audio, now=now)


class _ObservedDetector:
    """A detector whose frames are shown to observers."""

    def __init__(self, detector: VoiceDetector, observers: Sequence[Observer]) -> None:
        self._detector = detector
        self._observers = observers

    def feed(self, pcm: bytes) -> list[Frame]:
        frames = self._detector.feed(pcm)
        for observer in self._observers:
            observer.frames_detected(frames)
        return frames

"""A recognition whose inputs and commands are shown to an observer.

An utterance without an observer does not use this module, so watching costs nothing when it is off.
"""

from collections.abc import Sequence
from typing import Protocol

from ..audio import AudioFormat
from ..endpointing import Endpointing, Frame, VoiceDetector
from ..events import SessionEvent
from ..providers.contract import Message
from ..session import Direction
from .candidate import Candidate
from .commands import Command
from .interpretation import Interpretation
from .recognition import Recognition
from .request import Purpose
from .text_style import TextStyle

__all__ = ["ObservedRecognition", "Observer"]


class Observer(Protocol):
    """What watches one utterance. Its methods return at once and must not raise."""

    def audio_received(self, audio: bytes) -> None:
        """Take audio in the source's format. Audio after the end of the utterance is left out."""

    def frames_detected(self, frames: Sequence[Frame]) -> None:
        """Take the detector's next frames."""

    def commanded(self, command: Command) -> None:
        """Take a command of the recognition, before it is executed."""

    def session_reported(self, attempt: int, event: SessionEvent) -> None:
        """Take an event of a session."""

    def message_passed(self, attempt: int, direction: Direction, message: Message) -> None:
        """Take a message between a session and its service. No message has a token."""

    def interpreted(self, text: str, interpretation: Interpretation) -> None:
        """Take what the house's language says about a text."""


class ObservedRecognition(Recognition):
    """A recognition that is watched."""

    def __init__(
        self,
        *,
        observer: Observer,
        candidates: Sequence[Candidate],
        source: AudioFormat,
        endpointing: Endpointing,
        detector: VoiceDetector | None,
        text_style: TextStyle = TextStyle.AS_IS,
        purpose: Purpose = Purpose.SPEECH,
    ) -> None:
        super().__init__(
            candidates=candidates,
            source=source,
            endpointing=endpointing,
            detector=_ObservedDetector(detector, observer) if detector else None,
            text_style=text_style,
            purpose=purpose,
        )
        self._observer = observer

    def commands(self) -> list[Command]:
        """Return the new commands, in the order in which to execute them."""
        commands = super().commands()
        for command in commands:
            self._observer.commanded(command)
        return commands

    def feed(self, audio: bytes, *, now: float) -> None:
        """Take any amount of audio in the source's format. After the end, audio is ignored."""
        if self.phase.takes_audio:
            self._observer.audio_received(audio)
        super().feed(audio, now=now)

    def session_event(self, attempt: int, event: SessionEvent, *, now: float) -> None:
        """Take an event of a session. The events of a closed session are ignored."""
        self._observer.session_reported(attempt, event)
        super().session_event(attempt, event, now=now)

    def interpreted(self, text: str, interpretation: Interpretation, *, now: float) -> None:
        """Take what the house's language says about a text."""
        self._observer.interpreted(text, interpretation)
        super().interpreted(text, interpretation, now=now)


class _ObservedDetector:
    """A detector whose frames are shown."""

    def __init__(self, detector: VoiceDetector, observer: Observer) -> None:
        self._detector = detector
        self._observer = observer

    def feed(self, pcm: bytes) -> list[Frame]:
        frames = self._detector.feed(pcm)
        self._observer.frames_detected(frames)
        return frames

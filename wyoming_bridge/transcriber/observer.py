"""The base class of the objects that watch an utterance."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..endpointing import Endpoint, Endpointing, Frame
from ..events import SessionEvent
from ..providers.contract import Message
from .commands import Command
from .interpretation import Interpretation

if TYPE_CHECKING:
    from ..session import Direction

__all__ = ["Observer"]


class Observer:
    """Watches one utterance. Each method does nothing until a subclass replaces it.

    A method returns at once and must not raise.
    """

    wants_details = False
    """Whether the observer gets the audio, the frames and the messages. They come 10 to 100 times
    per second."""

    def endpointing_chosen(self, endpointing: Endpointing) -> None:
        """Receive the settings with which the end of the utterance is found, before its audio."""

    def audio_received(self, audio: bytes) -> None:
        """Receive audio in the source's format. After the end, audio is left out."""

    def frames_detected(self, frames: Sequence[Frame]) -> None:
        """Receive the next frames of the detector."""

    def commanded(self, command: Command) -> None:
        """Receive a command of the recognition before it is executed. ``Send`` is left out."""

    def audio_ended(self, endpoint: Endpoint, *, speech_ms: int | None) -> None:
        """Note why the audio ended. ``speech_ms`` is the end of the speech, if it is known.

        Not called for an utterance that fails before its audio ends.
        """

    def session_reported(self, attempt: int, event: SessionEvent) -> None:
        """Receive an event of a session."""

    def session_ended(self, attempt: int, error: Exception | None) -> None:
        """Note that a session ended. ``error`` is an unexpected exception, or None."""

    def message_passed(self, attempt: int, direction: "Direction", message: Message) -> None:
        """Receive a message between a session and its service. No message contains a token."""

    def interpreted(self, text: str, interpretation: Interpretation) -> None:
        """Receive the interpretation of a text."""

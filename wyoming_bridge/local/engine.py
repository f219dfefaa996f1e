"""What the local realtime server needs of a speech recogniser."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from ..events import FinalText, PartialText

__all__ = ["Engine", "EngineBusyError", "EngineError", "EngineResult", "Voice"]


EngineResult = PartialText | FinalText
"""What an engine says. Each ``flush`` is answered by exactly one ``FinalText``, in order."""


class EngineError(Exception):
    """The engine cannot start, or stopped working; the message says why."""


class EngineBusyError(EngineError):
    """The engine hears as many voices as it can."""


class Voice(Protocol):
    """One speaker's audio, heard from the beginning."""

    async def feed(self, pcm: bytes) -> None:
        """Hear more audio in ``PCM_16K_MONO``; waits while the engine is behind.

        Raises:
            EngineError: The engine stopped working.
        """

    async def flush(self) -> None:
        """Ask for a final of all audio since the last one. It may turn out empty.

        Raises:
            EngineError: The engine stopped working.
        """

    def results(self) -> AsyncIterator[EngineResult]:
        """Partials as they change, and a final for each flush; ends when the voice is closed.

        Raises:
            EngineError: The engine stopped working.
        """

    async def close(self) -> None:
        """Forget the voice at once. Closing twice is allowed."""


class Engine(Protocol):
    """A recogniser that several voices share."""

    name: str
    """As in ``serve --engine``."""

    language: str
    """The language it knows, ISO 639-1."""

    async def start(self) -> None:
        """Load what every voice needs.

        Raises:
            EngineError: A library or a model is missing.
        """

    async def open(self, *, bias_terms: Sequence[str] = ()) -> Voice:
        """Begin to hear one voice; one that can be biased rather hears the terms.

        Raises:
            EngineBusyError: It hears as many voices as it can.
            EngineError: It is not running.
        """

    async def close(self) -> None:
        """End every voice and free what ``start`` took. Closing twice is allowed."""

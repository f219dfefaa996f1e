"""The contract of a speech recogniser of the local realtime server."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol, runtime_checkable

from ..events import FinalText, PartialText
from ..house import Score

__all__ = ["Engine", "EngineBusyError", "EngineError", "EngineResult", "Learner", "Scorer", "Voice"]


EngineResult = PartialText | FinalText
"""A result of an engine. Each ``flush`` is answered with exactly one ``FinalText``, in order."""


class EngineError(Exception):
    """The engine cannot start or has stopped working. The message contains the reason."""


class EngineBusyError(EngineError):
    """The engine has reached its maximum number of voices."""


class Voice(Protocol):
    """The recognition of one stream of audio."""

    async def feed(self, pcm: bytes) -> None:
        """Recognise more audio in ``PCM_16K_MONO``, and wait while the engine is behind.

        Raises:
            EngineError: The engine stopped working.
        """

    async def flush(self) -> None:
        """Request a final of all audio since the last final. Its text may be empty.

        Raises:
            EngineError: The engine stopped working.
        """

    def results(self) -> AsyncIterator[EngineResult]:
        """Yield partials as they change and a final for each flush, until the voice is closed.

        Raises:
            EngineError: The engine stopped working.
        """

    async def close(self) -> None:
        """End the voice at once. Calling it again does nothing."""


class Engine(Protocol):
    """A recogniser for several voices at once."""

    name: str
    """The name of the engine's row in the registry."""

    language: str
    """The language that the engine recognises, ISO 639-1."""

    async def start(self) -> None:
        """Load the library and the model that all voices share.

        Raises:
            EngineError: A library or a model is missing.
        """

    async def open(self, *, bias_terms: Sequence[str] = ()) -> Voice:
        """Start a voice. An engine that supports bias terms recognises them more often.

        Raises:
            EngineBusyError: The maximum number of voices is reached.
            EngineError: The engine is not running.
        """

    async def close(self) -> None:
        """End all voices and free what ``start`` loaded. Calling it again does nothing."""


@runtime_checkable
class Scorer(Protocol):
    """An engine that can also recognise a whole piece of audio, and score sentences for it."""

    async def recognise(self, pcm: bytes) -> str:
        """Return the text of audio in ``PCM_16K_MONO``; empty if there is no speech in it.

        Raises:
            EngineError: The engine is not running or fails, or the audio is too long.
        """

    async def score(self, pcm: bytes, sentences: Sequence[str]) -> list[Score]:
        """Return the score of each sentence, for audio in ``PCM_16K_MONO``.

        Each engine limits the length of the audio, and the number and length of the sentences.

        Raises:
            EngineError: The engine is not running or fails, or a limit is exceeded.
        """


@runtime_checkable
class Learner(Protocol):
    """An engine that can also learn the sentences that users will say."""

    async def learn(self, sentences: Sequence[str]) -> None:
        """Recognise these sentences best from now on, and forget those of an earlier call.

        The sentences are in lower case and without punctuation. After a call without sentences, the
        engine recognises what it did before the first call. Open voices do not change. The call may
        come before ``start``. If it fails, the engine does not change.

        Raises:
            EngineError: The engine cannot learn the sentences, or was closed.
        """

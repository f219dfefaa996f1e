"""A session's voice, which starts with the first audio.

A client that sends no audio does not count towards the engine's maximum number of voices.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

from ..events import FinalText
from .engine import Engine, EngineResult, Voice

__all__ = ["SessionVoice"]

_NOTHING: Final = FinalText(text="", start_ms=0, end_ms=0)
"""The final of a session without audio."""


class SessionVoice:
    """A ``Voice`` that starts the engine's voice with the first audio."""

    def __init__(self, engine: Engine, *, bias_terms: Callable[[], Sequence[str]]) -> None:
        """Create the voice without opening the engine's voice.

        ``bias_terms`` is called at the first audio, because a client can send terms until then.
        """
        self._engine = engine
        self._bias_terms = bias_terms
        self._voice: Voice | None = None
        self._opening = asyncio.Lock()  # a decoder may feed while a flush is requested
        self._early_flushes = 0
        self._changed = asyncio.Event()

    async def feed(self, pcm: bytes) -> None:
        """Recognise more audio, and wait while the engine is behind.

        Raises:
            EngineBusyError: The engine has reached its maximum number of voices.
            EngineError: The engine stopped working.
        """
        async with self._opening:
            if self._voice is None:
                self._voice = await self._engine.open(bias_terms=self._bias_terms())
                self._changed.set()
        await self._voice.feed(pcm)

    async def flush(self) -> None:
        """Request a final of all audio since the last final; empty if there was no audio.

        Raises:
            EngineError: The engine stopped working.
        """
        async with self._opening:
            if self._voice is None:
                self._early_flushes += 1
                self._changed.set()
                return
        await self._voice.flush()

    async def results(self) -> AsyncIterator[EngineResult]:
        """Yield partials as they change and a final for each flush, until the voice is closed.

        Raises:
            EngineError: The engine stopped working.
        """
        while True:
            while self._early_flushes:
                self._early_flushes -= 1
                yield _NOTHING
            if self._voice:
                break
            self._changed.clear()
            await self._changed.wait()
        async for result in self._voice.results():
            yield result

    async def close(self) -> None:
        """End the voice at once.

        Before the first audio, this does nothing, and ``results`` goes on waiting.
        """
        if self._voice:
            await self._voice.close()

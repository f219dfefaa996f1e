"""An engine that hears the same text in any audio."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from wyoming_bridge.events import FinalText, PartialText
from wyoming_bridge.local.engine import EngineResult, Voice

__all__ = ["SayingEngine"]


class SayingEngine:
    """An engine whose text a test sets.

    A voice reports the text as a partial at the first audio, and as a final at the next flush.
    """

    name = "scripted"
    language = "en"

    def __init__(self, said: str | FinalText) -> None:
        self.said = said if isinstance(said, FinalText) else FinalText(text=said)

    @property
    def text(self) -> str:
        """The text of the final."""
        return self.said.text

    @text.setter
    def text(self, text: str) -> None:
        self.said = FinalText(text=text)

    async def start(self) -> None:
        """Load nothing."""

    async def open(self, *, bias_terms: Sequence[str] = ()) -> Voice:
        """Return a voice that reports the text."""
        return _Voice(self.said)

    async def close(self) -> None:
        """Free nothing."""


class _Voice:
    def __init__(self, said: FinalText) -> None:
        self._left: FinalText | None = said
        self._has_audio = False
        self._results: asyncio.Queue[EngineResult | None] = asyncio.Queue()

    async def feed(self, pcm: bytes) -> None:
        if pcm and not self._has_audio:
            self._has_audio = True
            self._results.put_nowait(PartialText(text=self._left.text if self._left else ""))

    async def flush(self) -> None:
        said = self._left if self._has_audio else None
        if said:
            self._left = None
        self._results.put_nowait(said or FinalText(text=""))

    async def results(self) -> AsyncIterator[EngineResult]:
        while (result := await self._results.get()) is not None:
            yield result

    async def close(self) -> None:
        self._results.put_nowait(None)

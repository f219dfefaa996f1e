"""An engine that takes no audio until a test releases it."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from wyoming_bridge.local.engine import EngineResult
from wyoming_bridge.local.engines.scripted import ScriptedEngine, ScriptedVoice


class StuckVoice:
    """A voice that accepts audio only while its engine is released."""

    def __init__(self, voice: ScriptedVoice, released: asyncio.Event) -> None:
        self._voice = voice
        self._released = released
        self.flush = voice.flush
        self.close = voice.close

    async def feed(self, pcm: bytes) -> None:
        await self._released.wait()
        await self._voice.feed(pcm)

    def results(self) -> AsyncIterator[EngineResult]:
        return self._voice.results()


class StuckEngine(ScriptedEngine):
    def __init__(self, *, max_voices: int = 16) -> None:
        super().__init__(max_voices=max_voices)
        self.opened = 0
        self.released = asyncio.Event()

    async def open(self, *, bias_terms: Sequence[str] = ()) -> StuckVoice:
        voice = await super().open(bias_terms=bias_terms)
        self.opened += 1
        return StuckVoice(voice, self.released)

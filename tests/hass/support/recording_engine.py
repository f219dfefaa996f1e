"""A scripted engine that records how it is used."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from typing import override

from patience import PATIENCE_S
from wyoming_bridge.local.engine import EngineResult, Voice
from wyoming_bridge.local.engines.scripted import ScriptedEngine


class RecordingEngine(ScriptedEngine):
    """An engine for a server in another thread. The test can wait in its own thread for audio."""

    def __init__(self) -> None:
        super().__init__()
        self.terms: list[tuple[str, ...]] = []
        """The bias terms of each voice."""
        self.got_audio = threading.Event()
        self.left = threading.Event()

    @override
    async def open(self, *, bias_terms: Sequence[str] = ()) -> Voice:  # type: ignore[override]
        self.terms.append(tuple(bias_terms))
        return _Voice(await super().open(bias_terms=bias_terms), self)

    async def was_heard(self) -> bool:
        """Wait for audio, and return whether some arrived."""
        return await asyncio.to_thread(self.got_audio.wait, PATIENCE_S)

    async def was_left(self) -> bool:
        """Wait for the end of a session with audio, and return whether it ended."""
        return await asyncio.to_thread(self.left.wait, PATIENCE_S)


class _Voice:
    def __init__(self, voice: Voice, engine: RecordingEngine) -> None:
        self._voice = voice
        self._engine = engine

    async def feed(self, pcm: bytes) -> None:
        self._engine.got_audio.set()
        await self._voice.feed(pcm)

    async def flush(self) -> None:
        await self._voice.flush()

    def results(self) -> AsyncIterator[EngineResult]:
        return self._voice.results()

    async def close(self) -> None:
        await self._voice.close()
        if self._engine.got_audio.is_set():
            self._engine.left.set()

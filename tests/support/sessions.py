"""Audio for sessions and utterances, and the events of a session."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from patience import PATIENCE_S
from wyoming_bridge.events import FinalText, SessionEvent
from wyoming_bridge.session import RealtimeSession

OnEvent = Callable[[SessionEvent], None]
Event = TypeVar("Event", bound=SessionEvent)


def noise(seed: int = 0, *, words: int) -> bytes:
    """Return audio in which the scripted engine finds ``words`` words, which depend on ``seed``."""
    return hashlib.shake_128(bytes([seed])).digest(6400 * words)


def speak(session: RealtimeSession, pcm: bytes) -> None:
    for start in range(0, len(pcm), 3200):
        session.send_audio(pcm[start : start + 3200])


class SessionEvents:
    """Collects the events of one session, in order."""

    def __init__(self) -> None:
        self.events: list[SessionEvent] = []
        self._news = asyncio.Event()

    def __call__(self, event: SessionEvent) -> None:
        self.events.append(event)
        self._news.set()

    def all(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    async def first(self, kind: type[Event]) -> Event:
        """Wait for the first event of a kind, and return it."""
        async with asyncio.timeout(PATIENCE_S):
            while not (found := self.all(kind)):
                self._news.clear()
                await self._news.wait()
        return found[0]

    @property
    def words(self) -> list[str]:
        return [word for final in self.all(FinalText) for word in final.text.split()]


@asynccontextmanager
async def running(session: RealtimeSession) -> AsyncIterator[asyncio.Task[None]]:
    """Run a session, and check that it ends by itself."""
    run = asyncio.create_task(session.run(), name="session")
    try:
        yield run
        async with asyncio.timeout(PATIENCE_S):
            await run
    finally:
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)

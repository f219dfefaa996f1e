"""When things happened in one utterance."""

import asyncio

from .result import Timing

__all__ = ["Stopwatch"]


class Stopwatch:
    """Remembers when each thing happened first."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._times: dict[str, float] = {}

    def note(self, what: str) -> None:
        """It happens now."""
        self._times.setdefault(what, self._loop.time())

    def timing(self, *, audio_ms: float, spoken_until_ms: int | None) -> Timing:
        """The record, made when the result is there."""
        now = self._loop.time()
        began = self._times.get("began", now)

        def since_began(what: str) -> float | None:
            return (self._times[what] - began) * 1000 if what in self._times else None

        return Timing(
            audio_ms=audio_ms,
            ready_ms=since_began("ready"),
            first_text_ms=since_began("heard"),
            speech_ms=spoken_until_ms,
            endpoint_ms=None if spoken_until_ms is None else audio_ms - spoken_until_ms,
            final_ms=(now - self._times["ended"]) * 1000 if "ended" in self._times else None,
            total_ms=(now - began) * 1000,
        )

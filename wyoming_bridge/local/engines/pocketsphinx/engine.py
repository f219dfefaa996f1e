"""Offline English recognition with PocketSphinx.

The library holds the GIL while it decodes, and would block the event loop even in a thread. So it
is never imported here. One process, the zygote, loads the model. Each voice is a fork of the
zygote. All voices share the memory of the model and start from the same state, so that the result
of a voice depends only on its own audio.

If the process of a voice dies, only that voice fails. If the zygote dies, its voices continue, and
the next ``open`` starts a new zygote. It tries this once.
"""

import asyncio
import importlib.util
import os
from collections.abc import Sequence
from typing import Final

from ...engine import EngineBusyError, EngineError
from .voice import PocketsphinxVoice
from .zygote import Zygote

__all__ = ["PocketsphinxEngine"]

DEFAULT_MAX_VOICES: Final = 16
"""16 active voices take about 16 x 0.3 cores and 16 x 25 MiB, which suits a large home server. A
voice with terms takes 30 MiB more.
"""

DEFAULT_START_LIMIT_S: Final = 30.0
"""Loading takes 0.5 to 0.8 s on a desktop, and ten times that from a Raspberry Pi's card."""


class PocketsphinxEngine:
    """PocketSphinx with its own English model and one process per voice."""

    name: str = "pocketsphinx"
    language: str = "en"

    def __init__(
        self,
        *,
        max_voices: int = DEFAULT_MAX_VOICES,
        start_limit_s: float = DEFAULT_START_LIMIT_S,
    ) -> None:
        self._max_voices = max_voices
        self._start_limit_s = start_limit_s
        self._voices: set[PocketsphinxVoice] = set()
        self._zygote: Zygote | None = None
        self._changing = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The process id of the zygote, for diagnostics and tests; None if it is not running."""
        return self._zygote.pid if self._zygote else None

    async def start(self) -> None:
        """Load the model, unless it is loaded.

        Raises:
            EngineError: The library is missing, its process does not start, or the platform
                cannot fork.
        """
        if not hasattr(os, "fork"):
            raise EngineError("pocketsphinx needs fork(), which Windows does not have")
        if importlib.util.find_spec("pocketsphinx") is None:
            raise EngineError("pocketsphinx is not installed: pip install 'wyoming-bridge[local]'")
        async with self._changing:
            if self._zygote is None:
                self._zygote = await Zygote.start(limit_s=self._start_limit_s)

    async def open(self, *, bias_terms: Sequence[str] = ()) -> PocketsphinxVoice:
        """Start a voice. Words of the terms become more likely if they are in the dictionary.

        With terms, the first result is 0.26 s later.

        Raises:
            EngineBusyError: The maximum number of voices is reached.
            EngineError: The engine is not running, or its zygote has died and a new one does not
                start.
        """
        async with self._changing:
            zygote = self._running()
            if len(self._voices) >= self._max_voices:
                raise EngineBusyError(
                    f"pocketsphinx: max {self._max_voices} concurrent voices reached"
                )
            try:
                voice = await self._begin(zygote, bias_terms)
            except EngineError:
                if self._zygote is not zygote or not zygote.gone:
                    raise
                voice = await self._begin(await self._replace(zygote), bias_terms)
            self._voices.add(voice)
            return voice

    async def close(self) -> None:
        """End all voices and the zygote. Call it only after ``start`` has returned."""
        zygote, self._zygote = self._zygote, None
        for voice in tuple(self._voices):
            await voice.close()
        if zygote is not None:
            await zygote.end()

    def _running(self) -> Zygote:
        if self._zygote is None:
            raise EngineError("pocketsphinx is not running")
        return self._zygote

    async def _begin(self, zygote: Zygote, bias_terms: Sequence[str]) -> PocketsphinxVoice:
        voice = await PocketsphinxVoice.begin(
            sock=zygote.fork(), bias_terms=bias_terms, on_close=self._voices.discard
        )
        if self._zygote is not zygote:
            await voice.close()
            raise EngineError("pocketsphinx was closed")
        return voice

    async def _replace(self, dead: Zygote) -> Zygote:
        """Start a new zygote in place of a dead one. ``close`` may be called at the same time."""
        fresh = await Zygote.start(limit_s=self._start_limit_s)
        if self._zygote is not dead:
            await fresh.end()
            raise EngineError("pocketsphinx was closed")
        self._zygote = fresh
        await dead.end()
        return fresh

"""Offline English recognition with PocketSphinx.

The library does not release the GIL while it decodes, so that a thread of it would stop the
event loop: it is never imported here. One process, the zygote, loads the model once; each voice
is a fork of it, which shares the model's memory and starts from the same state. What a voice is
heard as depends on its own audio alone.

A voice whose process dies is an error of that voice. A zygote that dies takes no voice with it;
the next ``open`` starts another, once, and waits for its model.
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
"""All speaking at once take about 16 x 0.3 cores and 16 x 25 MiB, a large home server's worth.

Those with terms take 30 MiB more.
"""

DEFAULT_START_LIMIT_S: Final = 30.0
"""Loading takes 0.5 to 0.8 s on a desktop core; a Raspberry Pi's card reads ten times slower."""


class PocketsphinxEngine:
    """PocketSphinx with its own English model, a process per voice."""

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
        """The zygote's process, for diagnostics and tests; None unless running."""
        return self._zygote.pid if self._zygote else None

    async def start(self) -> None:
        """Load the model; nothing happens if it is loaded.

        Raises:
            EngineError: The library is missing, its process does not come up, or the platform
                cannot fork.
        """
        if not hasattr(os, "fork"):
            raise EngineError("pocketsphinx needs a platform that can fork, which Windows is not")
        if importlib.util.find_spec("pocketsphinx") is None:
            raise EngineError("pocketsphinx is not installed: pip install 'wyoming-bridge[local]'")
        async with self._changing:
            if self._zygote is None:
                self._zygote = await Zygote.start(limit_s=self._start_limit_s)

    async def open(self, *, bias_terms: Sequence[str] = ()) -> PocketsphinxVoice:
        """Begin to hear one voice; each word of the terms that the library knows is likelier.

        With terms the first result comes 0.26 s later.

        Raises:
            EngineBusyError: It hears as many voices as it may.
            EngineError: The engine is not running, or a zygote that had died could not be
                replaced.
        """
        async with self._changing:
            zygote = self._running()
            if len(self._voices) >= self._max_voices:
                raise EngineBusyError(
                    f"pocketsphinx hears {self._max_voices} voices already, as many as it may"
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
        """End every voice and the zygote. Call it once ``start`` has returned."""
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
        """Start another zygote in place of one that died; ``close`` may come in between."""
        fresh = await Zygote.start(limit_s=self._start_limit_s)
        if self._zygote is not dead:
            await fresh.end()
            raise EngineError("pocketsphinx was closed")
        self._zygote = fresh
        await dead.end()
        return fresh

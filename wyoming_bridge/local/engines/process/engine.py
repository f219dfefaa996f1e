"""An engine whose voices are decoded outside this process.

The host is the process that has loaded the model. It decodes the voices itself, or forks a process
for each voice. If a process dies, only the voices that it decodes fail. If the host dies, the next
``open`` tries once to start a new host. A host that is replaced while it works ends after its last
voice.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence

from ...engine import EngineBusyError, EngineError
from .host import Host, Program
from .voice import ProcessVoice

__all__ = ["ProcessEngine"]


class ProcessEngine(ABC):
    """An engine with one host, which gets a socket for each voice."""

    name: str
    language: str

    def __init__(self, *, max_voices: int, start_limit_s: float) -> None:
        """Create the engine without starting it.

        ``start_limit_s`` is the longest time, in seconds, that the host may take to start.
        """
        self._max_voices = max_voices
        self._start_limit_s = start_limit_s
        self._voices: dict[ProcessVoice, Host] = {}
        self._host: Host | None = None
        self._replaced: set[Host] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._changing = asyncio.Lock()

    @abstractmethod
    async def _program(self) -> Program:
        """Return the program that the host runs.

        Raises:
            EngineError: A library or a model is missing.
        """

    @property
    def pid(self) -> int | None:
        """The process id of the host, for diagnostics and tests; None if it is not running."""
        return self._host.pid if self._host else None

    async def start(self) -> None:
        """Load the model, unless it is loaded.

        Raises:
            EngineError: A library or a model is missing, or the host does not start.
        """
        async with self._changing:
            if self._host is None:
                self._host = await self._new_host()

    async def open(self, *, bias_terms: Sequence[str] = ()) -> ProcessVoice:
        """Start a voice.

        Raises:
            EngineBusyError: The maximum number of voices is reached.
            EngineError: The engine is not running, or its host has died and a new one does not
                start.
        """
        async with self._changing:
            host = self._running()
            if len(self._voices) >= self._max_voices:
                raise EngineBusyError(
                    f"{self.name}: max {self._max_voices} concurrent voices reached"
                )
            try:
                return await self._begin(host, bias_terms)
            except EngineError:
                if self._host is not host or not host.gone:
                    raise
                return await self._begin(await self._replace(host), bias_terms)

    async def close(self) -> None:
        """End all voices and the host. Call it only after ``start`` has returned."""
        host, self._host = self._host, None
        for voice in tuple(self._voices):
            await voice.close()
        if host is not None:
            await host.end()
        await asyncio.gather(*self._ending)

    async def _renew(self) -> None:
        """Start a new host. When it is ready, use it for all voices that are opened after that.

        Raises:
            EngineError: The new host does not start, or the engine was closed.
        """
        fresh = await self._new_host()
        try:
            async with self._changing:
                old = self._running()
                self._host = fresh
        except BaseException:
            await fresh.end()
            raise
        self._replaced.add(old)
        self._end_if_unused(old)

    def _end_if_unused(self, host: Host) -> None:
        if host in self._replaced and host not in self._voices.values():
            self._replaced.remove(host)
            ending = asyncio.create_task(host.end(), name=f"end a {self.name} process")
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    def _forget(self, voice: ProcessVoice) -> None:
        if host := self._voices.pop(voice, None):
            self._end_if_unused(host)

    async def _new_host(self) -> Host:
        return await Host.start(await self._program(), limit_s=self._start_limit_s)

    def _running(self) -> Host:
        if self._host is None:
            raise EngineError(f"{self.name} is not running")
        return self._host

    async def _begin(self, host: Host, bias_terms: Sequence[str]) -> ProcessVoice:
        voice = await ProcessVoice.begin(
            name=self.name,
            sock=host.connect(),
            bias_terms=bias_terms,
            on_close=self._forget,
        )
        if self._host is not host:
            await voice.close()
            raise EngineError(f"{self.name} was closed")
        self._voices[voice] = host
        return voice

    async def _replace(self, dead: Host) -> Host:
        """Start a new host in place of a dead one. ``close`` may be called at the same time."""
        fresh = await self._new_host()
        if self._host is not dead:
            await fresh.end()
            raise EngineError(f"{self.name} was closed")
        self._host = fresh
        await dead.end()
        return fresh

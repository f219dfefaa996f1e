"""Converts the audio of a client to the format of the engine."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from typing import Final

from ..audio import PCM_16K_MONO, AudioFormat, Converter, WavReader
from ..errors import MediaError
from ..media.container import Container, container_of, is_undecided
from ..media.decoder import MediaDecoder
from .engine import EngineError

__all__ = ["AudioInput"]

_PIECE_BYTES: Final = PCM_16K_MONO.bytes_of(100)
"""Segments are cut between pieces. No service notices a pause in less time."""

Hear = Callable[[bytes], Awaitable[None]]
"""Gives a piece of audio in ``PCM_16K_MONO`` to the engine; waits while the engine is behind."""

Fail = Callable[[MediaError | EngineError], Awaitable[None]]
"""Reports the error that ended the decoding of a container."""


class AudioInput:
    """The audio of one session: raw audio of one format, or a container if that is allowed."""

    def __init__(
        self, source: AudioFormat, *, containers: frozenset[Container], hear: Hear, fail: Fail
    ) -> None:
        self._converter = Converter(source=source, target=PCM_16K_MONO)
        self._containers = containers
        self._head: bytes | None = b"" if containers else None
        self._wav: WavReader | None = None
        self._decoder: MediaDecoder | None = None
        self._decoding = AsyncExitStack()
        self._heard: asyncio.Task[None] | None = None
        self._hear = hear
        self._fail = fail

    async def take(self, audio: bytes) -> None:
        """Convert audio and give it to the engine.

        Raises:
            AudioFormatError: The audio is a WAV stream in a format that cannot be read.
            DependencyError: The decoder of the container is not installed.
            MediaError: The decoder cannot be started.
        """
        if self._head is not None:
            self._head += audio
            if is_undecided(self._head, among=self._containers):
                return
            audio, self._head = self._head, None
            await self._begin(container_of(audio, among=self._containers))
        if self._decoder:
            await self._decoder.feed(audio)
        else:
            await self._hear_all(self._converted(audio))

    async def settle(self) -> None:
        """Give all buffered audio to the engine, because a final is wanted."""
        if self._decoder:
            await self._decoder.settle()
            return
        head, self._head = self._head or b"", None
        audio = self._converter.convert(head) if head else b""
        await self._hear_all(
            audio if self._converter.passthrough else audio + self._converter.flush()
        )

    async def close(self) -> None:
        """Drop all buffered audio."""
        if self._heard:
            self._heard.cancel()
            await asyncio.gather(self._heard, return_exceptions=True)
        await self._decoding.aclose()

    async def _begin(self, container: Container | None) -> None:
        if container is Container.WAV:
            self._wav = WavReader()
        elif container:
            self._decoder = await self._decoding.enter_async_context(
                MediaDecoder(target=PCM_16K_MONO, container=container)
            )
            self._heard = asyncio.create_task(self._hear_decoded(self._decoder), name="decode")

    async def _hear_decoded(self, decoder: MediaDecoder) -> None:
        """Give decoded audio to the engine. It runs as a task of its own and reports its errors."""
        try:
            async with aclosing(decoder.audio()) as audio:
                async for pcm in audio:
                    await self._hear_all(pcm)
        except (MediaError, EngineError) as error:
            await self._fail(error)

    async def _hear_all(self, pcm: bytes) -> None:
        for start in range(0, len(pcm), _PIECE_BYTES):
            await self._hear(pcm[start : start + _PIECE_BYTES])

    def _converted(self, audio: bytes) -> bytes:
        if self._wav is None:
            return self._converter.convert(audio)
        unread = self._wav.format is None
        audio = self._wav.feed(audio)
        if unread and self._wav.format is not None:
            self._converter = Converter(source=self._wav.format, target=PCM_16K_MONO)
        return self._converter.convert(audio) if audio else b""

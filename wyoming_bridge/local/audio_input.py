"""A client's audio, as the engine wants to hear it."""

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
"""Segments are cut between pieces: no service is quicker to hear a pause."""

Hear = Callable[[bytes], Awaitable[None]]
"""Takes a piece of audio in ``PCM_16K_MONO``; waits while the engine is behind."""

Fail = Callable[[MediaError | EngineError], Awaitable[None]]
"""Is told what ended the decoding of a container."""


class AudioInput:
    """Raw audio of a format, or a container where that is allowed."""

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
        """Have audio heard.

        Raises:
            AudioFormatError: It is a WAV stream of a format that cannot be read.
            DependencyError: What decodes the container is not installed.
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
        """Have heard what is held back: a final is wanted."""
        if self._decoder:
            await self._decoder.settle()
            return
        head, self._head = self._head or b"", None
        audio = self._converter.convert(head) if head else b""
        await self._hear_all(
            audio if self._converter.passthrough else audio + self._converter.flush()
        )

    async def close(self) -> None:
        """Forget what is held back."""
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
        """Hear what is decoded, as it comes: nobody waits for it, so it reports by itself."""
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

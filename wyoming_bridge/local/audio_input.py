"""Converts the audio of a client to the format of the engine."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from typing import Final

from ..audio import PCM_16K_MONO, AudioFormat, Converter
from ..audio.wav import WavReader
from ..errors import MediaError
from ..media.container import Container, container_of, is_undecided
from ..media.decoder import MediaDecoder
from .engine import EngineError

__all__ = ["AudioInput"]

_PIECE_BYTES: Final = PCM_16K_MONO.bytes_of(100)
"""Size of a piece of audio for the engine: 100 ms. A segment can only end between two pieces."""

_CONVERTED_BYTES: Final = 10 * _PIECE_BYTES
"""The most audio of a client that is converted at once. From 4 kHz with one byte per sample, it
becomes 256 kB."""

FeedEngine = Callable[[bytes], Awaitable[None]]
"""Feeds the engine a piece of audio in ``PCM_16K_MONO``, and waits while the engine is behind."""

Fail = Callable[[MediaError | EngineError], Awaitable[None]]
"""Reports the error that ended the decoding of a container."""


class AudioInput:
    """The audio of one session: raw audio in one format, or one of the allowed containers."""

    def __init__(
        self, source: AudioFormat, *, containers: frozenset[Container], feed: FeedEngine, fail: Fail
    ) -> None:
        self._converter = Converter(source=source, target=PCM_16K_MONO)
        self._containers = containers
        self._head: bytes | None = b"" if containers else None
        self._wav: WavReader | None = None
        self._decoder: MediaDecoder | None = None
        self._decoding = AsyncExitStack()
        self._decoding_task: asyncio.Task[None] | None = None
        self._feed = feed
        self._fail = fail

    async def take(self, audio: bytes) -> None:
        """Convert audio and feed it to the engine.

        Raises:
            AudioFormatError: The audio is a WAV stream in a format that cannot be read.
            DependencyError: The decoder of the container is not installed.
            EngineError: The engine stopped working.
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
            return
        # A message of 4 MiB can become 32 MiB of audio, so small parts of it are converted.
        for start in range(0, len(audio), _CONVERTED_BYTES):
            await self._feed_all(self._converted(audio[start : start + _CONVERTED_BYTES]))

    async def flush(self) -> None:
        """Feed all buffered audio to the engine, except an incomplete frame of a container."""
        if self._decoder:
            await self._decoder.settle()
            return
        head, self._head = self._head or b"", None
        audio = self._converter.convert(head) if head else b""
        await self._feed_all(
            audio if self._converter.passthrough else audio + self._converter.flush()
        )

    async def close(self) -> None:
        """Drop all buffered audio."""
        if self._decoding_task:
            self._decoding_task.cancel()
            await asyncio.gather(self._decoding_task, return_exceptions=True)
        await self._decoding.aclose()

    async def _begin(self, container: Container | None) -> None:
        if container is Container.WAV:
            self._wav = WavReader()
        elif container:
            self._decoder = await self._decoding.enter_async_context(
                MediaDecoder(target=PCM_16K_MONO, container=container)
            )
            self._decoding_task = asyncio.create_task(
                self._feed_decoded(self._decoder), name="decode"
            )

    async def _feed_decoded(self, decoder: MediaDecoder) -> None:
        """Feed decoded audio to the engine, as a separate task that reports its errors."""
        try:
            async with aclosing(decoder.audio()) as audio:
                async for pcm in audio:
                    await self._feed_all(pcm)
        except (MediaError, EngineError) as error:
            await self._fail(error)

    async def _feed_all(self, pcm: bytes) -> None:
        for start in range(0, len(pcm), _PIECE_BYTES):
            await self._feed(pcm[start : start + _PIECE_BYTES])

    def _converted(self, audio: bytes) -> bytes:
        if self._wav is None:
            return self._converter.convert(audio)
        unread = self._wav.format is None
        audio = self._wav.feed(audio)
        if unread and self._wav.format is not None:
            self._converter = Converter(source=self._wav.format, target=PCM_16K_MONO)
        return self._converter.convert(audio) if audio else b""

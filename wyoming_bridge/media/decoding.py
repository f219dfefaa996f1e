"""Decodes a sequence of encoded streams to one stream of raw audio."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from ..audio import AudioFormat
from ..errors import MediaError
from .decoder import MediaDecoder
from .decoding_task import SHARED_MEMORY_BYTES

__all__ = ["NEW_STREAM", "decoded"]

NEW_STREAM = None
"""A marker between pieces: the next piece begins a new encoded stream."""


async def decoded(
    pieces: AsyncGenerator[bytes | None, None],
    *,
    target: AudioFormat,
    memory_bytes: int = SHARED_MEMORY_BYTES,
    place: str | None = None,
) -> AsyncGenerator[bytes, None]:
    """Decode pieces of encoded audio. After ``None`` a new encoded stream begins.

    ``place`` is where the pieces are from: the name of a file, or ``place_of`` a URL. An error that
    does not name its place gets this one.

    Raises:
        MediaError: The audio cannot be decoded, or ``pieces`` raised this error.
        AudioFormatError: The target is not ``PCM_S16LE`` with one channel.
        DependencyError: The decoder's library is not installed.
    """
    audio = _decoded(pieces, target=target, memory_bytes=memory_bytes)
    try:
        async with aclosing(audio):
            async for pcm in audio:
                yield pcm
    except MediaError as error:
        named = error.at(place) if place else error
        if named is error:
            raise
        raise named from error


async def _decoded(
    pieces: AsyncGenerator[bytes | None, None], *, target: AudioFormat, memory_bytes: int
) -> AsyncGenerator[bytes, None]:
    more = True
    async with aclosing(pieces):
        # A decoder is a process. It starts after the first piece, so a failed fetch starts no
        # process.
        first = await anext(pieces, None) or b""
        while more:
            async with MediaDecoder(target=target, memory_bytes=memory_bytes) as decoder:
                feeding = _feed(decoder, first, pieces)
                first = b""
                feeder = asyncio.create_task(feeding, name="feed the decoder")
                try:
                    async with aclosing(decoder.audio()) as audio:
                        async for pcm in audio:
                            yield pcm
                    more = await feeder
                finally:
                    feeder.cancel()
                    await asyncio.gather(feeder, return_exceptions=True)


async def _feed(decoder: MediaDecoder, first: bytes, pieces: AsyncIterator[bytes | None]) -> bool:
    """Feed one stream, and return whether another one follows."""
    failure: MediaError | None = None
    try:
        await decoder.feed(first)
        async for piece in pieces:
            if piece is NEW_STREAM:
                return True
            await decoder.feed(piece)
    except MediaError as error:
        failure = error  # ``decoder.audio`` raises it after the audio that was decoded before
    finally:
        decoder.finish(failure)
    return False

"""Encoded audio, whoever fetched it, as raw audio."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from ..audio import AudioFormat
from ..errors import MediaError
from .decoder import MediaDecoder

__all__ = ["NEW_STREAM", "decoded"]

NEW_STREAM = None
"""Between the pieces of a stream: what follows has a beginning of its own."""


async def decoded(
    pieces: AsyncGenerator[bytes | None, None], *, target: AudioFormat
) -> AsyncGenerator[bytes, None]:
    """Decode encoded audio; after a ``None`` another stream begins.

    Raises:
        MediaError: It cannot be decoded, or what the source raised.
    """
    more = True
    async with aclosing(pieces):
        while more:
            async with MediaDecoder(target=target) as decoder:
                feeder = asyncio.create_task(_feed(decoder, pieces), name="feed the decoder")
                try:
                    async with aclosing(decoder.audio()) as audio:
                        async for pcm in audio:
                            yield pcm
                    more = await feeder
                finally:
                    feeder.cancel()
                    await asyncio.gather(feeder, return_exceptions=True)


async def _feed(decoder: MediaDecoder, pieces: AsyncIterator[bytes | None]) -> bool:
    """Feed one stream; tells whether another one follows."""
    failure: MediaError | None = None
    try:
        async for piece in pieces:
            if piece is NEW_STREAM:
                return True
            await decoder.feed(piece)
    except MediaError as error:
        failure = error  # what came before it is heard first
    finally:
        decoder.finish(failure)
    return False

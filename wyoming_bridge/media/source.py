"""Fetches and decodes the audio of a URL: a file, an endless stream or a playlist.

Back-pressure: while the reader of the audio is slow, nothing is read from the network.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from aiohttp import ClientSession

from ..audio import AudioFormat
from ..errors import MediaError, MediaProblem, place_of
from .addresses import is_any
from .decoding import NEW_STREAM, decoded
from .fetch import Fetcher
from .fetched import Fetched, FetchLimits
from .pace import Pace
from .playlist import CONTENT_TYPES, MAX_PLAYLIST_BYTES, is_playlist, segments

__all__ = ["stream_audio"]

_SEGMENT_S: Final = 0.02
"""The shortest time from one segment to the next. Without it, a playlist of tiny segments would
cause hundreds of requests per second, also to servers that have nothing to do with the playlist. A
segment usually has 2 to 10 s of audio."""

_MAX_EMPTY_SEGMENTS: Final = 20
"""The most empty segments in a row. Without this limit, a long list of empty segments would cause
many requests at once."""


async def stream_audio(
    url: str,
    *,
    target: AudioFormat,
    realtime: bool,
    allow_private: bool = False,
    limits: FetchLimits | None = None,
    session: ClientSession | None = None,
) -> AsyncGenerator[bytes, None]:
    """Yield the audio of a URL as it arrives; with ``realtime``, no faster than it plays.

    Closing the generator closes the connection and the decoder. A ``session`` that the caller
    passes does not check addresses, so it requires ``allow_private``.

    Raises:
        MediaError: The audio is not available; the message shows no secret of the URL.
        AudioFormatError: The target is not ``PCM_S16LE`` with one channel.
        DependencyError: The decoder's library is not installed.
        ValueError: There is a session, but private addresses are not allowed.
    """
    if session and not allow_private:
        raise ValueError("allow_private must be True, because a session does not check addresses")
    allowed = is_any if allow_private else None
    async with Fetcher(allowed=allowed, limits=limits, session=session) as fetcher:
        pieces = decoded(_encoded(url, fetcher), target=target, place=place_of(url))
        pieces = _timely(pieces, fetcher, url=url)
        async with aclosing(_paced(pieces, target, realtime=realtime)) as audio:
            async for pcm in audio:
                yield pcm


async def _timely(
    audio: AsyncGenerator[bytes, None], fetcher: Fetcher, *, url: str
) -> AsyncGenerator[bytes, None]:
    """Raise an error if no audio comes for too long."""
    async with aclosing(audio):
        while True:
            try:
                async with asyncio.timeout(fetcher.limits.audio_s):
                    pcm = await anext(audio, None)
            except TimeoutError as err:
                place = place_of(url)
                raise MediaError(
                    f"{place} sends no audio", problem=MediaProblem.STALLED, place=place
                ) from err
            if pcm is None:
                return
            yield pcm


async def _paced(
    audio: AsyncGenerator[bytes, None], target: AudioFormat, *, realtime: bool
) -> AsyncGenerator[bytes, None]:
    """Delay audio that arrives faster than it plays."""
    pace = Pace(target)
    async with aclosing(audio):
        async for pcm in audio:
            if realtime:
                await pace.keep(pcm)
            yield pcm


async def _encoded(url: str, fetcher: Fetcher) -> AsyncGenerator[bytes | None, None]:
    async with fetcher.get(url) as fetched:
        blocks = fetched.blocks()
        async with aclosing(blocks):
            head = await anext(blocks, b"")
            if not _is_playlist(fetched, head):
                yield head
                async for block in blocks:
                    yield block
                return
            text = await fetched.rest_of_text(head, blocks, limit_bytes=MAX_PLAYLIST_BYTES)
    async with aclosing(segments(text, url=fetched.url, fetcher=fetcher)) as pieces:
        begun = False
        empty = 0
        loop = asyncio.get_running_loop()
        async for segment in pieces:
            next_at = loop.time() + _SEGMENT_S
            if segment.new_stream and begun:
                yield NEW_STREAM
            begun = True
            empty += 1
            if empty > _MAX_EMPTY_SEGMENTS:
                place = place_of(segment.url)
                raise MediaError(
                    f"the {_MAX_EMPTY_SEGMENTS} segments before {place} are empty",
                    problem=MediaProblem.STALLED,
                    place=place,
                )
            async with (
                fetcher.get(segment.url, headers=segment.headers) as fetched,
                aclosing(fetched.blocks()) as blocks,
            ):
                async for block in blocks:
                    empty = 0
                    yield block
            await asyncio.sleep(max(0.0, next_at - loop.time()))


def _is_playlist(fetched: Fetched, head: bytes) -> bool:
    return fetched.content_type in CONTENT_TYPES or is_playlist(head)

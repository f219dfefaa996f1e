"""Follows HLS playlists: lists of segments. A live playlist grows while it is read.

The segments' bytes, joined in order, are the stream. ``hls`` parses the playlists in a thread,
because parsing a long playlist would block the event loop.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from ..errors import MediaError, MediaProblem
from .fetch import Fetcher
from .fetched import fetch_error
from .hls import FIRST_LINE, InitSection, MasterPlaylist, MediaPlaylist, Variant, parse
from .hls_values import ByteRange, PlaylistError

__all__ = ["CONTENT_TYPES", "MAX_PLAYLIST_BYTES", "Segment", "is_playlist", "segments"]

CONTENT_TYPES: Final = frozenset(
    {"application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "audio/x-mpegurl"}
)

MAX_PLAYLIST_BYTES: Final = 1 << 20
"""Enough for one day of segments of six seconds each."""

_LIVE_EDGE: Final = 3
"""A live stream is joined this many segments before its end, as RFC 8216, 6.3.3, requires."""

_PATIENCE: Final = 1.5
"""A live playlist gets a new segment within this many target durations (RFC 8216, 6.2.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One part of the stream to fetch: a segment, or an initialisation section."""

    url: str
    byte_range: ByteRange | None = None
    """None stands for the whole file."""
    new_stream: bool = False
    """Whether the decoder must start again, because this part does not continue the previous
    one."""

    @property
    def headers(self) -> dict[str, str]:
        """The request headers for the segment."""
        if self.byte_range is None:
            return {}
        first, count = self.byte_range
        return {"Range": f"bytes={first}-{first + count - 1}"}


def is_playlist(head: bytes) -> bool:
    """Return whether a file with these first bytes is a playlist."""
    return head.removeprefix(b"\xef\xbb\xbf").startswith(FIRST_LINE.encode())


async def segments(text: str, *, url: str, fetcher: Fetcher) -> AsyncGenerator[Segment, None]:
    """Yield the segments of the stream in order. Segments of a live stream follow as they appear.

    Raises:
        MediaError: A playlist cannot be fetched or read, a live playlist no longer grows, or a
            segment is encrypted.
    """
    playlist = await _parsed(text, url=url)
    if isinstance(playlist, MasterPlaylist):
        text, url = await _load(_best_variant(playlist, url=url), fetcher)
        playlist = await _parsed(text, url=url)
    loop = asyncio.get_running_loop()
    news_at = loop.time()
    reader = _Reader()
    while True:
        if isinstance(playlist, MasterPlaylist):
            raise _unreadable(url, "it lists variants where segments are expected")
        found = False
        for segment in reader.new_segments(playlist, url=url):
            found = True
            yield segment
        if playlist.complete:
            return
        if found:
            news_at = loop.time()
        elif loop.time() - news_at > max(fetcher.limits.stall_s, _PATIENCE * playlist.target_s):
            raise fetch_error(url, "has no new segments", MediaProblem.STALLED)
        await asyncio.sleep(playlist.target_s if found else playlist.target_s / 2)
        text, url = await _load(url, fetcher)
        playlist = await _parsed(text, url=url)


class _Reader:
    """Remembers how far a stream has been read, from one version of its playlist to the next."""

    def __init__(self) -> None:
        self._next_number: int | None = None
        self._last_init: InitSection | None = None

    def new_segments(self, playlist: MediaPlaylist, *, url: str) -> Iterator[Segment]:
        """Yield the segments that earlier calls have not yielded.

        Raises:
            MediaError: A segment is encrypted, or its address is malformed.
        """
        first = playlist.first_number
        if self._next_number is None:
            skipped = len(playlist.segments) - _LIVE_EDGE
            self._next_number = first + (0 if playlist.begins_at_its_start else max(0, skipped))
        lost = first > self._next_number
        for each in playlist.segments[max(0, self._next_number - first) :]:
            if each.encrypted:
                raise fetch_error(
                    url, "is encrypted, which is not supported", MediaProblem.UNSUPPORTED_FORMAT
                )
            new_stream = each.discontinuity or lost
            lost = False
            if each.init and (new_stream or each.init != self._last_init):
                self._last_init = each.init
                yield Segment(
                    url=_joined(url, each.init.uri),
                    byte_range=each.init.byte_range,
                    new_stream=new_stream,
                )
                new_stream = False
            yield Segment(
                url=_joined(url, each.uri), byte_range=each.byte_range, new_stream=new_stream
            )
        self._next_number = max(self._next_number, first + len(playlist.segments))


async def _load(url: str, fetcher: Fetcher) -> tuple[str, str]:
    async with fetcher.get(url) as fetched:
        return await fetched.text(limit_bytes=MAX_PLAYLIST_BYTES), fetched.url


async def _parsed(text: str, *, url: str) -> MasterPlaylist | MediaPlaylist:
    try:
        return await asyncio.to_thread(parse, text)
    except PlaylistError as err:
        raise _unreadable(url, str(err)) from err


def _unreadable(url: str, reason: str) -> MediaError:
    return fetch_error(
        url, f"is not a valid HLS playlist: {reason}", MediaProblem.UNSUPPORTED_FORMAT
    )


def _joined(url: str, uri: str) -> str:
    try:
        return urljoin(url, uri)
    except ValueError as err:
        raise _unreadable(url, "it names an address that is malformed") from err


def _best_variant(playlist: MasterPlaylist, *, url: str) -> str:
    """Return the URL of the first audio-only playlist, or else of the best variant.

    The best variant has no video, if there is such a variant, and the lowest bandwidth.
    """
    if playlist.audio:
        return _joined(url, playlist.audio[0])

    def cost(variant: Variant) -> tuple[bool, int]:
        return variant.has_video, variant.bandwidth

    return _joined(url, min(playlist.variants, key=cost).uri)

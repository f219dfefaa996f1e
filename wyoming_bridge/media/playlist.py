"""Reads HLS playlists, RFC 8216: lists of segments. A live playlist grows while it is read.

The segments' bytes, joined in order, are the stream.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

import m3u8

from ..errors import MediaError, MediaProblem
from .fetch import Fetcher, shown

__all__ = ["CONTENT_TYPES", "MAX_PLAYLIST_BYTES", "Segment", "is_playlist", "segments"]

CONTENT_TYPES: Final = frozenset(
    {"application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "audio/x-mpegurl"}
)

MAX_PLAYLIST_BYTES: Final = 1 << 20
"""Enough for one day of segments of six seconds each."""

_FIRST_LINE: Final = b"#EXTM3U"
_LIVE_EDGE: Final = 3
"""A live stream is joined this many segments before its end, as RFC 8216, 6.3.3, requires."""

_PATIENCE: Final = 1.5
"""A live playlist has a new segment within this many target durations: RFC 8216, 6.2.1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment of the stream."""

    url: str
    byte_range: tuple[int, int] | None = None
    """First byte and number of bytes; None stands for the whole file."""
    new_stream: bool = False
    """Whether it does not continue the previous segment: the decoder must start again."""

    @property
    def headers(self) -> dict[str, str]:
        """The request headers for the segment."""
        if self.byte_range is None:
            return {}
        first, count = self.byte_range
        return {"Range": f"bytes={first}-{first + count - 1}"}


def is_playlist(head: bytes) -> bool:
    """Return whether a file with these first bytes is a playlist."""
    return head.removeprefix(b"\xef\xbb\xbf").startswith(_FIRST_LINE)


async def segments(text: str, *, url: str, fetcher: Fetcher) -> AsyncGenerator[Segment, None]:
    """Yield the segments of the stream in order; those of a live stream as they appear.

    Raises:
        MediaError: A playlist cannot be fetched or read, or a live one has stopped growing.
    """
    playlist = _parsed(text, url=url)
    if playlist.is_variant:
        url = _best_variant(playlist, url=url)
        text, url = await _reload(url, fetcher)
        playlist = _parsed(text, url=url)
    loop = asyncio.get_running_loop()
    news_at = loop.time()
    next_number = 0
    ranges = _Ranges()
    if not playlist.is_endlist and not playlist.playlist_type:
        next_number = _first_number(playlist) + max(0, len(playlist.segments) - _LIVE_EDGE)
    last_init: str | None = None
    while True:
        pieces = [
            (number, each)
            for number, each in enumerate(playlist.segments, _first_number(playlist))
            if number >= next_number
        ]
        for number, each in pieces:
            if each.key is not None and each.key.method not in {None, "NONE"}:
                raise MediaError(
                    f"{shown(url)} is encrypted, which is not supported",
                    problem=MediaProblem.UNSUPPORTED_FORMAT,
                )
            lost = bool(next_number) and number > next_number
            init = _init_of(each, url=url)
            new_stream = bool(each.discontinuity) or lost
            if init and (new_stream or str(init) != last_init):
                last_init = str(init)
                yield Segment(url=init.url, byte_range=init.byte_range, new_stream=new_stream)
                new_stream = False
            segment_url = urljoin(url, each.uri)
            byte_range = ranges.of(segment_url, each.byterange)
            yield Segment(url=segment_url, byte_range=byte_range, new_stream=new_stream)
            next_number = number + 1
        if playlist.is_endlist:
            return
        target_s = float(playlist.target_duration or 1)
        if pieces:
            news_at = loop.time()
        elif loop.time() - news_at > max(fetcher.limits.stall_s, _PATIENCE * target_s):
            raise MediaError(f"{shown(url)} has no new segments", problem=MediaProblem.STALLED)
        await asyncio.sleep(target_s if pieces else target_s / 2)
        text, url = await _reload(url, fetcher)
        playlist = _parsed(text, url=url)


def _parsed(text: str, *, url: str) -> m3u8.M3U8:
    try:
        playlist = m3u8.loads(text, uri=url)
    except Exception as err:  # the library does not document which errors it raises
        raise _unreadable(url) from err
    if not playlist.is_variant and not playlist.segments and playlist.target_duration is None:
        raise _unreadable(url)
    return playlist


def _unreadable(url: str) -> MediaError:
    return MediaError(
        f"{shown(url)} is not a valid HLS playlist", problem=MediaProblem.UNSUPPORTED_FORMAT
    )


def _best_variant(playlist: m3u8.M3U8, *, url: str) -> str:
    """Return the URL of an audio-only variant, or else of the variant with the lowest bandwidth."""
    audio = next((each for each in playlist.media if each.type == "AUDIO" and each.uri), None)
    if audio:
        return urljoin(url, str(audio.uri))
    if not playlist.playlists:
        raise _unreadable(url)

    def cost(variant: m3u8.Playlist) -> tuple[bool, int]:
        info = variant.stream_info
        codecs = str(info.codecs or "")
        has_video = bool(info.resolution) or any(c in codecs for c in ("avc", "hvc", "hev"))
        return has_video, info.bandwidth or 0

    return urljoin(url, str(min(playlist.playlists, key=cost).uri))


def _first_number(playlist: m3u8.M3U8) -> int:
    return int(playlist.media_sequence or 0)


async def _reload(url: str, fetcher: Fetcher) -> tuple[str, str]:
    async with fetcher.get(url) as fetched:
        return await fetched.text(limit_bytes=MAX_PLAYLIST_BYTES), fetched.url


def _init_of(segment: m3u8.Segment, *, url: str) -> Segment | None:
    """Return the initialisation section, which fragments of MP4 need."""
    init = segment.init_section
    if not init or not init.uri:
        return None
    init_url = urljoin(url, init.uri)
    return Segment(url=init_url, byte_range=_Ranges().of(init_url, init.byterange))


class _Ranges:
    """Byte ranges of segments. A range without an offset starts at the end of the previous one."""

    def __init__(self) -> None:
        self._url = ""
        self._end = 0

    def of(self, url: str, text: str | None) -> tuple[int, int] | None:
        """Return first byte and number of bytes; None stands for the whole file."""
        if not text:
            return None
        try:
            count, _, begin = text.strip('"').partition("@")
            first = int(begin) if begin else self._end if url == self._url else 0
            self._url, self._end = url, first + int(count)
        except ValueError as err:
            raise _unreadable(url) from err
        return first, int(count)

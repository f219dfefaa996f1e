"""HLS: a list of pieces of a stream, RFC 8216; a live one grows while it is read.

Segments are whole files one after the other, so that their bytes, joined, are the stream.
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
"""A day of segments of six seconds."""

_FIRST_LINE: Final = b"#EXTM3U"
_LIVE_EDGE: Final = 3
"""A live stream is joined so many segments before its end, as RFC 8216, 6.3.3, wants."""

_PATIENCE: Final = 1.5
"""A live list has something new after so many target durations at the latest: RFC 8216, 6.2.1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of the stream."""

    url: str
    byte_range: tuple[int, int] | None = None
    """First byte and number of bytes; None: the whole file."""
    begins_anew: bool = False
    """What comes before does not continue in it: it is another stream to a decoder."""

    @property
    def headers(self) -> dict[str, str]:
        """What to ask for it with."""
        if self.byte_range is None:
            return {}
        first, count = self.byte_range
        return {"Range": f"bytes={first}-{first + count - 1}"}


def is_playlist(head: bytes) -> bool:
    """Whether a file that begins so is one."""
    return head.removeprefix(b"\xef\xbb\xbf").startswith(_FIRST_LINE)


async def segments(text: str, *, url: str, fetcher: Fetcher) -> AsyncGenerator[Segment, None]:
    """The pieces of the stream, in order; of a live one as they come.

    Raises:
        MediaError: A list cannot be had or read, or brings nothing new any more.
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
            anew = bool(each.discontinuity) or lost
            if init and (anew or str(init) != last_init):
                last_init = str(init)
                yield Segment(url=init.url, byte_range=init.byte_range, begins_anew=anew)
                anew = False
            place = urljoin(url, each.uri)
            byte_range = ranges.of(place, each.byterange)
            yield Segment(url=place, byte_range=byte_range, begins_anew=anew)
            next_number = number + 1
        if playlist.is_endlist:
            return
        target_s = float(playlist.target_duration or 1)
        if pieces:
            news_at = loop.time()
        elif loop.time() - news_at > max(fetcher.limits.stall_s, _PATIENCE * target_s):
            raise MediaError(
                f"{shown(url)} brings nothing new any more", problem=MediaProblem.STALLED
            )
        await asyncio.sleep(target_s if pieces else target_s / 2)
        text, url = await _reload(url, fetcher)
        playlist = _parsed(text, url=url)


def _parsed(text: str, *, url: str) -> m3u8.M3U8:
    try:
        playlist = m3u8.loads(text, uri=url)
    except Exception as err:  # the library promises no set of errors
        raise _unreadable(url) from err
    if not playlist.is_variant and not playlist.segments and playlist.target_duration is None:
        raise _unreadable(url)
    return playlist


def _unreadable(url: str) -> MediaError:
    return MediaError(
        f"{shown(url)} is no playlist that can be read", problem=MediaProblem.UNSUPPORTED_FORMAT
    )


def _best_variant(playlist: m3u8.M3U8, *, url: str) -> str:
    """Audio alone where there is some, else the variant of the lowest bandwidth."""
    alone = next((each for each in playlist.media if each.type == "AUDIO" and each.uri), None)
    if alone:
        return urljoin(url, str(alone.uri))
    if not playlist.playlists:
        raise _unreadable(url)

    def cost(variant: m3u8.Playlist) -> tuple[bool, int]:
        info = variant.stream_info
        codecs = str(info.codecs or "")
        has_picture = bool(info.resolution) or any(c in codecs for c in ("avc", "hvc", "hev"))
        return has_picture, info.bandwidth or 0

    return urljoin(url, str(min(playlist.playlists, key=cost).uri))


def _first_number(playlist: m3u8.M3U8) -> int:
    return int(playlist.media_sequence or 0)


async def _reload(url: str, fetcher: Fetcher) -> tuple[str, str]:
    async with fetcher.get(url) as fetched:
        return await fetched.text(limit_bytes=MAX_PLAYLIST_BYTES), fetched.url


def _init_of(segment: m3u8.Segment, *, url: str) -> Segment | None:
    """The head that fragments of MP4 need."""
    init = segment.init_section
    if not init or not init.uri:
        return None
    place = urljoin(url, init.uri)
    return Segment(url=place, byte_range=_Ranges().of(place, init.byterange))


class _Ranges:
    """Parts of files; one that does not say where it begins follows the one before."""

    def __init__(self) -> None:
        self._place = ""
        self._end = 0

    def of(self, place: str, text: str | None) -> tuple[int, int] | None:
        """First byte and number of bytes; None: the whole file."""
        if not text:
            return None
        try:
            count, _, begin = text.strip('"').partition("@")
            first = int(begin) if begin else self._end if place == self._place else 0
            self._place, self._end = place, first + int(count)
        except ValueError as err:
            raise _unreadable(place) from err
        return first, int(count)

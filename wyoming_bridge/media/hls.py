"""Parses the tags of HLS playlists (RFC 8216) that matter for one audio stream.

A client chooses the server of a playlist, so the playlist is not trusted. The size and the number
of entries are limited before it is parsed, the time to parse it is proportional to its size, and
every number has a range.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .hls_values import (
    MIN_TARGET_S,
    ByteRange,
    ByteRanges,
    PlaylistError,
    attributes_of,
    byte_range,
    target_duration,
    whole_number,
)

__all__ = [
    "FIRST_LINE",
    "MAX_ENTRIES",
    "InitSection",
    "MasterPlaylist",
    "MediaPlaylist",
    "MediaSegment",
    "Variant",
    "parse",
]

FIRST_LINE: Final = "#EXTM3U"

MAX_ENTRIES: Final = {
    "#EXTINF:": 20_000,
    "#EXT-X-KEY:": 1_000,
    "#EXT-X-MAP:": 1_000,
    "#EXT-X-STREAM-INF:": 200,
    "#EXT-X-MEDIA:": 200,
}
"""How often a tag may occur. A playlist for a day has 14,400 segments of six seconds each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One of several versions of the same stream."""

    uri: str
    bandwidth: int
    """Bits per second; 0 if it is unknown."""
    has_video: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterPlaylist:
    """A list of the versions of a stream. Each version has its own playlist."""

    audio: tuple[str, ...]
    """The URIs of playlists with audio only."""
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InitSection:
    """The initialisation section, which the decoder needs before fragments of MP4."""

    uri: str
    byte_range: ByteRange | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSegment:
    """One segment of a stream."""

    uri: str
    byte_range: ByteRange | None
    """None stands for the whole file."""
    init: InitSection | None
    discontinuity: bool
    """Whether the decoder must start again at this segment (``EXT-X-DISCONTINUITY``)."""
    encrypted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPlaylist:
    """A list of segments."""

    segments: tuple[MediaSegment, ...]
    first_number: int
    """The media sequence number of the first segment."""
    target_s: float
    """The longest duration of a segment, 1 to 60 s."""
    complete: bool
    """Whether the list is final: no segments will be added."""
    begins_at_its_start: bool
    """Whether segments are never removed, so that a reader begins with the first one."""


def parse(text: str) -> MasterPlaylist | MediaPlaylist:
    """Parse a playlist.

    Raises:
        PlaylistError: The text is not a valid playlist, or it has too many entries.
    """
    for tag, maximum in MAX_ENTRIES.items():
        count = text.count(tag)
        if count > maximum:
            raise PlaylistError(f"it may have at most {maximum} tags {tag[:-1]}, got {count}")
    lines = text.removeprefix("\ufeff").split("\n")
    if lines[0].rstrip() != FIRST_LINE:
        raise PlaylistError(f"its first line must be {FIRST_LINE}")
    parser = _Parser()
    for number, line in enumerate(lines[1:], 2):
        try:
            parser.read(line.strip())
        except PlaylistError as err:
            raise PlaylistError(f"line {number}: {err}") from err
    return parser.result()


class _Parser:
    """Parses a playlist line by line."""

    def __init__(self) -> None:
        self._segments: list[MediaSegment] = []
        self._audio: list[str] = []
        self._variants: list[Variant] = []
        self._target_s: float | None = None
        self._first_number = 0
        self._complete = self._keeps_all = False
        # These apply to all following segments.
        self._init: InitSection | None = None
        self._encrypted = False
        # These apply to the next URI.
        self._in_segment = False
        self._discontinuity = False
        self._range: str | None = None
        self._stream: dict[str, str] | None = None
        self._ranges = ByteRanges()
        self._tags: dict[str, Callable[[str], None]] = {
            "#EXTINF": self._read_segment,
            "#EXT-X-BYTERANGE": self._read_range,
            "#EXT-X-DISCONTINUITY": self._read_discontinuity,
            "#EXT-X-KEY": self._read_key,
            "#EXT-X-MAP": self._read_map,
            "#EXT-X-MEDIA": self._read_media,
            "#EXT-X-STREAM-INF": self._read_variant,
            "#EXT-X-TARGETDURATION": self._read_target,
            "#EXT-X-MEDIA-SEQUENCE": self._read_number,
            "#EXT-X-ENDLIST": self._read_end,
            "#EXT-X-PLAYLIST-TYPE": self._read_type,
        }

    def read(self, line: str) -> None:
        """Read one line without its end."""
        if not line.startswith("#"):
            if line:
                self._read_uri(line)
            return
        tag, _, value = line.partition(":")
        read = self._tags.get(tag)
        if read is not None:
            read(value)

    def result(self) -> MasterPlaylist | MediaPlaylist:
        """Return the playlist. Call this method after the last line."""
        if self._variants or self._audio:
            return MasterPlaylist(audio=tuple(self._audio), variants=tuple(self._variants))
        if not self._segments and self._target_s is None:
            raise PlaylistError("it has neither segments nor variants")
        return MediaPlaylist(
            segments=tuple(self._segments),
            first_number=self._first_number,
            target_s=MIN_TARGET_S if self._target_s is None else self._target_s,
            complete=self._complete,
            begins_at_its_start=self._complete or self._keeps_all,
        )

    def _read_uri(self, uri: str) -> None:
        if self._stream is not None:
            codecs = self._stream.get("CODECS", "")
            self._variants.append(
                Variant(
                    uri=uri,
                    bandwidth=whole_number(self._stream.get("BANDWIDTH", "0"), "BANDWIDTH"),
                    has_video="RESOLUTION" in self._stream
                    or any(each in codecs for each in ("avc", "hvc", "hev", "vp0", "av01")),
                )
            )
            self._stream = None
        elif self._in_segment:
            given = self._range
            self._segments.append(
                MediaSegment(
                    uri=uri,
                    byte_range=None if given is None else self._ranges.parse(given, uri),
                    init=self._init,
                    discontinuity=self._discontinuity,
                    encrypted=self._encrypted,
                )
            )
            self._in_segment = self._discontinuity = False
            self._range = None

    def _read_segment(self, _duration: str) -> None:
        self._in_segment = True

    def _read_range(self, value: str) -> None:
        self._range = value

    def _read_discontinuity(self, _value: str) -> None:
        self._discontinuity = True

    def _read_key(self, value: str) -> None:
        self._encrypted = attributes_of(value).get("METHOD", "NONE") != "NONE"

    def _read_map(self, value: str) -> None:
        attributes = attributes_of(value)
        uri, text = attributes.get("URI"), attributes.get("BYTERANGE")
        if not uri:
            raise PlaylistError("#EXT-X-MAP must have a URI")
        self._init = InitSection(uri=uri, byte_range=None if text is None else byte_range(text, 0))

    def _read_media(self, value: str) -> None:
        media = attributes_of(value)
        if media.get("TYPE") == "AUDIO" and media.get("URI"):
            self._audio.append(media["URI"])

    def _read_variant(self, value: str) -> None:
        self._stream = attributes_of(value)

    def _read_target(self, value: str) -> None:
        self._target_s = target_duration(value)

    def _read_number(self, value: str) -> None:
        self._first_number = whole_number(value, "#EXT-X-MEDIA-SEQUENCE")

    def _read_end(self, _value: str) -> None:
        self._complete = True

    def _read_type(self, _value: str) -> None:
        self._keeps_all = True

"""Playlists as texts: any text, and what happens while one is parsed."""

import asyncio
import threading
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patience import PATIENCE_S
from wyoming_bridge.errors import MediaError
from wyoming_bridge.media import playlist
from wyoming_bridge.media.fetch import Fetcher
from wyoming_bridge.media.hls import MasterPlaylist, MediaPlaylist, parse

END = "#EXT-X-ENDLIST\n"
LIST = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n1.ts\n" + END


async def test_others_continue_while_a_playlist_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    has_begun, may_end = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(text: str) -> MasterPlaylist | MediaPlaylist:
        loop.call_soon_threadsafe(has_begun.set)
        assert may_end.wait(PATIENCE_S)
        return parse(text)

    monkeypatch.setattr(playlist, "parse", slow)

    async def names() -> list[str]:
        async with Fetcher() as fetcher:
            found = playlist.segments(LIST, url="http://example.org/list.m3u8", fetcher=fetcher)
            return [each.url async for each in found]

    async with asyncio.timeout(PATIENCE_S):
        parsing = asyncio.create_task(names())
        await has_begun.wait()
        may_end.set()

        assert await parsing == ["http://example.org/1.ts"]


@given(st.text(max_size=200))
async def test_any_text_gives_a_playlist_or_our_own_error(text: str) -> None:
    async with Fetcher(allowed=lambda _: False) as fetcher:
        found = playlist.segments(
            f"#EXTM3U\n{text}\n{END}", url="http://h.invalid/x", fetcher=fetcher
        )
        with suppress(MediaError):
            assert all(
                isinstance(each, playlist.Segment) for each in [each async for each in found]
            )


@pytest.mark.parametrize(
    ("head", "expected"),
    [(b"#EXTM3U\n", True), (b"\xef\xbb\xbf#EXTM3U", True), (b"ID3\x04", False)],
)
def test_a_playlist_is_recognised_by_its_first_line(head: bytes, *, expected: bool) -> None:
    assert playlist.is_playlist(head) is expected

"""Playlists are parsed in a thread, so that a large one does not keep others waiting."""

import asyncio
import threading

import pytest

from patience import PATIENCE_S
from wyoming_bridge.media import playlist
from wyoming_bridge.media.fetch import Fetcher
from wyoming_bridge.media.hls import MasterPlaylist, MediaPlaylist, parse

LIST = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n1.ts\n#EXT-X-ENDLIST\n"


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

"""Attacks on the local server by a media server whose streams and playlists never end."""

import asyncio
import itertools
from typing import Final

from .campaign import BrokenError, attack
from .floods import at_once
from .hostile_media import PRIVATE, streamed, web_server
from .scene import Scene, Stage

__all__: list[str] = []

_PLAYLIST: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\n\r\n"
_AUDIO: Final = b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nicy-metaint: 16\r\n\r\n"
_MAX_REQUESTS_PER_S: Final = 60


@attack(point=3, stage=Stage.SERVER, serve=PRIVATE, expected="few requests are sent", limit_s=60)
async def tiny_segments(scene: Scene) -> None:
    """A live playlist lists 3,000 new segments of a byte each time, so that they are requested."""
    numbers = itertools.count()

    async def answer(target: bytes, writer: asyncio.StreamWriter) -> None:
        if target.endswith(b".m3u8"):
            first = next(numbers) * 3000
            head = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:{first}\n"
            head += "#EXT-X-PLAYLIST-TYPE:EVENT\n"
            entries = "".join(f"#EXTINF:1,\n{first + n}.ts\n" for n in range(3000))
            writer.write(_PLAYLIST + head.encode() + entries.encode())
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
        await writer.drain()

    async with web_server(answer) as (port, asked):
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(max(scene.seconds, 6)):
                await streamed(scene, f"http://127.0.0.1:{port}/x.m3u8", within_s=50)
        except TimeoutError:
            pass
        took_s = max(1.0, loop.time() - began)
        if not asked:
            raise BrokenError("no request arrived: the server was not attacked")
        if len(asked) > _MAX_REQUESTS_PER_S * took_s:
            raise BrokenError(f"{len(asked)} requests in {took_s:.1f} s for one stream")


@attack(
    point=3,
    stage=Stage.SERVER,
    serve=f"{PRIVATE}audio_timeout_s: 3\n",
    expected="each stream ends",
    limit_s=60,
)
async def dripping_streams(scene: Scene) -> None:
    """A media server sends a byte of audio, or of endless metadata, per 100 ms on 16 streams."""

    async def answer(_target: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(_AUDIO)
        while True:
            writer.write(b"\xff")
            await writer.drain()
            await asyncio.sleep(0.1)

    async with web_server(answer) as (port, asked):
        url = f"http://127.0.0.1:{port}/x.mp3"
        await at_once(streamed(scene, url, within_s=25) for _ in range(16))
        if not asked:
            raise BrokenError("no request arrived: the server was not attacked")

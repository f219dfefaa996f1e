"""Attacks with addresses, files and playlists, through the local server that reads them."""

import asyncio
import gzip
import itertools
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from urllib.parse import quote

from .campaign import BrokenError, attack
from .floods import at_once, repeat
from .hostile_media import PRIVATE, streamed, web_server
from .programs import ROOT
from .scene import Scene, Stage
from .web import RESON8, Socket, zstandard

sys.path.insert(0, str(ROOT / "tests" / "support"))

from crafted import aiff, au, box, flac, mp4, wav, with_id3

__all__: list[str] = []

_AT_ONCE: Final = 3

_FOREVER: Final = 1 << 40

_SPELLINGS: Final = (
    "127.0.0.1",
    "127.1",
    "127.0.0.1.",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0x7f.1",
    "127.000.000.001",
    "0",
    "0.0.0.0",  # noqa: S104 - the attack requests this address
    "localhost",
    "LOCALHOST.",
    "ip6-localhost",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "[0:0:0:0:0:0:0:1%25lo]",
    "[fe80::1%25lo]",
    "[fec0::1]",
    "\uff11\uff12\uff17.0.0.1",
    "127\u30020\u30020\u30021",
    "127\uff0e0\uff0e0\uff0e1",
    "127\uff610\uff610\uff611",
    "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
    "loc\u0430lhost",
    "\u24c1ocalhost",
    "127.0.0.1%00.example.org",
    "user@127.0.0.1",
    "example.org@127.0.0.1",
    "example.org%40127.0.0.1",
    "127.0.0.66",
)


async def _hello(_target: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    await writer.drain()


@attack(point=1, stage=Stage.SERVER, expected="no request arrives")
async def addresses_of_this_machine(scene: Scene) -> None:
    """Programs let the server stream from this machine, in 35 spellings of its address."""
    async with web_server(_hello) as (port, asked):

        async def try_(spelling: str) -> None:
            for scheme in ("http", "HTTP"):
                with suppress(ConnectionError):
                    await streamed(scene, f"{scheme}://{spelling}:{port}/{quote(spelling)}")

        await at_once(try_(spelling) for spelling in _SPELLINGS)
        for wrong in (f"file://{__file__}", f"tcp://127.0.0.1:{port}", "concat:/etc/passwd", ""):
            with suppress(ConnectionError):
                await streamed(scene, wrong)
        if asked:
            raise BrokenError(f"a request arrived: {asked[0][:80]!r}")


def _flac_of(rate_hz: int) -> bytes:
    return bytes(flac(rate_hz=rate_hz, frames=3800))


_LIES: Final[dict[str, Callable[[], bytes]]] = {
    "a FLAC of 20 Hz": lambda: _flac_of(20),
    "a FLAC of 1 Hz": lambda: _flac_of(1),
    "a FLAC of 655 kHz": lambda: _flac_of(655_350),
    "a WAV of 4 GHz": lambda: wav(rate_hz=0xFFFF_FFFF),
    "a WAV of 1 Hz": lambda: wav(rate_hz=1),
    "a WAV of 65,535 channels": lambda: wav(channels=65_535, bytes_per_frame=65_535),
    "a WAV of no channels": lambda: wav(channels=0),
    "a WAV of 0 bits": lambda: wav(bits=0, bytes_per_frame=0),
    "a WAV of an unknown codec": lambda: wav(tag=0x1234),
    "an AIFF of an endless rate": lambda: aiff(rate=b"\x7f\xff" + bytes(8)),
    "an AU of 4 GHz": lambda: au(rate_hz=0xFFFF_FFFF, channels=4000),
    "an MP4 of 4 billion samples": lambda: mp4(samples=0xFFFF_FFFF),
    "an MP3 with a picture of 250 MB": lambda: with_id3(
        b"\xff\xfb\x90\x00" * 100, picture=b"x" * 1000, claimed_bytes=250_000_000
    ),
    "zeros after the mark of an Ogg": lambda: b"OggS" + bytes(100_000),
    "zeros after the mark of a WebM": lambda: b"\x1a\x45\xdf\xa3" + bytes(100_000),
    "a WebM of an endless element": lambda: b"\x1a\x45\xdf\xa3\x01" + b"\xff" * 7 + b"x" * 50_000,
    "a list of other files": lambda: b"ffconcat version 1.0\nfile /etc/passwd\n",
    "a playlist of local files": lambda: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
}


@attack(point=2, stage=Stage.SERVER, expected="each ends with an error, or is treated as silence")
async def files_that_lie(scene: Scene) -> None:
    """Programs send 18 files whose headers make impossible claims."""
    for what, build in _LIES.items():
        async with await Socket.open(scene.server.port, RESON8) as each:
            data = build()
            with suppress(ConnectionError):
                for at in range(0, len(data), 50_000):
                    await each.send([data[at : at + 50_000]])
                await each.send([b'{"type": "flush_request"}'], text=True)
            await _expect_end(each, what)


async def _expect_end(each: Socket, what: str) -> None:
    """Wait for the answer to the flush, for an error, or for the end of the connection."""
    heard = b""
    try:
        async with asyncio.timeout(10):
            while b"flush_confirmation" not in heard and b"rror" not in heard:
                piece = await each.client.read(within_s=10)
                if not piece:
                    return
                heard += piece
    except TimeoutError:
        raise BrokenError(f"{what}: no answer") from None
    if b"passwd" in heard or b"root" in heard:
        raise BrokenError(f"{what}: a file of this machine is in the answer")


@attack(point=2, stage=Stage.SERVER, expected="others are served, in bounded memory")
async def many_decoders(scene: Scene) -> None:
    """60 programs send the beginning of a FLAC file each, and wait."""
    begin = flac(rate_hz=16_000, frames=100)

    async def once() -> None:
        async with await Socket.open(scene.server.port, RESON8) as each:
            await each.send([begin])
            await asyncio.sleep(scene.seconds)

    await repeat(scene, once, tasks=60)


@attack(point=2, stage=Stage.SERVER, expected="others are served, in bounded memory")
async def costly_files(scene: Scene) -> None:
    """12 programs send FLAC files with pictures of 1 MiB, up to the limit or beyond it."""
    begin = b"fLaC\x00" + flac(rate_hz=16_000, frames=0)[5:]
    size = 1 << 20
    picture = struct.pack(">II9sI16xI", 3, 9, b"image/png", 0, size - 41) + bytes(size - 41)
    block = b"\x06" + size.to_bytes(3) + picture
    pieces = [block[at : at + 60_000] for at in range(0, len(block), 60_000)]  # may arrive freely
    counts = itertools.cycle([30, 38, 80])

    async def once() -> None:
        count = next(counts)
        async with await Socket.open(scene.server.port, RESON8) as each:
            with suppress(ConnectionError):
                await each.send([begin])
                for _ in range(count):
                    await each.send(pieces)
                await asyncio.sleep(1)

    await repeat(scene, once, tasks=12)


async def _large(_target: bytes, writer: asyncio.StreamWriter) -> None:
    """Send an MP4 file of 27 MiB without an index, which a decoder has to read whole."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: audio/mp4\r\n\r\n")
    writer.write(box(b"ftyp", b"isom\0\0\0\0isom") + (27 << 20).to_bytes(4) + b"mdat")
    block = bytes(range(256)) * 256
    for _ in range(27 << 4):
        writer.write(block)
        await writer.drain()


@attack(
    point=2,
    stage=Stage.SERVER,
    serve=PRIVATE,
    expected="others are served, in bounded memory",
    limit_s=60,
)
async def large_files(scene: Scene) -> None:
    """12 programs let the server stream MP4 files of 27 MiB that have to be read whole."""
    async with web_server(_large) as (port, asked):

        async def once() -> None:
            await streamed(scene, f"http://127.0.0.1:{port}/x.m4a", within_s=25)

        await repeat(scene, once, tasks=12)
        if not asked:
            raise BrokenError("no request arrived: the server was not attacked")


_OK: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\n"
_AUDIO: Final = b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n"


async def _hostile(target: bytes, writer: asyncio.StreamWriter) -> None:
    """Send the hostile answer that the target names."""
    name = target.decode().strip("/").partition(".")[0]
    entry = b"#EXTINF:1,\nx.ts\n"
    long = f"Content-Length: {_FOREVER}\r\n\r\n".encode()
    first = {
        "endless-playlist": _OK + long + b"#EXTM3U\n",
        "many-segments": _OK + b"\r\n#EXTM3U\n" + entry * 30_000,
        "many-keys": _OK + b"\r\n#EXTM3U\n" + b"#EXT-X-KEY:METHOD=NONE\n" * 5000 + entry,
        "no-target": _OK
        + b"\r\n#EXTM3U\n#EXT-X-TARGETDURATION:0\n#EXTINF:0,\n/endless-playlist.m3u8\n",
        "long-target": _OK + b"\r\n#EXTM3U\n#EXT-X-TARGETDURATION:" + b"9" * 5000 + b"\n" + entry,
        "itself": _OK + b"\r\n#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nitself.m3u8\n",
        "long-line": _OK + b"\r\n#EXTM3U\n#EXTINF:" + b"1" * 900_000 + b",\nx.ts\n",
        "quotes": _OK + b"\r\n#EXTM3U\n#EXT-X-KEY:" + b'A="' * 200_000 + b"\n" + entry,
        "local-file": _OK + b"\r\n#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "encrypted": _OK + b'\r\n#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="x"\n' + entry,
        "headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        "long-header": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n",
        "redirects": b"HTTP/1.1 302 Found\r\nLocation: /redirects.mp3\r\n\r\n",
        "elsewhere": b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n",
        "gzip": _AUDIO
        + b"Content-Encoding: gzip\r\n\r\n"
        + gzip.compress(bytes(50_000_000), compresslevel=9),
        "zstandard": _AUDIO + b"Content-Encoding: zstd\r\n\r\n" + zstandard(b"", 120 << 20),
        "noise": _AUDIO + long,
        "lying-length": _AUDIO + b"Content-Length: -5\r\n\r\n",
        "no-http": b"\x00" * 100_000,
    }.get(name, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    writer.write(first)
    await writer.drain()
    if name in {"endless-playlist", "noise"}:
        while True:
            writer.write(b"# comment\n" * 5000 if name != "noise" else bytes(range(256)) * 200)
            await writer.drain()


_HOSTILE: Final = (
    "endless-playlist.m3u8",
    "many-segments.m3u8",
    "many-keys.m3u8",
    "no-target.m3u8",
    "long-target.m3u8",
    "itself.m3u8",
    "long-line.m3u8",
    "quotes.m3u8",
    "local-file.m3u8",
    "encrypted.m3u8",
    "headers.mp3",
    "long-header.mp3",
    "redirects.mp3",
    "elsewhere.mp3",
    "gzip.mp3",
    "zstandard.mp3",
    "lying-length.mp3",
    "no-http.mp3",
    "noise.mp3",
)


@attack(
    point=3,
    stage=Stage.SERVER,
    serve=PRIVATE,
    expected="each stream ends with an error",
    limit_s=60,
)
async def hostile_media_server(scene: Scene) -> None:
    """A media server sends endless, huge and broken playlists, headers, redirects and audio."""
    async with web_server(_hostile) as (port, asked):
        for begin in range(0, len(_HOSTILE), _AT_ONCE):
            names = _HOSTILE[begin : begin + _AT_ONCE]
            await at_once(_end_of(scene, f"http://127.0.0.1:{port}/{name}") for name in names)
        if len(asked) < len(_HOSTILE):
            raise BrokenError(f"only {len(asked)} requests arrived: the server was not attacked")


async def _end_of(scene: Scene, url: str) -> None:
    heard = await streamed(scene, url, within_s=25)
    if b"passwd" in heard and b"root" in heard:
        raise BrokenError(f"{url}: a file of this machine is in the answer")

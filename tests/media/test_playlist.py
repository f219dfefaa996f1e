"""HLS playlists over real sockets: complete ones, and live ones that grow while they are read."""

import asyncio
import math
import struct
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from aiohttp import ClientSession, web

from encoded import encoded
from patience import PATIENCE_S
from wyoming_bridge.audio import AudioFormat, Encoding
from wyoming_bridge.errors import MediaError, MediaProblem
from wyoming_bridge.media.addresses import is_any
from wyoming_bridge.media.fetch import Fetcher
from wyoming_bridge.media.fetched import FetchLimits
from wyoming_bridge.media.playlist import Segment, segments
from wyoming_bridge.media.source import stream_audio

TARGET = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=1)
HEAD = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n"
END = "#EXT-X-ENDLIST\n"


def tone(hz: float, duration_ms: int = 1000) -> bytes:
    count = 16 * duration_ms
    return struct.pack(
        f"<{count}h", *(round(8000 * math.sin(2 * math.pi * hz * n / 16000)) for n in range(count))
    )


class Files:
    """A web server's files, and the names that were requested."""

    def __init__(self) -> None:
        self.url = ""
        self.files: dict[str, bytes] = {}
        self.later: dict[str, list[bytes]] = {}
        self.asked: list[str] = []

    async def serve(self, request: web.Request) -> web.Response:
        name = request.path.removeprefix("/")
        self.asked.append(name)
        later = self.later.get(name)
        if later:
            self.files[name] = later.pop(0)
        body = self.files.get(name)
        if body is None:
            return web.Response(status=404)
        if request.headers.get("Range"):
            part = request.http_range
            return web.Response(status=206, body=body[part.start : part.stop])
        return web.Response(body=body)

    def put(self, name: str, *lines: str) -> None:
        self.files[name] = (HEAD + "".join(f"{line}\n" for line in lines)).encode()

    def grow(self, name: str, *states: str) -> None:
        self.later[name] = [(HEAD + state).encode() for state in states]


@pytest.fixture
async def files() -> AsyncIterator[Files]:
    files = Files()
    app = web.Application()
    app.router.add_get("/{path:.*}", files.serve)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    files.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield files
    await runner.cleanup()


async def listed(files: Files, name: str, *, stall_s: float = PATIENCE_S) -> list[Segment]:
    async with (
        Fetcher(allowed=is_any, limits=FetchLimits(stall_s=stall_s)) as fetcher,
        fetcher.get(f"{files.url}/{name}") as answer,
        asyncio.timeout(PATIENCE_S),
    ):
        text = await answer.text(limit_bytes=100_000)
        return [each async for each in segments(text, url=answer.url, fetcher=fetcher)]


async def decoded(files: Files, name: str) -> bytes:
    audio = stream_audio(f"{files.url}/{name}", target=TARGET, realtime=False, allow_private=True)
    async with asyncio.timeout(PATIENCE_S):
        return b"".join([pcm async for pcm in audio])


def names(files: Files, found: list[Segment]) -> list[str]:
    return [each.url.removeprefix(f"{files.url}/") for each in found]


async def test_a_playlist_is_read_in_order_and_its_relative_urls_are_resolved(files: Files) -> None:
    files.put("a/list.m3u8", "#EXTINF:1,", "1.ts?x=1", "#EXTINF:1,", "../2.ts", "#EXT-X-ENDLIST")

    assert names(files, await listed(files, "a/list.m3u8?sig=secret")) == ["a/1.ts?x=1", "2.ts"]


async def test_the_audio_only_variant_is_used(files: Files) -> None:
    files.put("audio.m3u8", "#EXTINF:1,", "a.aac", "#EXT-X-ENDLIST")
    files.put(
        "master.m3u8",
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",URI="audio.m3u8"',
        '#EXT-X-STREAM-INF:BANDWIDTH=100,AUDIO="a",RESOLUTION=10x10',
        "video.m3u8",
    )

    assert names(files, await listed(files, "master.m3u8")) == ["a.aac"]


async def test_without_an_audio_only_variant_the_lowest_bandwidth_without_video_is_used(
    files: Files,
) -> None:
    files.put("cheap.m3u8", "#EXTINF:1,", "cheap.ts", "#EXT-X-ENDLIST")
    files.put(
        "master.m3u8",
        '#EXT-X-STREAM-INF:BANDWIDTH=100,CODECS="avc1.4d401e,mp4a.40.2"',
        "video.m3u8",
        '#EXT-X-STREAM-INF:BANDWIDTH=900,CODECS="mp4a.40.2"',
        "dear.m3u8",
        '#EXT-X-STREAM-INF:BANDWIDTH=200,CODECS="mp4a.40.2"',
        "cheap.m3u8",
    )

    assert names(files, await listed(files, "master.m3u8")) == ["cheap.ts"]


async def test_a_live_playlist_is_joined_near_its_end_without_duplicate_segments(
    files: Files,
) -> None:
    def window(first: int, last: int, end: str = "") -> str:
        lines = "".join(f"#EXTINF:0.1,\n{number}.ts\n" for number in range(first, last + 1))
        return f"#EXT-X-MEDIA-SEQUENCE:{first}\n{lines}{end}"

    files.grow("live.m3u8", window(1, 5), window(3, 6), window(3, 6), window(5, 8, END))

    found = names(files, await listed(files, "live.m3u8"))

    assert found == ["3.ts", "4.ts", "5.ts", "6.ts", "7.ts", "8.ts"]


async def test_after_lost_segments_of_a_live_playlist_a_new_stream_begins(files: Files) -> None:
    files.grow(
        "live.m3u8",
        "#EXT-X-MEDIA-SEQUENCE:1\n#EXTINF:1,\n1.ts\n",
        f"#EXT-X-MEDIA-SEQUENCE:9\n#EXTINF:1,\n9.ts\n{END}",
    )

    found = await listed(files, "live.m3u8")

    assert [each.new_stream for each in found] == [False, True]


async def test_a_live_playlist_that_stops_growing_has_stalled(files: Files) -> None:
    files.put("live.m3u8", "#EXT-X-TARGETDURATION:0", "#EXTINF:1,", "1.ts")

    with pytest.raises(MediaError, match="has no new segments") as caught:
        await listed(files, "live.m3u8", stall_s=1)

    assert caught.value.problem is MediaProblem.STALLED
    assert len(files.asked) <= 4  # a target duration of 0 causes no busy loop


async def test_a_playlist_that_is_too_large_is_refused_before_it_is_parsed(files: Files) -> None:
    files.files["x.m3u8"] = b"#EXTM3U\n" + b"#" * (1 << 20)

    with pytest.raises(MediaError, match="is too large; allowed: 1048576 bytes"):
        await decoded(files, "x.m3u8")


async def test_too_many_segments_are_refused(files: Files) -> None:
    files.put("x.m3u8", *["#EXTINF:1,\n1.ts"] * 20_001, END)

    with pytest.raises(MediaError, match="at most 20000 tags #EXTINF, got 20001"):
        await decoded(files, "x.m3u8")
    assert files.asked == ["x.m3u8"]


async def test_variants_inside_variants_are_refused(files: Files) -> None:
    files.put("x.m3u8", "#EXT-X-STREAM-INF:BANDWIDTH=1", "x.m3u8")

    with pytest.raises(MediaError, match="lists variants where segments are expected"):
        await listed(files, "x.m3u8")
    assert files.asked == ["x.m3u8", "x.m3u8"]


async def test_an_endless_list_of_empty_segments_has_stalled(files: Files) -> None:
    files.files["0.ts"] = b""
    files.put("x.m3u8", *["#EXTINF:1,\n0.ts"] * 500, END)

    with pytest.raises(MediaError, match=r"the 20 segments before .* are empty") as caught:
        await decoded(files, "x.m3u8")

    assert caught.value.problem is MediaProblem.STALLED
    assert len(files.asked) == 21


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("http://[::1/1.ts", "an address that is malformed"),
        ("file:///etc/hosts", "must begin with http:// or https://"),
        ("http://user:secret@h.invalid/1.ts", "must be given without a user and a password"),
    ],
)
async def test_a_segment_at_an_invalid_address_is_refused(
    files: Files, uri: str, reason: str
) -> None:
    files.put("x.m3u8", "#EXTINF:1,", uri, END)

    with pytest.raises(MediaError, match=reason):
        await decoded(files, "x.m3u8")


@pytest.mark.parametrize("method", ["AES-128", "SAMPLE-AES"])
async def test_an_encrypted_playlist_is_an_error(files: Files, method: str) -> None:
    files.put("x.m3u8", f'#EXT-X-KEY:METHOD={method},URI="k"', "#EXTINF:1,", "1.ts", END)

    with pytest.raises(MediaError, match="encrypted") as caught:
        await listed(files, "x.m3u8")

    assert caught.value.problem is MediaProblem.UNSUPPORTED_FORMAT


async def test_byte_ranges_of_a_file_are_requested(files: Files) -> None:
    first, second = encoded(tone(400), "adts", "aac"), encoded(tone(800), "adts", "aac")
    files.files["all.aac"] = first + second
    files.put(
        "x.m3u8",
        "#EXTINF:1,",
        f"#EXT-X-BYTERANGE:{len(first)}@0",
        "all.aac",
        "#EXTINF:1,",
        f"#EXT-X-BYTERANGE:{len(second)}",
        "all.aac",
        "#EXT-X-ENDLIST",
    )

    found = await listed(files, "x.m3u8")
    pcm = await decoded(files, "x.m3u8")

    assert [each.byte_range for each in found] == [(0, len(first)), (len(first), len(second))]
    assert abs(len(pcm) - 2 * 32_000) < 32 * 300


async def test_a_new_stream_after_a_discontinuity_is_decoded_too(files: Files) -> None:
    files.files["1.aac"] = encoded(tone(400), "adts", "aac")
    files.files["2.mp3"] = encoded(tone(400), "mp3", "libmp3lame")
    files.put("x.m3u8", "#EXTINF:1,", "1.aac", "#EXT-X-DISCONTINUITY", "#EXTINF:1,", "2.mp3", END)

    assert abs(len(await decoded(files, "x.m3u8")) - 2 * 32_000) < 32 * 300


async def test_the_initialisation_section_of_mp4_fragments_is_fetched_once(files: Files) -> None:
    files.put(
        "x.m3u8",
        '#EXT-X-MAP:URI="head.mp4"',
        "#EXTINF:1,",
        "1.m4s",
        "#EXTINF:1,",
        "2.m4s",
        "#EXT-X-ENDLIST",
    )

    assert names(files, await listed(files, "x.m3u8")) == ["head.mp4", "1.m4s", "2.m4s"]


async def test_a_missing_segment_is_an_error_after_the_audio_before_it(files: Files) -> None:
    files.files["1.ts"] = encoded(tone(400), "mpegts", "aac")
    files.put("x.m3u8", "#EXTINF:1,", "1.ts", "#EXTINF:1,", "2.ts", END)
    audio = stream_audio(f"{files.url}/x.m3u8", target=TARGET, realtime=False, allow_private=True)
    pcm = bytearray()

    async def listen() -> None:
        async for piece in audio:
            pcm.extend(piece)

    with pytest.raises(MediaError, match=r"2\.ts does not exist"):
        await asyncio.wait_for(listen(), PATIENCE_S)

    assert len(pcm) > 0.8 * 32_000


async def test_an_error_names_the_playlist_or_the_segment_that_failed(files: Files) -> None:
    files.files["text.m3u8"] = b"no audio " * 1000
    files.files["letter.ts"] = b"no audio " * 1000
    files.put("letter.m3u8", "#EXTINF:1,", "letter.ts", END)
    files.put("odd.m3u8", "#EXTINF:many,", "#EXT-X-MAP:X=1", "1.ts", END)
    files.put("gone.m3u8", "#EXTINF:1,", "gone.ts?sig=secret", END)
    host = files.url.removeprefix("http://")

    for name, place in (
        ("text.m3u8", "text.m3u8"),
        ("letter.m3u8", "letter.m3u8"),
        ("odd.m3u8", "odd.m3u8"),
        ("gone.m3u8", "gone.ts"),
    ):
        with pytest.raises(MediaError) as failed:
            await decoded(files, f"{name}?sig=secret")
        assert str(failed.value).startswith(f"{host}/{place}"), name
        assert failed.value.placeholders["place"] == f"{host}/{place}"
        assert "secret" not in str(failed.value)


async def test_a_session_of_the_caller_fetches_and_stays_open(files: Files) -> None:
    files.files["1.ts"] = encoded(tone(400), "mpegts", "aac")
    files.put("x.m3u8", "#EXTINF:1,", "1.ts", END)

    async with ClientSession() as session:
        audio = stream_audio(
            f"{files.url}/x.m3u8",
            target=TARGET,
            realtime=False,
            allow_private=True,
            session=session,
        )
        pcm = b"".join([piece async for piece in audio])
        assert not session.closed

    assert len(pcm) > 0.8 * 32_000


async def test_a_session_of_the_caller_cannot_refuse_private_addresses(files: Files) -> None:
    async with ClientSession() as session:
        audio = stream_audio(files.url, target=TARGET, realtime=False, session=session)
        with pytest.raises(ValueError, match="allow_private must be True"):
            await anext(audio)


async def test_a_stream_that_sends_data_but_no_audio_is_an_error() -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with suppress(OSError):
            while True:
                await response.write(b"\xff")
                await asyncio.sleep(0.01)
        return response

    app = web.Application()
    app.router.add_get("/x.mp3", drip)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    audio = stream_audio(
        f"http://127.0.0.1:{runner.addresses[0][1]}/x.mp3",
        target=TARGET,
        realtime=False,
        allow_private=True,
        limits=FetchLimits(audio_s=0.5),
    )

    with pytest.raises(MediaError, match="sends no audio"):
        await asyncio.wait_for(anext(audio), PATIENCE_S)

    await runner.cleanup()


async def test_in_real_time_a_file_takes_as_long_as_its_audio(files: Files) -> None:
    files.files["x.mp3"] = encoded(tone(400, 600), "mp3", "libmp3lame")
    loop = asyncio.get_running_loop()
    began = loop.time()
    sent = 0

    async for piece in stream_audio(
        f"{files.url}/x.mp3", target=TARGET, realtime=True, allow_private=True
    ):
        sent += len(piece)
        assert loop.time() - began >= TARGET.duration_ms(sent) / 1000 - 0.01

    assert sent > 0


@pytest.mark.parametrize("text", ["#EXTM3U\n", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n"])
async def test_an_empty_playlist_is_an_error(files: Files, text: str) -> None:
    files.files["x.m3u8"] = text.encode()

    with pytest.raises(MediaError, match="is not a valid HLS playlist"):
        await listed(files, "x.m3u8")

"""Only allowed URLs are fetched, and no message shows a URL's secret."""

import asyncio
import gzip
import tomllib
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from aiohttp import web

from fetching import Serve, fetched, hello, problem
from wyoming_bridge.errors import MediaError, MediaProblem, place_of
from wyoming_bridge.media.addresses import is_any
from wyoming_bridge.media.fetch import Fetcher
from wyoming_bridge.media.fetched import FetchLimits

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def test_a_url_is_requested_unchanged(serve: Serve) -> None:
    asked: list[str] = []

    async def remember(request: web.Request) -> web.Response:
        asked.append(request.raw_path)
        return web.Response(text="hello", content_type="audio/mpeg")

    port = await serve(remember)
    path = "/a%20b/x.mp3?sv=1&sig=a%2Fb%2Bc%3D"

    assert await fetched(f"http://127.0.0.1:{port}{path}", allowed=is_any) == b"hello"
    assert asked == [path]


async def test_a_redirect_is_followed_and_the_answer_has_the_final_url(
    serve: Serve,
) -> None:
    async def handle(request: web.Request) -> web.Response:
        if request.path == "/there":
            return web.Response(text="here", content_type="audio/mpeg")
        return web.Response(status=307, headers={"Location": "there"})

    port = await serve(handle)

    async with (
        Fetcher(allowed=is_any) as fetcher,
        fetcher.get(f"http://127.0.0.1:{port}/x") as answer,
    ):
        assert answer.url == f"http://127.0.0.1:{port}/there"
        assert await answer.text(limit_bytes=10) == "here"


async def test_too_many_redirects_are_an_error(serve: Serve) -> None:
    async def again(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": request.path + "x"})

    port = await serve(again)

    error = await problem(f"http://127.0.0.1:{port}/x?sig=secret", allowed=is_any)

    assert error.problem is MediaProblem.UNREACHABLE
    assert "redirects too often" in str(error)


async def test_a_compressed_body_does_not_take_as_much_memory_as_its_content(serve: Serve) -> None:
    bomb = gzip.compress(bytes(200_000_000))

    async def handle(_request: web.Request) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    port = await serve(handle)
    async with (
        Fetcher(allowed=is_any) as fetcher,
        fetcher.get(f"http://127.0.0.1:{port}/") as answer,
    ):
        tracemalloc.start()
        with pytest.raises(MediaError, match="is too large"):
            await answer.text(limit_bytes=1_000_000)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert peak < 20_000_000


@pytest.mark.parametrize("encoding", ["zstd", "gzip, zstd"])
async def test_only_compressions_that_take_little_memory_are_accepted(
    encoding: str, serve: Serve
) -> None:
    accepted: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        accepted.append(request.headers["Accept-Encoding"])
        return web.Response(body=b"", headers={"Content-Encoding": encoding})

    port = await serve(handle)

    error = await problem(f"http://127.0.0.1:{port}/", allowed=is_any)

    assert error.problem is MediaProblem.UNSUPPORTED_FORMAT
    assert "compressed in a form that is not allowed" in str(error)
    assert accepted == ["gzip, deflate"]


async def test_a_header_or_a_text_that_arrives_byte_by_byte_times_out() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"

    handlers: list[asyncio.Task[None] | None] = []

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.append(asyncio.current_task())
        path = (await reader.readline()).split()[1]
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head if path == b"/text" else b"HTTP/1.1 200 OK\r\n")
        number = 0
        # A client that disconnects with unread bytes resets the connection. Then ``at_eof`` stays
        # false, and only ``is_closing`` shows it.
        while not (reader.at_eof() or writer.is_closing()):
            await asyncio.sleep(0.02)
            number += 1
            writer.write(b"a" if path == b"/text" else b"X-%d: 1\r\n" % number)
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    limits = FetchLimits(connect_s=0.2, stall_s=0.2, text_s=0.2)
    async with server, Fetcher(allowed=is_any, limits=limits) as fetcher:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(MediaError, match="/header does not answer"):
            async with fetcher.get(f"{url}/header"):
                pass
        async with fetcher.get(f"{url}/text") as answer:
            with pytest.raises(MediaError, match="/text sends too slowly"):
                await answer.text(limit_bytes=1000)
    await asyncio.gather(*filter(None, handlers))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, MediaProblem.NEEDS_AUTHENTICATION),
        (403, MediaProblem.NEEDS_AUTHENTICATION),
        (404, MediaProblem.NOT_FOUND),
        (410, MediaProblem.NOT_FOUND),
        (416, MediaProblem.UNREACHABLE),
        (500, MediaProblem.UNREACHABLE),
        (503, MediaProblem.UNREACHABLE),
    ],
)
async def test_each_http_error_status_has_its_problem(
    serve: Serve, status: int, expected: MediaProblem
) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    port = await serve(refuse)

    error = await problem(f"http://127.0.0.1:{port}/x.mp3?sig=secret#part", allowed=is_any)

    assert error.problem is expected
    assert str(error).startswith(f"127.0.0.1:{port}/x.mp3 ")
    assert f"HTTP {status}" in str(error)
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/x",
        "file:///etc/passwd",
        "//x",
        "",
        "http://",
        "http://h:99999/",
        "x",
        "http://user:secret@example.com/x",
        "http://[::1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://017700000001/",
        "http://\uff10\uff11\uff17\uff17.0.0.1/",
        "http://good.example\\@127.0.0.1/",
        "http://127.0.0.1\\@good.example/",
        "http://a@b@127.0.0.1/",
        "http://:secret@127.0.0.1/",
        "http://%31%32%37.0.0.1/",
        "http://%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1/",
    ],
)
async def test_an_invalid_url_is_refused_without_a_request(url: str) -> None:
    error = await problem(url)

    assert error.problem is MediaProblem.INVALID_URL
    assert "secret" not in str(error)
    assert str(error).startswith((error.placeholders.get("place") or "the URL") + " ")


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://h.invalid:8443/a/b.mp3?sig=secret#secret", "h.invalid:8443/a/b.mp3"),
        ("https://user:secret@h.invalid/", "h.invalid/"),
        ("http://[::1]:80/x", "[::1]:80/x"),
        ("http://user:sec/ret@h.invalid/x", ""),
        ("http://[secret", ""),
        ("?sig=secret", ""),
        ("", ""),
    ],
)
def test_the_place_of_a_url_has_no_secret(url: str, place: str) -> None:
    assert place_of(url) == place


async def test_an_error_after_a_redirect_names_the_new_address(
    serve: Serve, free_port: int
) -> None:
    async def away(request: web.Request) -> web.Response:
        target = request.query["to"]
        return web.Response(status=302, headers={"Location": target})

    port = await serve(away)
    for target, place in (
        (f"http://127.0.0.1:{free_port}/gone?sig=secret", f"127.0.0.1:{free_port}/gone"),
        ("ftp://h.invalid/x?sig=secret", "h.invalid/x"),
        ("http://user:secret@h.invalid/x", "h.invalid/x"),
        ("http://h%2einvalid/x", "h%2einvalid/x"),
    ):
        query = urlencode({"to": target})
        error = await problem(f"http://127.0.0.1:{port}/x?{query}", allowed=is_any)

        assert place in str(error)
        assert error.placeholders["place"] == place
        assert "secret" not in str(error)


async def test_a_closed_port_is_unreachable(free_port: int) -> None:
    error = await problem(f"http://127.0.0.1:{free_port}/x", allowed=is_any)

    assert error.problem is MediaProblem.UNREACHABLE


async def test_a_server_that_stops_sending_has_stalled(serve: Serve) -> None:
    gate = asyncio.Event()

    async def stall(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"some")
        await gate.wait()
        return response

    port = await serve(stall)

    error = await problem(
        f"http://127.0.0.1:{port}/x", allowed=is_any, limits=FetchLimits(stall_s=1)
    )
    gate.set()

    assert error.problem is MediaProblem.STALLED


async def test_a_server_that_never_answers_is_unreachable() -> None:
    gate = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gate.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        error = await problem(
            f"http://127.0.0.1:{port}/x", allowed=is_any, limits=FetchLimits(stall_s=1)
        )
        gate.set()

    assert error.problem is MediaProblem.UNREACHABLE


async def test_a_text_that_is_too_large_is_an_error(serve: Serve) -> None:
    port = await serve(hello)

    async with (
        Fetcher(allowed=is_any) as fetcher,
        fetcher.get(f"http://127.0.0.1:{port}/") as answer,
    ):
        assert answer.content_type == "audio/mpeg"
        with pytest.raises(MediaError, match="is too large; allowed: 4 bytes"):
            await answer.text(limit_bytes=4)


def test_the_oldest_allowed_library_is_the_tested_one() -> None:
    root = Path(__file__).parents[2]
    extra = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    (minimum,) = [
        each.partition(">=")[2]
        for each in extra["optional-dependencies"]["media"]
        if each.startswith("aiohttp")
    ]

    for name in ("constraints.txt", "constraints-hass.txt", "constraints-hass-test.txt"):
        assert f"aiohttp=={minimum}" in (root / name).read_text().splitlines()

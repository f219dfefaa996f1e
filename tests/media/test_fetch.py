"""Only allowed URLs are fetched, and no message shows a URL's secret."""

import asyncio
import gzip
import socket
import tomllib
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from wyoming_bridge.errors import MediaError, MediaProblem
from wyoming_bridge.media.addresses import IPAddress, is_any, is_public
from wyoming_bridge.media.fetch import Fetcher, FetchLimits

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[int]]


class Names(AbstractResolver):
    """Resolves every host name to the same addresses."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=0)
            for each in self.addresses
        ]

    async def close(self) -> None:
        pass


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    runners: list[web.AppRunner] = []

    async def start(handler: Handler) -> int:
        app = web.Application()
        app.router.add_get("/{path:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port: int = runner.addresses[0][1]
        return port

    yield start
    for runner in runners:
        await runner.cleanup()


async def fetched(url: str, **options: object) -> bytes:
    async with Fetcher(**options) as fetcher, fetcher.get(url) as answer:
        return b"".join([block async for block in answer.blocks()])


async def problem(url: str, **options: object) -> MediaError:
    with pytest.raises(MediaError) as caught:
        await fetched(url, **options)
    return caught.value


async def hello(_request: web.Request) -> web.Response:
    return web.Response(text="hello", content_type="Audio/MPEG")


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


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://10.1.2.3/",
        "http://192.168.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2002:808:808::]/",
        "http://[64:ff9b:1::808:808]/",
        "http://[::127.0.0.1]/",
        "http://[::808:808]/",
        "http://[fec0::1]/",
        "http://[fe80::1%25lo]/",
        "http://[ff02::1]/",
        "http://[2001:0:7f00:1::]/",
        "http://[2001:db8::1]/",
        "http://[100::1]/",
        "http://[::]/",
        "http://192.88.99.1/",
        "http://192.0.0.8/",
        "http://198.18.0.1/",
        "http://240.0.0.1/",
        "http://255.255.255.255/",
        "http://localhost/",
        "http://LocalHost/",
        "http://127.0.0.1./",
        "http://0x7f000001/",
        "http://\uff11\uff12\uff17.0.0.1/",
        "http://127\u30020\u30020\u30021/",
        "http://127\uff610\uff0e0.1/",
        "http://\u2460\u2461\u2466.0.0.1/",
        "http://\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54/",
        "http://\U0001d7cf\U0001d7d0\U0001d7d5.0.0.1/",
        "http://[::\uff46\uff46\uff46\uff46:127.0.0.1]/",
    ],
)
async def test_this_machine_and_private_networks_get_no_request(url: str) -> None:
    error = await problem(url)

    assert error.problem is MediaProblem.FORBIDDEN_ADDRESS
    assert "not allowed" in str(error)


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("93.184.215.14", "10.0.0.1")])
async def test_a_host_name_of_a_private_address_gets_no_request(addresses: tuple[str, ...]) -> None:
    error = await problem("http://outside.example/x?sig=secret", resolver=Names(*addresses))

    assert error.problem is MediaProblem.FORBIDDEN_ADDRESS
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.2",
        "10.0.0.1",
        "inside.example",
        "[::1]",
        "[::ffff:7f00:2]",
        "[fec0::1]",
        "\uff11\uff12\uff17.0.0.2",
        "127\u30020\u30020\u30022",
    ],
)
async def test_a_redirect_to_a_private_address_is_not_followed(serve: Serve, place: str) -> None:
    asked: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=302, headers={"Location": f"http://{place}:{port}/secret"})

    port = await serve(handle)

    error = await problem(
        f"http://127.0.0.1:{port}/x",
        # Treats the test's own server as a part of the internet.
        allowed=lambda address: str(address) == "127.0.0.1",
        resolver=Names("192.168.0.1"),
    )

    assert error.problem is MediaProblem.FORBIDDEN_ADDRESS
    assert asked == ["/x"]


async def test_a_name_that_resolves_differently_each_time_is_checked_each_time(
    serve: Serve,
) -> None:
    asked: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(request.path)
        location = f"http://rebinding.example:{port}/again"
        return web.Response(status=302, headers={"Location": location, "Connection": "close"})

    port = await serve(handle)
    resolver = Names("127.0.0.1")

    def allowed(address: IPAddress) -> bool:
        resolver.addresses = ("127.0.0.2",)  # the next answer of the name server
        return str(address) == "127.0.0.1"

    error = await problem(f"http://rebinding.example:{port}/x", allowed=allowed, resolver=resolver)

    assert error.problem is MediaProblem.FORBIDDEN_ADDRESS
    assert asked == ["/x"]


@pytest.mark.parametrize(
    ("checks", "by"), [(1, "the resolver"), (2, "the socket before"), (3, "the open connection")]
)
async def test_resolver_socket_and_open_connection_are_each_checked_before_the_request(
    serve: Serve, checks: int, by: str
) -> None:
    asked: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response()

    port = await serve(handle)
    answers = iter([True] * (checks - 1))

    error = await problem(
        f"http://outside.example:{port}/x",
        allowed=lambda _: next(answers, False),
        resolver=Names("127.0.0.1"),
    )

    assert error.problem is MediaProblem.FORBIDDEN_ADDRESS, by
    assert asked == []


@pytest.mark.parametrize("answer", ["127.1", "0177.0.0.1", "0x7f000001", "2130706433", "localhost"])
async def test_no_request_is_sent_if_the_resolver_returns_no_address(answer: str) -> None:
    error = await problem("http://outside.example/x", allowed=is_any, resolver=Names(answer))

    assert error.problem is MediaProblem.FORBIDDEN_ADDRESS


async def test_a_compressed_body_does_not_take_the_memory_of_its_content(serve: Serve) -> None:
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


async def test_a_header_or_a_text_that_arrives_byte_by_byte_times_out() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"

    handlers: list[asyncio.Task[None] | None] = []

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.append(asyncio.current_task())
        path = (await reader.readline()).split()[1]
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head if path == b"/text" else b"HTTP/1.1 200 OK\r\n")
        number = 0
        # A client that leaves with bytes unread resets the connection, which is no end of the file.
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


@pytest.mark.parametrize(
    "address",
    [
        "93.184.215.14",
        "2606:2800:21f:cb07::1",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ],
)
def test_internet_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


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

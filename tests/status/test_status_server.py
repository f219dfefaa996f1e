"""The status server, on real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus

import pytest

from patience import PATIENCE_S
from wyoming_bridge.status.server import Page, StatusServer

HEAD = b"Host: 127.0.0.1\r\n"


@pytest.fixture
async def place() -> AsyncIterator[tuple[str, int]]:
    pages = {
        "/good": lambda: Page(body=b"good\n"),
        "/bad": lambda: Page(status=HTTPStatus.SERVICE_UNAVAILABLE, body=b"bad\n"),
    }
    server = StatusServer(pages)
    yield await listening(server)
    await server.stop()


async def listening(server: StatusServer) -> tuple[str, int]:
    """Start a server at a free port of this machine, and return its address."""
    sock = socket.create_server(("127.0.0.1", 0))
    host, port = sock.getsockname()
    await server.start([sock])
    return host, port


async def answer(place: tuple[str, int], sent: bytes) -> tuple[str, str]:
    """Send a request, and return the status line and the body of the answer."""
    reader, writer = await asyncio.open_connection(*place)
    writer.write(sent)
    async with asyncio.timeout(PATIENCE_S):
        received = (await reader.read()).decode()
    writer.close()
    head, _, body = received.partition("\r\n\r\n")
    return head.partition("\r\n")[0], body


@pytest.mark.parametrize(
    ("request_line", "status", "body"),
    [
        (b"GET /good HTTP/1.1", "200 OK", "good\n"),
        (b"GET /good?a=b HTTP/1.1", "200 OK", "good\n"),
        (b"GET /bad HTTP/1.1", "503 Service Unavailable", "bad\n"),
        (b"HEAD /good HTTP/1.1", "200 OK", ""),
        (b"GET / HTTP/1.1", "404 Not Found", "available: /good, /bad\n"),
        (b"GET /good/ HTTP/1.1", "404 Not Found", "available: /good, /bad\n"),
        (b"POST /good HTTP/1.1", "405 Method Not Allowed", "only GET and HEAD are allowed\n"),
        (b"GET /\xff HTTP/1.1", "400 Bad Request", "the request is not valid HTTP\n"),
        (b"hello", "400 Bad Request", "the request is not valid HTTP\n"),
    ],
)
async def test_a_request_gets_its_page_or_the_reason_why_not(
    request_line: bytes, status: str, body: str, place: tuple[str, int]
) -> None:
    got = await answer(place, request_line + b"\r\n" + HEAD + b"\r\n")

    assert got == (f"HTTP/1.1 {status}", body)


async def test_a_request_of_a_web_page_is_refused(place: tuple[str, int]) -> None:
    foreign = b"GET /good HTTP/1.1\r\nHost: attacker.example.com\r\n\r\n"

    assert (await answer(place, foreign))[0] == "HTTP/1.1 403 Forbidden"


async def test_a_request_that_is_too_large_is_refused(place: tuple[str, int]) -> None:
    endless = b"GET /good HTTP/1.1\r\nX: " + b"x" * 9000

    assert (await answer(place, endless))[0] == "HTTP/1.1 431 Request Header Fields Too Large"


async def test_a_request_that_ends_early_is_refused(
    place: tuple[str, int],
) -> None:
    reader, writer = await asyncio.open_connection(*place)
    writer.write(b"GET /good")
    writer.write_eof()
    async with asyncio.timeout(PATIENCE_S):
        received = await reader.read()
    writer.close()

    assert received.startswith(b"HTTP/1.1 400 ")


@asynccontextmanager
async def silent(
    place: tuple[str, int], *, source: str = "127.0.0.1"
) -> AsyncIterator[asyncio.StreamReader]:
    reader, writer = await asyncio.open_connection(*place, local_addr=(source, 0))
    yield reader
    writer.close()


async def test_silent_clients_take_no_more_than_their_places_and_their_time(
    place: tuple[str, int],
) -> None:
    async with AsyncExitStack() as stack:
        readers = [await stack.enter_async_context(silent(place)) for _ in range(40)]
        async with asyncio.timeout(PATIENCE_S):
            for reader in readers:
                assert await _rest(reader) == b""
        status, _ = await answer(place, b"GET /good HTTP/1.1\r\n" + HEAD + b"\r\n")

    assert status == "HTTP/1.1 200 OK"


async def test_a_device_with_many_connections_does_not_displace_a_probe(
    place: tuple[str, int],
) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(100):
            await stack.enter_async_context(silent(place, source="127.0.0.66"))
        first = await stack.enter_async_context(silent(place))
        statuses = [
            (await answer(place, b"GET /good HTTP/1.1\r\n" + HEAD + b"\r\n"))[0] for _ in range(3)
        ]
        for _ in range(100):
            await stack.enter_async_context(silent(place, source="127.0.0.66"))
        statuses.append((await answer(place, b"GET /good HTTP/1.1\r\n" + HEAD + b"\r\n"))[0])

        assert not first.at_eof()
    assert statuses == ["HTTP/1.1 200 OK"] * 4


async def test_the_requests_of_many_connections_are_answered_in_turns() -> None:
    rounds = 0
    answered_in: list[int] = []

    def page() -> Page:
        answered_in.append(rounds)
        return Page(body=b"")

    server = StatusServer({"/": page})
    place = await listening(server)
    sockets = [socket.create_connection(place) for _ in range(20)]
    for each in sockets:  # all requests have arrived before the server accepts the first of them
        each.sendall(b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n")
    async with asyncio.timeout(PATIENCE_S):
        while len(answered_in) < len(sockets):
            rounds += 1
            await asyncio.sleep(0)
    for each in sockets:
        each.close()
    await server.stop()

    assert len(set(answered_in)) == len(sockets)


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


async def test_a_stopped_server_has_no_connections_and_can_be_stopped_again() -> None:
    before = asyncio.all_tasks()
    server = StatusServer({})
    async with silent(await listening(server)) as reader:
        await server.stop()
        await server.stop()
        async with asyncio.timeout(PATIENCE_S):
            assert await _rest(reader) == b""

    assert asyncio.all_tasks() <= before

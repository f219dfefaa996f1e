"""Requests whose client leaves before they are answered."""

import asyncio
import gc
import socket
from collections.abc import Iterator

import pytest
from aiohttp import web
from aiohttp.http_parser import RawRequestMessage

from new_objects import only_new_objects
from patience import PATIENCE_S
from wyoming_bridge.web.server import WebServer, connection_of

pytestmark = pytest.mark.sockets

_REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    with only_new_objects():
        yield
    gc.enable()


def parsed_requests() -> int:
    return sum(isinstance(each, RawRequestMessage) for each in gc.get_objects())


@pytest.mark.usefixtures("no_collector")
async def test_they_do_not_wait_for_the_garbage_collector() -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def until_gone(request: web.Request) -> web.Response:
        asked.set()
        await connection_of(request).gone.wait()
        left.set()
        return web.Response()

    app = web.Application()
    app.add_routes([web.get("/", until_gone)])
    server = WebServer(app, max_connections=8, request_timeout_s=PATIENCE_S)
    sock = socket.create_server(("127.0.0.1", 0))
    await server.start([sock])
    before = parsed_requests()

    async with asyncio.timeout(PATIENCE_S):
        _, writer = await asyncio.open_connection("127.0.0.1", sock.getsockname()[1])
        writer.write(_REQUEST * 10)
        await asked.wait()
        waiting = parsed_requests() - before
        writer.transport.abort()
        await left.wait()
    remaining = parsed_requests() - before
    await server.stop()

    assert waiting > 5
    assert remaining <= 1  # one request may have been in progress when its client left

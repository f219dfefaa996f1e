"""Compressed bodies are refused, because a small one could take much memory."""

import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web

from tests.support.patience import PATIENCE_S
from wyoming_bridge.web.server import WebServer


@pytest.fixture
async def bodies() -> list[bytes]:
    """Return the bodies that the handler has read."""
    return []


@pytest.fixture
async def url(bodies: list[bytes]) -> AsyncIterator[str]:
    async def keep(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return web.Response()

    app = web.Application()
    app.add_routes([web.post("/", keep)])
    server = WebServer(app, max_connections=8, request_timeout_s=PATIENCE_S)
    sock = socket.create_server(("127.0.0.1", 0))
    await server.start([sock])
    yield f"http://127.0.0.1:{sock.getsockname()[1]}/"
    await server.stop()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "ZSTD", "identity, gzip"])
async def test_a_compressed_body_is_refused(encoding: str, url: str, bodies: list[bytes]) -> None:
    async with (
        ClientSession() as http,
        http.post(url, data=b"packed", headers={"Content-Encoding": encoding}) as answer,
    ):
        assert answer.status == 415
        assert answer.headers["Accept-Encoding"] == "identity"
    assert bodies == []


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "identity"}])
async def test_other_bodies_are_read(
    headers: dict[str, str], url: str, bodies: list[bytes]
) -> None:
    async with ClientSession() as http, http.post(url, data=b"plain", headers=headers) as answer:
        assert answer.status == 200
    assert bodies == [b"plain"]

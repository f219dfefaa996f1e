"""How the page sends files, over a real socket."""

import asyncio
import socket
from pathlib import Path

import pytest
from aiohttp import web

from patience import PATIENCE_S
from wyoming_bridge.page import files
from wyoming_bridge.page.files import send_file
from wyoming_bridge.web.connection import Connection
from wyoming_bridge.web.server import WebServer, connection_of

REQUEST = b"GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n"

REQUESTS = 40
"""The answers to so many requests have 1.6 MB: more than the buffers of the system and of the
bridge hold."""


@pytest.mark.parametrize("size", [40_000, 200_000])
async def test_a_visitor_that_reads_nothing_is_disconnected_before_all_answers_are_in_memory(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_STALLED_S", 0.1)
    path = tmp_path / "file"
    path.write_bytes(bytes(size))
    asked: asyncio.Queue[Connection] = asyncio.Queue()

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.put_nowait(connection_of(request))
        return await send_file(request, path, content_type="text/plain")

    app = web.Application()
    app.add_routes([web.get("/file", answer)])
    server = WebServer(app, max_connections=1, request_timeout_s=PATIENCE_S)
    with socket.socket() as listening, socket.socket() as slow:
        listening.bind(("127.0.0.1", 0))
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await server.start([listening])
        slow.connect(listening.getsockname())
        slow.setblocking(False)
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.get_running_loop().sock_sendall(slow, REQUEST * REQUESTS)
            await (await asked.get()).gone.wait()
        await server.stop()

    assert asked.qsize() < REQUESTS / 2

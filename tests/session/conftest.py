"""The servers of the session tests, and a fixture that asserts that no task is left behind."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.server import Server, serve

from certificates import RSA, self_signed
from stages import CASES, Stage
from transports import QUIET, Handle, RawServer, StartWebsocketServer, echo


@pytest.fixture(autouse=True)
async def no_task_remains() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not left


@pytest.fixture(params=CASES, ids=lambda case: case.name)
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    stage: Stage = request.param.new_stage()
    await stage.start()
    yield stage
    await stage.stop()


@pytest.fixture
async def raw() -> AsyncIterator[RawServer]:
    raw = RawServer()
    server = await asyncio.start_server(raw.take, "127.0.0.1", 0)
    raw.port = server.sockets[0].getsockname()[1]
    yield raw
    server.close()
    await raw.stop()
    await server.wait_closed()


@pytest.fixture
async def websocket_server() -> AsyncIterator[StartWebsocketServer]:
    """Return a function that starts a websocket server and returns its URL."""
    servers: list[Server] = []

    async def start(handle: Handle) -> str:
        server = await serve(handle, "127.0.0.1", 0, close_timeout=1, logger=QUIET)
        servers.append(server)
        return f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The files of a self-signed certificate for 127.0.0.1 and of its key."""
    return self_signed(tmp_path_factory.mktemp("tls"), key=RSA)


@pytest.fixture
async def tls_url(certificate: tuple[Path, Path]) -> AsyncIterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    async with serve(echo, "127.0.0.1", 0, ssl=context, logger=QUIET) as server:
        yield f"wss://127.0.0.1:{server.sockets[0].getsockname()[1]}"

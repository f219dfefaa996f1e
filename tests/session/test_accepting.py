"""``on_accepted``: whether the service's host has accepted a connection that is not open yet."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from proxying import black_hole
from wyoming_bridge.errors import ConnectError
from wyoming_bridge.providers.contract import ConnectRequest
from wyoming_bridge.session import WebsocketConnector

HERE = "127.0.0.1"


@pytest.fixture
async def silent_port() -> AsyncIterator[int]:
    """The port of a server that accepts connections and answers nothing."""
    writers = []

    async def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    server = await asyncio.start_server(accept, HERE, 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for writer in writers:
        writer.close()


async def accepted_at(host: str, port: int) -> bool:
    """Try to open a websocket, and return whether the host has accepted the connection."""
    accepted = asyncio.Event()
    url = f"ws://{host}:{port}/"
    with pytest.raises(ConnectError):
        await WebsocketConnector(open_timeout_s=0.5).open(
            ConnectRequest(url=url, shown_url=url), provider="test", on_accepted=accepted.set
        )
    return accepted.is_set()


async def test_a_host_that_accepts_and_does_not_answer_has_accepted(silent_port: int) -> None:
    assert await accepted_at(HERE, silent_port)


async def test_a_host_that_cannot_be_reached_has_not_accepted() -> None:
    with black_hole(HERE, 0) as port:
        assert not await accepted_at(HERE, port)


async def test_a_proxy_that_accepts_is_not_the_host(
    silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", f"http://{HERE}:{silent_port}")

    assert not await accepted_at("service.invalid", 80)

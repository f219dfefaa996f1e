"""``on_accepted``: whether the service's host has accepted a connection that is not open yet."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from proxying import SERVICE, HttpProxy, black_hole, http_proxy
from wyoming_bridge.errors import ConnectError, ProxyError
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


@pytest.fixture
async def proxy(silent_port: int, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HttpProxy]:
    """A proxy that connects to the silent server."""
    async with http_proxy() as proxy:
        proxy.target = (HERE, silent_port)
        monkeypatch.setenv("ALL_PROXY", f"http://{HERE}:{proxy.port}")
        yield proxy


async def accepted_by(url: str, tls: ssl.SSLContext | None = None) -> bool:
    """Try to open a websocket, and return whether the host has accepted the connection."""
    accepted = asyncio.Event()
    with pytest.raises((ConnectError, ProxyError)):
        await WebsocketConnector(open_timeout_s=0.5, ssl_context=tls).open(
            ConnectRequest(url=url, shown_url=url), provider="test", on_accepted=accepted.set
        )
    return accepted.is_set()


async def accepted_at(host: str, port: int) -> bool:
    return await accepted_by(f"ws://{host}:{port}/")


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


async def test_behind_a_proxy_the_host_has_accepted_when_the_proxy_says_so(
    proxy: HttpProxy,
) -> None:
    assert await accepted_by(f"ws://{SERVICE}/")
    assert proxy.asked == [f"CONNECT {SERVICE}:80 HTTP/1.1"]


async def test_a_proxy_that_refuses_has_not_reached_the_host(proxy: HttpProxy) -> None:
    proxy.answer = b"HTTP/1.1 502 Bad Gateway\r\n\r\n"

    assert not await accepted_by(f"ws://{SERVICE}/")


async def test_with_tls_the_word_of_a_proxy_is_not_enough(
    proxy: HttpProxy, certificate: tuple[Path, Path]
) -> None:
    trust = ssl.create_default_context(cafile=certificate[0])

    assert not await accepted_by(f"wss://{SERVICE}/", trust)
    assert proxy.asked == [f"CONNECT {SERVICE}:443 HTTP/1.1"]


async def test_behind_a_proxy_a_host_with_tls_has_accepted_after_the_handshake(
    proxy: HttpProxy, certificate: tuple[Path, Path]
) -> None:
    trust = ssl.create_default_context(cafile=certificate[0])
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(*certificate)
    async with await asyncio.start_server(_say_nothing, HERE, 0, ssl=own) as server:
        proxy.target = server.sockets[0].getsockname()

        assert await accepted_by(f"wss://{SERVICE}/", trust)


async def _say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()

"""Tunnels through an HTTP proxy: encrypted proxies, and what a proxy or a host sends too early."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from websockets.asyncio.server import serve

from patience import PATIENCE_S
from proxying import SERVICE, HttpProxy, http_proxy
from transports import QUIET, TOKEN, RawServer, Refusing, echo, request, serving_clients
from wyoming_bridge.errors import ConnectError, ProxyError, ServiceError
from wyoming_bridge.providers.contract import HttpAnswer, HttpRequest
from wyoming_bridge.session import Transport, WebsocketConnector

Connect = Callable[[WebsocketConnector], Awaitable[object]]


@pytest.fixture
def server_tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture(params=["http", "https"])
async def proxy(
    request: pytest.FixtureRequest,
    certificate: tuple[Path, Path],
    server_tls: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[HttpProxy]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    async with http_proxy(tls=server_tls if request.param == "https" else None) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"{request.param}://ann:p%40ss@127.0.0.1:{proxy.port}")
        yield proxy


@pytest.fixture
def connector(certificate: tuple[Path, Path]) -> WebsocketConnector:
    trust = ssl.create_default_context(cafile=certificate[0])
    return WebsocketConnector(ssl_context=trust, open_timeout_s=PATIENCE_S)


async def open_websocket(connector: WebsocketConnector, scheme: str = "wss") -> Transport:
    return await connector.open(
        request(f"{scheme}://{SERVICE}/speech", Authorization=TOKEN), provider="test"
    )


async def ask(connector: WebsocketConnector, scheme: str = "https") -> HttpAnswer:
    url = f"{scheme}://{SERVICE}/status"
    asked = HttpRequest(method="GET", url=url, shown_url=url, headers={"X-Key": TOKEN})
    return await connector.ask(asked, provider="test")


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_a_websocket_goes_through_each_kind_of_proxy(
    scheme: str, proxy: HttpProxy, connector: WebsocketConnector, server_tls: ssl.SSLContext
) -> None:
    tls = server_tls if scheme == "wss" else None
    async with serve(echo, "127.0.0.1", 0, ssl=tls, logger=QUIET) as server:
        proxy.target = server.sockets[0].getsockname()[:2]
        transport = await open_websocket(connector, scheme)
        await transport.send("hello")
        assert await transport.receive() == "hello"
        await transport.close()

    (head,) = proxy.heads
    assert head.startswith(f"CONNECT {SERVICE}:{443 if tls else 80} HTTP/1.1\r\n")
    assert "proxy-authorization: basic yw5uonbac3m=" in head.lower()
    assert TOKEN not in head


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_request_goes_through_each_kind_of_proxy(
    scheme: str, proxy: HttpProxy, connector: WebsocketConnector, server_tls: ssl.SSLContext
) -> None:
    service = RawServer()
    service.answer_http("200 OK", body="ready")
    tls = server_tls if scheme == "https" else None
    async with await asyncio.start_server(service.take, "127.0.0.1", 0, ssl=tls) as server:
        proxy.target = server.sockets[0].getsockname()
        assert (await ask(connector, scheme)).body == "ready"

    assert "proxy-authorization: basic yw5uonbac3m=" in proxy.heads[0].lower()
    await service.stop()


@pytest.mark.parametrize("connect", [open_websocket, ask])
async def test_a_tls_handshake_that_fails_in_a_tunnel_names_the_proxy(
    connect: Connect, proxy: HttpProxy, connector: WebsocketConnector
) -> None:
    async def no_tls(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    async with serving_clients(no_tls) as place:
        host, _, port = place.partition(":")
        proxy.target = (host, int(port))
        with pytest.raises(ConnectError, match=rf"{SERVICE} via 127\.0\.0\.1:\d+ \(ALL_PROXY\)"):
            await connect(connector)


async def test_an_encrypted_proxy_with_an_unknown_certificate_is_named(
    server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, connector: WebsocketConnector
) -> None:
    async with http_proxy(tls=server_tls) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"https://127.0.0.1:{proxy.port}")
        for connect in (open_websocket, ask):
            with pytest.raises(ConnectError, match=rf"127\.0\.0\.1:{proxy.port} \(ALL_PROXY\)"):
                await connect(connector)


async def test_a_proxy_cannot_forge_the_answer_of_a_host_with_tls(
    proxy: HttpProxy, connector: WebsocketConnector, server_tls: ssl.SSLContext
) -> None:
    """The forged answer is in the buffer when the TLS handshake begins."""
    head = "HTTP/1.1 200 Connection established\r\nX-Padding: \r\n\r\n"
    head = head.replace("X-Padding: ", "X-Padding: " + "x" * (16 * 1024 - len(head)))
    forged = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
    proxy.established = head.encode() + forged
    service = RawServer()
    service.answer_http("200 OK", body="ready")
    async with await asyncio.start_server(service.take, "127.0.0.1", 0, ssl=server_tls) as server:
        proxy.target = server.sockets[0].getsockname()
        assert (await ask(connector)).body == "ready"
    await service.stop()


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_a_host_may_refuse_before_it_has_read_the_request(
    scheme: str, proxy: HttpProxy, connector: WebsocketConnector, server_tls: ssl.SSLContext
) -> None:
    server_tls.maximum_version = ssl.TLSVersion.TLSv1_2
    tls = server_tls if scheme == "wss" else None
    server = await asyncio.get_running_loop().create_server(Refusing, "127.0.0.1", 0, ssl=tls)
    async with server:
        proxy.target = server.sockets[0].getsockname()
        with pytest.raises(ServiceError, match="HTTP 503: busy"):
            await open_websocket(connector, scheme)


async def test_an_address_that_cannot_be_asked_for_is_an_error_without_the_token(
    proxy: HttpProxy, connector: WebsocketConnector
) -> None:
    asked = request(f"ws://two words.invalid/?token={TOKEN}")
    with pytest.raises(ConnectError, match="is not a valid host name") as caught:
        await connector.open(asked, provider="test")

    assert not isinstance(caught.value, ProxyError)
    assert proxy.heads == []

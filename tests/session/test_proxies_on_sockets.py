"""Websockets and requests through a real proxy, and the errors if that fails."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from websockets.asyncio.server import serve

from proxying import SERVICE, HttpProxy, http_proxy
from transports import QUIET, TOKEN, RawServer, echo, request
from wyoming_bridge.errors import (
    CertificateTimeError,
    ConnectError,
    ConnectTimeoutError,
    ProxyError,
    ProxySettingError,
    RemoteError,
)
from wyoming_bridge.providers.contract import HttpAnswer, HttpRequest
from wyoming_bridge.session import WebsocketConnector

Connect = Callable[..., Awaitable[object]]


async def open_websocket(connector: WebsocketConnector, host: str = SERVICE) -> str:
    transport = await connector.open(
        request(f"wss://{host}/speech", Authorization=TOKEN), provider="test"
    )
    await transport.send("hello")
    answer = await transport.receive()
    await transport.close()
    return str(answer)


async def ask(
    connector: WebsocketConnector, host: str = SERVICE, scheme: str = "https"
) -> HttpAnswer:
    url = f"{scheme}://{host}/status"
    return await connector.ask(
        HttpRequest(
            method="GET", url=f"{url}?token={TOKEN}", shown_url=url, headers={"X-Key": TOKEN}
        ),
        provider="test",
    )


BOTH = pytest.mark.parametrize("connect", [open_websocket, ask], ids=["websocket", "request"])


@pytest.fixture
async def proxy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HttpProxy]:
    async with http_proxy() as proxy:
        monkeypatch.setenv("https_proxy", f"127.0.0.1:{proxy.port}")
        yield proxy


@pytest.fixture
def connector(certificate: tuple[Path, Path]) -> WebsocketConnector:
    return WebsocketConnector(ssl_context=ssl.create_default_context(cafile=certificate[0]))


@pytest.fixture
def server_tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


async def test_a_websocket_goes_through_the_proxy_encrypted(
    proxy: HttpProxy, connector: WebsocketConnector, server_tls: ssl.SSLContext
) -> None:
    async with serve(echo, "127.0.0.1", 0, ssl=server_tls, logger=QUIET) as server:
        proxy.target = server.sockets[0].getsockname()[:2]

        assert await open_websocket(connector) == "hello"

    assert proxy.asked == [f"CONNECT {SERVICE}:443 HTTP/1.1"]
    assert TOKEN not in str(proxy.heads)


async def test_a_request_goes_through_the_proxy_encrypted(
    proxy: HttpProxy,
    connector: WebsocketConnector,
    server_tls: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("https_proxy", f"http://ann:p%40ss@127.0.0.1:{proxy.port}")
    service = RawServer()
    service.answer_http("200 OK", body="ready")
    async with await asyncio.start_server(service.take, "127.0.0.1", 0, ssl=server_tls) as server:
        proxy.target = server.sockets[0].getsockname()

        answer = await ask(connector)

    assert (answer.status, answer.body) == (200, "ready")
    assert proxy.asked == [f"CONNECT {SERVICE}:443 HTTP/1.1"]
    assert "proxy-authorization: basic yw5uonbac3m=" in proxy.heads[0].lower()
    assert TOKEN not in str(proxy.heads)
    (head,) = service.heads
    assert head.startswith(f"GET /status?token={TOKEN} HTTP/1.1\r\n")
    assert "proxy-authorization" not in head.lower()
    await service.stop()


async def test_a_plain_request_gives_the_proxy_the_whole_address(
    proxy: HttpProxy, connector: WebsocketConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("all_proxy", f"127.0.0.1:{proxy.port}")
    service = RawServer()
    service.answer_http("200 OK", body="ready")
    async with await asyncio.start_server(service.take, "127.0.0.1", 0) as server:
        proxy.target = server.sockets[0].getsockname()

        assert (await ask(connector, scheme="http")).body == "ready"

    assert proxy.asked == [f"GET http://{SERVICE}/status?token={TOKEN} HTTP/1.1"]
    await service.stop()


@BOTH
async def test_an_exempt_network_is_connected_to_directly(
    connect: Connect,
    connector: WebsocketConnector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The direct connection fails, because no machine has the address 0.0.0.1."""
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "0.0.0.0/31")
    with pytest.raises(RemoteError) as caught:
        await connect(connector, "0.0.0.1")
    assert "proxy" not in caught.value.message


@BOTH
async def test_a_dead_proxy_is_named_and_not_the_service(
    connect: Connect, connector: WebsocketConnector, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", f"http://ann:s3cret@127.0.0.1:{free_port}")
    with pytest.raises(ProxyError) as caught:
        await connect(connector)
    assert (
        caught.value.message == f"the proxy 127.0.0.1:{free_port} (ALL_PROXY) refuses connections"
    )
    assert caught.value.retryable


@BOTH
async def test_a_proxy_with_an_unknown_name_is_named(
    connect: Connect, connector: WebsocketConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "proxy.invalid:3128")
    with pytest.raises(
        ProxyError,
        match=r"^test: the proxy proxy\.invalid:3128 \(https_proxy\) cannot be reached: ",
    ):
        await connect(connector)


@BOTH
@pytest.mark.parametrize(
    ("status", "user", "error", "message"),
    [
        (
            "407 Proxy Authentication Required",
            "",
            ProxySettingError,
            "requires a user name and a password, as in http://user:password@host:port (HTTP 407)",
        ),
        (
            "407 Proxy Authentication Required",
            "ann:s3cret@",
            ProxySettingError,
            "does not accept its user name and password (HTTP 407)",
        ),
        (
            "403 Forbidden",
            "",
            ProxySettingError,
            f"refuses to connect to {SERVICE} (HTTP 403)",
        ),
        ("502 Bad Gateway", "", ProxyError, f"cannot reach {SERVICE} (HTTP 502)"),
        ("504 Gateway Timeout", "", ProxyError, f"cannot reach {SERVICE} (HTTP 504)"),
        ("429 Too Many Requests", "", ProxyError, f"cannot reach {SERVICE} (HTTP 429)"),
    ],
)
async def test_a_proxy_that_refuses_is_named_with_what_to_do(  # noqa: PLR0917 - most are fixtures
    status: str,
    user: str,
    error: type[ProxyError],
    message: str,
    connect: Connect,
    proxy: HttpProxy,
    connector: WebsocketConnector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy.answer = f"HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\n<html".encode()
    monkeypatch.setenv("https_proxy", f"http://{user}127.0.0.1:{proxy.port}")

    with pytest.raises(ProxyError) as caught:
        await connect(connector)

    named = f"the proxy 127.0.0.1:{proxy.port} (https_proxy)"
    assert (type(caught.value), caught.value.message) == (error, f"{named} {message}")
    assert TOKEN not in str(proxy.heads)


async def test_a_proxy_that_refuses_a_plain_request_is_named(
    proxy: HttpProxy, connector: WebsocketConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")

    with pytest.raises(ProxySettingError, match="requires a user name and a password"):
        await ask(connector, scheme="http")


@BOTH
@pytest.mark.parametrize("answer", [b"220 mail.example ESMTP\r\n", b"\0\1\2", b""])
async def test_a_server_that_is_not_a_proxy_is_not_blamed_on_the_service(
    answer: bytes, connect: Connect, proxy: HttpProxy, connector: WebsocketConnector
) -> None:
    proxy.answer = answer
    with pytest.raises(RemoteError, match=r"127\.0\.0\.1:\d+ \(https_proxy\)"):
        await connect(connector)


@BOTH
async def test_a_proxy_that_never_answers_is_named(connect: Connect, proxy: HttpProxy) -> None:
    proxy.mute = True
    with pytest.raises(ConnectTimeoutError) as caught:
        await connect(WebsocketConnector(open_timeout_s=0.1))
    place = f"{SERVICE} via 127.0.0.1:{proxy.port} (https_proxy)"
    assert caught.value.message == f"{place} did not answer within 0.1 s"


@BOTH
@pytest.mark.parametrize("ending", [b"", b"\x15\x03 no TLS"], ids=["closed", "garbage"])
async def test_a_tunnel_that_ends_at_once_names_the_proxy(
    ending: bytes, connect: Connect, proxy: HttpProxy, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.answer = b"HTTP/1.0 200 Connection established\r\n\r\n" + ending
    with pytest.raises(ConnectError, match=rf"{SERVICE} via 127\.0\.0\.1:\d+ "):
        await connect(WebsocketConnector())
    assert "Traceback" not in caplog.text


@BOTH
async def test_a_certificate_that_the_proxy_made_names_the_proxy(
    connect: Connect,
    proxy: HttpProxy,
    server_tls: ssl.SSLContext,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A proxy that decrypts TLS presents its own certificate."""
    async with serve(echo, "127.0.0.1", 0, ssl=server_tls, logger=QUIET) as server:
        proxy.target = server.sockets[0].getsockname()[:2]

        with pytest.raises(ConnectError) as caught:
            await connect(WebsocketConnector())

    assert not isinstance(caught.value, CertificateTimeError)
    assert f"the certificate of {SERVICE} via 127.0.0.1:" in caught.value.message
    assert "is not trusted" in caught.value.message
    # In debug mode, asyncio logs that the server's end of the handshake was reset.
    errors = [record.getMessage() for record in caplog.records if record.exc_info]
    assert [each for each in errors if "incoming connection" not in each] == []


@BOTH
async def test_a_socks_proxy_is_refused_by_name(
    connect: Connect, connector: WebsocketConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5h://127.0.0.1:1080")
    with pytest.raises(ProxySettingError, match=r"ALL_PROXY: .*SOCKS proxies are not supported"):
        await connect(connector)

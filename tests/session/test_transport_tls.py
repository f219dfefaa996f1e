"""TLS connects only to a server with a trusted certificate."""

import ssl
from pathlib import Path

import pytest

from transports import RawServer, open_at, request
from wyoming_bridge.errors import ConnectError
from wyoming_bridge.session import WebsocketConnector


async def test_an_untrusted_certificate_is_refused(tls_url: str) -> None:
    with pytest.raises(ConnectError, match=r"certificate of 127\.0\.0\.1:\d+ is not trusted"):
        await open_at(tls_url)


async def test_a_trusted_certificate_is_accepted(
    tls_url: str, certificate: tuple[Path, Path]
) -> None:
    context = ssl.create_default_context(cafile=certificate[0])
    transport = await WebsocketConnector(ssl_context=context).open(
        request(tls_url), provider="test"
    )
    await transport.send("hello")
    assert await transport.receive() == "hello"
    await transport.close()


async def test_a_server_without_tls_is_a_connect_error(raw: RawServer) -> None:
    raw.answer = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    connector = WebsocketConnector(open_timeout_s=1)
    with pytest.raises(ConnectError):
        await connector.open(request(raw.url.replace("ws:", "wss:")), provider="test")

"""TLS connects only to a server with a trusted certificate."""

import asyncio
import ssl
from pathlib import Path

import pytest
from websockets.asyncio.server import serve

from certificates import self_signed_for
from transports import QUIET, RawServer, Refusing, echo, open_at, request
from wyoming_bridge.errors import CertificateTimeError, ConnectError, ServiceError
from wyoming_bridge.providers.contract import HttpRequest
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


async def test_a_server_may_refuse_before_it_has_read_the_request(
    certificate: tuple[Path, Path],
) -> None:
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(*certificate)
    own.maximum_version = ssl.TLSVersion.TLSv1_2
    connector = WebsocketConnector(ssl_context=ssl.create_default_context(cafile=certificate[0]))
    server = await asyncio.get_running_loop().create_server(Refusing, "127.0.0.1", 0, ssl=own)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ServiceError, match="HTTP 503: busy"):
            await connector.open(request(f"wss://127.0.0.1:{port}"), provider="test")


@pytest.mark.parametrize(
    ("first_year", "last_year", "problem"),
    [(2090, 2099, "is not valid yet"), (2001, 2002, "has expired")],
    ids=["not-yet", "expired"],
)
async def test_a_certificate_outside_its_validity_suggests_a_wrong_clock(
    first_year: int, last_year: int, problem: str, tmp_path: Path
) -> None:
    certificate, key = self_signed_for(tmp_path, first_year=first_year, last_year=last_year)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    connector = WebsocketConnector(ssl_context=ssl.create_default_context(cafile=certificate))
    async with serve(echo, "127.0.0.1", 0, ssl=server, logger=QUIET) as listening:
        place = f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        with pytest.raises(CertificateTimeError) as of_websocket:
            await connector.open(request(f"wss://{place}"), provider="test")
        url = f"https://{place}/status"
        with pytest.raises(CertificateTimeError) as of_request:
            await connector.ask(HttpRequest(method="GET", url=url, shown_url=url), provider="test")

    for caught in (of_websocket, of_request):
        assert caught.value.message.startswith(
            f"the certificate of {place} {problem}, if this machine's clock is right (2"
        )
        assert caught.value.message.endswith(" UTC)")
        assert "clock" in caught.value.advice


async def test_a_server_without_tls_is_a_connect_error(raw: RawServer) -> None:
    raw.answer = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    connector = WebsocketConnector(open_timeout_s=1)
    with pytest.raises(ConnectError):
        await connector.open(request(raw.url.replace("ws:", "wss:")), provider="test")

"""Proxies that end a tunnel at once, or whose answers are malformed."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine

import pytest

from patience import PATIENCE_S
from proxying import SERVICE, http_proxy
from transports import TOKEN, request, serving_clients
from wyoming_bridge.errors import ConnectError, RemoteError
from wyoming_bridge.providers.contract import HttpRequest
from wyoming_bridge.session import WebsocketConnector
from wyoming_bridge.session.connecting import connect as connect_to
from wyoming_bridge.session.connecting import hand_over
from wyoming_bridge.session.http_connection import HttpConnection, ResponseReader

SCHEMES = ("ws", "wss", "http", "https")
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
MALFORMED = {
    "no status line": b"hello\r\n\r\n",
    "no end": b"HTTP/1.1 200 OK\r\nServer: a",
    "an early end": b"HTTP/1.1 2",
    "a header without a colon": b"HTTP/1.1 200 OK\r\nServer\r\n\r\n",
    "a space before the colon": b"HTTP/1.1 200 OK\r\nServer : a\r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "another version": b"HTTP/2 200 OK\r\n\r\n",
    "no number as the length": b"HTTP/1.1 200 OK\r\nContent-Length: a\r\n\r\n",
    "no end of interim answers": b"HTTP/1.1 100 Continue\r\n\r\n",
    "a TLS alert": b"\x15\x03\x01\x00\x02\x02\x46",
    "a header that is too long": b"HTTP/1.1 200 OK\r\nServer: " + 300_000 * b"a",
}


async def connect(scheme: str) -> None:
    connector = WebsocketConnector(open_timeout_s=PATIENCE_S)
    if scheme.startswith("ws"):
        asked = request(f"{scheme}://{SERVICE}/speech", Authorization=TOKEN)
        await connector.open(asked, provider="test")
    else:
        url = f"{scheme}://{SERVICE}/status"
        asked = HttpRequest(method="GET", url=url, shown_url=url, headers={"X-Key": TOKEN})
        await connector.ask(asked, provider="test")


async def error_of(scheme: str, answer: bytes, monkeypatch: pytest.MonkeyPatch) -> RemoteError:
    """Return the error of a connection through a proxy that sends an answer and closes it."""
    async with http_proxy() as proxy:
        proxy.answer = answer
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(RemoteError) as caught:
            await connect(scheme)
    assert f"127.0.0.1:{proxy.port} (ALL_PROXY)" in str(caught.value)
    assert TOKEN not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("case", MALFORMED)
async def test_the_error_names_a_proxy_whose_answer_is_malformed(
    case: str, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await error_of(scheme, MALFORMED[case], monkeypatch)


@pytest.mark.parametrize("scheme", ["ws", "wss", "https"])
async def test_the_error_names_a_proxy_that_closes_the_tunnel_at_once(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = await error_of(scheme, ESTABLISHED, monkeypatch)

    assert isinstance(error, ConnectError)
    assert "closed the connection" in error.message


async def ended_tunnel(port: int) -> HttpConnection:
    """Return a connection whose answer and end have both arrived before the answer is read."""
    reader, ended = ResponseReader(), asyncio.Event()

    class Protocol(asyncio.StreamReaderProtocol):
        def eof_received(self) -> bool:
            ended.set()
            return super().eof_received()

    transport = await connect_to(Protocol(reader), "127.0.0.1", port, ssl_context=None)
    async with asyncio.timeout(PATIENCE_S):
        await ended.wait()
    connection = HttpConnection(reader=reader, transport=transport)
    response, _ = await connection.ask("CONNECT", "host:1", {"Host": "host:1"})
    assert response.status_code == 200
    return connection


def a_proxy(answer: bytes) -> Callable[..., Coroutine[object, object, None]]:
    """Return a proxy that sends an answer and its end, and then only reads."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.write_eof()
        await reader.read()
        writer.close()

    return serve


@pytest.mark.parametrize("tls", [None, ssl.create_default_context()], ids=["plain", "TLS"])
async def test_a_tunnel_that_ended_with_the_answer_is_closed(tls: ssl.SSLContext | None) -> None:
    """Otherwise the end is lost, and the host looks mute until the timeout."""
    async with serving_clients(a_proxy(ESTABLISHED)) as place:
        connection = await ended_tunnel(int(place.partition(":")[2]))
        received, has_ended = await connection.leave()
        with pytest.raises(ConnectionResetError):
            await hand_over(
                connection.transport,
                asyncio.Protocol(),
                host="host",
                ssl_context=tls,
                received=received,
                has_ended=has_ended,
            )
        assert connection.transport.is_closing()


async def test_a_host_may_refuse_and_end_the_tunnel_before_the_answer_is_read() -> None:
    refusal = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy"

    async with serving_clients(a_proxy(ESTABLISHED + refusal)) as place:
        connection = await ended_tunnel(int(place.partition(":")[2]))
        received, has_ended = await connection.leave()
        reader = asyncio.StreamReader()
        transport = await hand_over(
            connection.transport,
            asyncio.StreamReaderProtocol(reader),
            host="host",
            ssl_context=None,
            received=received,
            has_ended=has_ended,
        )
        async with asyncio.timeout(PATIENCE_S):
            assert await reader.read() == refusal
        transport.abort()

"""Connecting over real sockets: the request, and the error for each refusal."""

import asyncio

import pytest

from patience import PATIENCE_S
from transports import TOKEN, RawServer, StartWebsocketServer, echo, open_at, request
from wyoming_bridge.errors import (
    AuthenticationError,
    BridgeError,
    ConnectError,
    ConnectTimeoutError,
    ProtocolViolationError,
    QuotaError,
    RateLimitedError,
    ServiceError,
    ServiceRequestError,
)
from wyoming_bridge.session import WebsocketConnector


async def test_no_compression_is_offered(raw: RawServer) -> None:
    raw.answer_http("400 Bad Request")
    with pytest.raises(ServiceRequestError):
        await open_at(raw.url)
    assert "extensions" not in raw.heads[0].lower()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("400 Bad Request", ServiceRequestError),
        ("401 Unauthorized", AuthenticationError),
        ("402 Payment Required", QuotaError),
        ("403 Forbidden", AuthenticationError),
        ("429 Too Many Requests", RateLimitedError),
        ("500 Internal Server Error", ServiceError),
        ("503 Service Unavailable", ServiceError),
    ],
)
async def test_a_refused_upgrade_has_the_error_of_its_status_and_quotes_the_service(
    raw: RawServer, status: str, error: type[BridgeError]
) -> None:
    raw.answer_http(status, body="said in\n the body")
    with pytest.raises(error, match=rf"HTTP {status[:3]}: said in the body") as raised:
        await open_at(raw.url)
    assert type(raised.value) is error
    assert raised.value.provider == "test"
    raw.answer_http(status, "X-Error-Message: said in the header", body="said in the body")
    with pytest.raises(error, match="said in the header"):
        await open_at(raw.url)


async def test_a_long_body_is_quoted_in_part(raw: RawServer) -> None:
    raw.answer_http("500 Internal Server Error", body="0123456789" * 1000)
    with pytest.raises(ServiceError) as raised:
        await open_at(raw.url)
    assert len(raised.value.message) < 300


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_not_followed(raw: RawServer, status: str) -> None:
    raw.answer_http(status, f"Location: {raw.url}/other")
    with pytest.raises(ConnectError, match=rf"redirect to {raw.url}/other; .*HTTP {status[:3]}"):
        await open_at(raw.url, Authorization=TOKEN)
    assert len(raw.heads) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"220 mail.example ESMTP\r\n",
    ],
    ids=["page", "no-accept", "mail"],
)
async def test_a_server_without_websockets_is_a_protocol_violation_or_a_refusal(
    raw: RawServer, answer: bytes
) -> None:
    raw.answer = answer
    with pytest.raises((ProtocolViolationError, ServiceRequestError)):
        await open_at(raw.url)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 101 Sw", b""], ids=["half", "nothing"])
async def test_a_server_that_hangs_up_is_a_connect_error(raw: RawServer, answer: bytes) -> None:
    raw.answer = answer
    with pytest.raises(ConnectError, match="closed the connection without an answer"):
        await open_at(raw.url)


async def test_a_closed_port_is_a_connect_error(free_port: int) -> None:
    with pytest.raises(ConnectError, match=f"127.0.0.1:{free_port} refuses connections"):
        await open_at(f"ws://127.0.0.1:{free_port}")


async def test_a_host_name_that_does_not_resolve_is_a_connect_error() -> None:
    with pytest.raises(ConnectError, match=r"the host name unknown\.invalid ") as raised:
        await open_at("ws://unknown.invalid")
    assert raised.value.code == "cannot_connect"


async def test_an_invalid_host_name_is_a_connect_error() -> None:
    with pytest.raises(ConnectError, match="is not a valid host name"):
        await open_at(f"ws://{'a' * 64}.invalid/?token={TOKEN}")


async def test_a_server_that_accepts_and_never_answers_times_out(raw: RawServer) -> None:
    connector = WebsocketConnector(open_timeout_s=0.05)
    with pytest.raises(ConnectTimeoutError, match=r"did not answer within 0\.05 s"):
        await connector.open(request(raw.url), provider="test")
    async with asyncio.timeout(PATIENCE_S):
        await raw.left.wait()


async def test_cancelling_while_connecting_closes_the_connection(raw: RawServer) -> None:
    opening = asyncio.create_task(open_at(raw.url))
    async with asyncio.timeout(PATIENCE_S):
        await raw.asked.wait()
        opening.cancel()
        await raw.left.wait()
    assert opening.cancelled()


async def test_an_address_that_is_not_a_name_is_not_looked_up(
    websocket_server: StartWebsocketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def look_up(*_: object, **__: object) -> list[object]:
        raise AssertionError("a lookup takes a thread")

    url = await websocket_server(echo)
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    transport = await open_at(url)
    await transport.close()

"""The websocket on real sockets: what is sent, and what each failure is called.

Wherever a token is sent it must not be found again: not in a log, not in an error.
"""

import asyncio
import logging
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from traceback import format_exception

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.utils import accept_key

from wyoming_bridge.errors import (
    AuthenticationError,
    BridgeError,
    ConnectError,
    ConnectionLostError,
    ConnectTimeoutError,
    ProtocolViolationError,
    QuotaError,
    RateLimitedError,
    ServiceError,
    ServiceRequestError,
)
from wyoming_bridge.events import Failed, SessionEvent
from wyoming_bridge.providers.contract import ConnectRequest
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.options import Settings
from wyoming_bridge.providers.registry import new_client
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.providers.scriptix import ScriptixSettings
from wyoming_bridge.session import (
    RealtimeSession,
    Transport,
    TransportClosed,
    WebsocketConnector,
)

NOBODY_WAITS_LONGER_S = 10

TOKEN = "s3cr3t-t0k3n"


def request(url: str, **headers: str) -> ConnectRequest:
    return ConnectRequest(url=url, shown_url=url, headers=headers)


async def open_at(url: str, **headers: str) -> Transport:
    return await WebsocketConnector().open(request(url, **headers), provider="test")


class RawServer:
    """Listens on a free port, and does no more than a test wants of it."""

    def __init__(self) -> None:
        self.answer: bytes | None = None
        """What every request is answered with; None for nothing."""
        self.heads: list[str] = []
        """What was asked: request line and headers."""
        self.asked = asyncio.Event()
        self.reading = asyncio.Event()
        """Cleared: what follows the request is not read."""
        self.reading.set()
        self.heard = asyncio.Event()
        """Set when something followed the request."""
        self.left = asyncio.Event()
        """Set when a client has gone."""
        self.port = 0
        self._upgrades = False
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def answer_http(self, status: str, *headers: str, body: str = "") -> None:
        lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", body)
        self.answer = "\r\n".join(lines).encode()

    def answer_upgrade_only(self) -> None:
        """Open the websocket, and then never say a word, not even a close."""
        self._upgrades = True

    def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(asyncio.create_task(self._serve(reader, writer)))

    async def stop(self) -> None:
        """Wait until all clients have gone."""
        self.reading.set()
        async with asyncio.timeout(NOBODY_WAITS_LONGER_S):
            await asyncio.gather(*self._connections)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            self.asked.set()
            if self._upgrades:
                writer.write(_upgrade(self.heads[-1]))
            elif self.answer is not None:
                writer.write(self.answer)
                writer.write_eof()
            await self.reading.wait()
            while await reader.read(1 << 16):
                self.heard.set()
        self.left.set()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def _upgrade(head: str) -> bytes:
    key = next(
        line.partition(": ")[2]
        for line in head.splitlines()
        if line.lower().startswith("sec-websocket-key")
    )
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n"
    ).encode()


@pytest.fixture
async def raw() -> AsyncIterator[RawServer]:
    raw = RawServer()
    server = await asyncio.start_server(raw.take, "127.0.0.1", 0)
    raw.port = server.sockets[0].getsockname()[1]
    yield raw
    server.close()
    await raw.stop()
    await server.wait_closed()


QUIET = logging.getLogger("tests.websockets")
QUIET.setLevel(logging.CRITICAL)
"""The servers of these tests print tokens at debug level, as the library's client would."""

Handle = Callable[[ServerConnection], Awaitable[None]]
StartWebsocketServer = Callable[[Handle], Awaitable[str]]


@pytest.fixture
async def websocket_server() -> AsyncIterator[StartWebsocketServer]:
    """Starts websocket servers; gives their addresses."""
    servers: list[Server] = []

    async def start(handle: Handle) -> str:
        server = await serve(handle, "127.0.0.1", 0, close_timeout=1, logger=QUIET)
        servers.append(server)
        return f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def test_messages_go_both_ways_as_text_and_binary(
    websocket_server: StartWebsocketServer,
) -> None:
    transport = await open_at(await websocket_server(echo))
    await transport.send("text")
    await transport.send(b"binary")
    assert [await transport.receive(), await transport.receive()] == ["text", b"binary"]
    await transport.close()
    await transport.close()
    with pytest.raises(TransportClosed):
        await transport.send("too late")


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
async def test_a_refused_upgrade_is_named_by_its_status_and_the_service_is_quoted(
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
    raw.answer_http(status, f"Location: {raw.url}/elsewhere")
    with pytest.raises(ServiceRequestError, match=f"HTTP {status[:3]}"):
        await open_at(raw.url, Authorization=TOKEN)
    assert len(raw.heads) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"220 mail.example ESMTP\r\n",
        b"\x00\x01\x02\x03\x04",
        b"",
    ],
    ids=["page", "no-accept", "mail", "bytes", "hang-up"],
)
async def test_what_is_not_a_websocket_server_is_told_apart(raw: RawServer, answer: bytes) -> None:
    raw.answer = answer
    with pytest.raises((ProtocolViolationError, ServiceRequestError)):
        await open_at(raw.url)


async def test_a_refused_port_cannot_be_connected_to(free_port: int) -> None:
    with pytest.raises(ConnectError, match=f"127.0.0.1:{free_port} refuses connections"):
        await open_at(f"ws://127.0.0.1:{free_port}")


async def test_a_name_that_does_not_resolve_cannot_be_connected_to() -> None:
    with pytest.raises(ConnectError, match=r"nobody\.invalid cannot be reached: ") as raised:
        await open_at("ws://nobody.invalid")
    assert raised.value.code == "cannot_connect"


async def test_a_name_that_cannot_even_be_looked_up_cannot_be_connected_to() -> None:
    with pytest.raises(ConnectError, match="is not an address that can be looked up"):
        await open_at(f"ws://{'a' * 64}.invalid/?token={TOKEN}")


async def test_a_server_that_accepts_and_never_answers_is_given_up(raw: RawServer) -> None:
    connector = WebsocketConnector(open_timeout_s=0.05)
    with pytest.raises(ConnectTimeoutError, match=r"did not answer within 0\.05 s"):
        await connector.open(request(raw.url), provider="test")
    async with asyncio.timeout(NOBODY_WAITS_LONGER_S):
        await raw.left.wait()


async def test_cancelling_while_connecting_hangs_up(raw: RawServer) -> None:
    opening = asyncio.create_task(open_at(raw.url))
    async with asyncio.timeout(NOBODY_WAITS_LONGER_S):
        await raw.asked.wait()
        opening.cancel()
        await raw.left.wait()
    assert opening.cancelled()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl")
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "certificate.pem", folder / "key.pem"
    options = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
    ]
    options += ["-addext", "subjectAltName=IP:127.0.0.1"]
    options += ["-out", str(made[0]), "-keyout", str(made[1])]
    subprocess.run([openssl, *options], check=True, capture_output=True)  # noqa: S603 - our own words
    return made


@pytest.fixture
async def tls_url(certificate: tuple[Path, Path]) -> AsyncIterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    async with serve(echo, "127.0.0.1", 0, ssl=context, logger=QUIET) as server:
        yield f"wss://127.0.0.1:{server.sockets[0].getsockname()[1]}"


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


async def test_a_server_without_tls_is_told_apart(raw: RawServer) -> None:
    raw.answer = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    connector = WebsocketConnector(open_timeout_s=1)
    with pytest.raises(ConnectError):
        await connector.open(request(raw.url.replace("ws:", "wss:")), provider="test")


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1011, "broken"), (4001, "ours")])
async def test_the_close_code_and_reason_are_carried(
    websocket_server: StartWebsocketServer, code: int, reason: str
) -> None:
    async def close(connection: ServerConnection) -> None:
        await connection.send("last words")
        await connection.close(code, reason)

    transport = await open_at(await websocket_server(close))
    assert await transport.receive() == "last words"
    with pytest.raises(TransportClosed) as raised:
        await transport.receive()
    assert (raised.value.code, raised.value.reason) == (code, reason)
    await transport.close()


async def test_a_connection_that_broke_has_no_code(websocket_server: StartWebsocketServer) -> None:
    async def abort(connection: ServerConnection) -> None:
        connection.transport.abort()

    transport = await open_at(await websocket_server(abort))
    with pytest.raises(TransportClosed) as raised:
        await transport.receive()
    assert raised.value.code is None
    await transport.close()


async def test_a_cancelled_receive_loses_no_message(
    websocket_server: StartWebsocketServer,
) -> None:
    transport = await open_at(await websocket_server(echo))
    waiting = asyncio.create_task(transport.receive())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    await transport.send("kept")
    assert await transport.receive() == "kept"
    await transport.close()


async def test_closing_is_seen_by_the_server_as_a_good_end(
    websocket_server: StartWebsocketServer,
) -> None:
    seen = asyncio.get_running_loop().create_future()

    async def until_closed(connection: ServerConnection) -> None:
        await connection.wait_closed()
        seen.set_result(connection.close_code)

    transport = await open_at(await websocket_server(until_closed))
    await transport.close()
    async with asyncio.timeout(NOBODY_WAITS_LONGER_S):
        assert await seen == 1000


async def test_cancelling_a_close_that_nobody_answers_hangs_up(raw: RawServer) -> None:
    raw.answer_upgrade_only()
    transport = await open_at(raw.url)
    closing = asyncio.create_task(transport.close())
    async with asyncio.timeout(NOBODY_WAITS_LONGER_S):
        await raw.heard.wait()
        closing.cancel()
        await asyncio.wait([closing])
        await raw.left.wait()
    assert closing.cancelled()


async def test_closing_has_a_bound_though_the_server_takes_nothing_any_more(
    raw: RawServer,
) -> None:
    raw.answer_upgrade_only()
    raw.reading.clear()
    transport = await open_at(raw.url)
    sending = asyncio.create_task(transport.send(bytes(32 << 20)))
    await asyncio.sleep(0)
    sending.cancel()
    await asyncio.wait([sending])
    async with asyncio.timeout(NOBODY_WAITS_LONGER_S):
        await transport.close()
    with pytest.raises(TransportClosed):
        await transport.receive()


@pytest.mark.parametrize(
    ("proxy", "error"),
    [
        ("socks5h://127.0.0.1:1", "needs a library: python-socks"),
        ("nonsense://", "the proxy that the environment names does not let us through"),
    ],
)
async def test_a_proxy_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, proxy: str, error: str
) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(ConnectError, match=error):
        await open_at("wss://nobody.invalid")


async def test_a_proxy_that_refuses_is_told_apart_from_the_service(
    raw: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw.answer_http("407 Proxy Authentication Required")
    monkeypatch.setenv("https_proxy", raw.url.replace("ws:", "http:"))
    with pytest.raises(ConnectError, match="does not let us through"):
        await open_at("wss://nobody.invalid", Authorization=TOKEN)
    assert TOKEN not in raw.heads[0]


Failure = Callable[[RawServer], None]


def refuses_the_token(raw: RawServer) -> None:
    raw.answer_http("401 Unauthorized", "X-Error-Message: Invalid or expired credentials")


def redirects(raw: RawServer) -> None:
    raw.answer_http("302 Found", f"Location: {raw.url}/elsewhere")


def is_no_websocket(raw: RawServer) -> None:
    raw.answer = b"220 mail.example ESMTP\r\n"


def never_answers(raw: RawServer) -> None:
    raw.answer = None


def hangs_up(raw: RawServer) -> None:
    raw.answer = b""


def opens_and_goes(raw: RawServer) -> None:
    raw.answer = b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x88\x00"


EVERY_WAY_TO_SEND_A_TOKEN = {
    "elevenlabs-key": lambda url: ElevenLabsSettings(url=url, token=TOKEN),
    "elevenlabs-single": lambda url: ElevenLabsSettings(url=url, token=TOKEN, auth="single_use"),
    "reson8-key": lambda url: Reson8Settings(url=url, token=TOKEN),
    "reson8-access": lambda url: Reson8Settings(url=url, token=TOKEN, auth="access_token"),
    "reson8-subprotocol": lambda url: Reson8Settings(url=url, token=TOKEN, auth="subprotocol"),
    "scriptix-header": lambda url: ScriptixSettings(url=url, token=TOKEN),
    "scriptix-query": lambda url: ScriptixSettings(url=url, token=TOKEN, auth="query"),
}

every_way_to_send_a_token = pytest.mark.parametrize(
    "settings_for", EVERY_WAY_TO_SEND_A_TOKEN.values(), ids=EVERY_WAY_TO_SEND_A_TOKEN.keys()
)


async def failure_of(settings: Settings, *, open_timeout_s: float = 10) -> Failed:
    """Run a session that is bound to fail."""
    events: list[SessionEvent] = []
    session = RealtimeSession(
        client=new_client(settings),
        connector=WebsocketConnector(open_timeout_s=open_timeout_s),
        provider="test",
        on_event=events.append,
    )
    session.send_audio(bytes(3200))
    await session.run()
    failed = events[-1]
    assert isinstance(failed, Failed)
    return failed


@every_way_to_send_a_token
@pytest.mark.parametrize(
    ("fails", "limit_s"),
    [
        pytest.param(fails, 1 if fails is never_answers else 10, id=fails.__name__)
        for fails in (
            refuses_the_token,
            redirects,
            is_no_websocket,
            never_answers,
            hangs_up,
            opens_and_goes,
        )
    ],
)
async def test_no_token_is_in_a_log_or_an_error_when_a_server(
    raw: RawServer,
    caplog: pytest.LogCaptureFixture,
    settings_for: Callable[[str], Settings],
    fails: Failure,
    limit_s: float,
) -> None:
    caplog.set_level(logging.DEBUG)
    fails(raw)
    settings = settings_for(raw.url)
    failed = await failure_of(settings, open_timeout_s=limit_s)
    assert TOKEN in raw.heads[0]
    assert "test is connecting" in caplog.text
    assert TOKEN not in caplog.text
    assert TOKEN not in "".join(format_exception(failed.error))
    assert TOKEN not in f"{failed!r} {settings!r} {new_client(settings).connect()!r}"


@every_way_to_send_a_token
async def test_no_token_is_in_a_log_or_an_error_when_nobody_listens(
    caplog: pytest.LogCaptureFixture,
    free_port: int,
    settings_for: Callable[[str], Settings],
) -> None:
    caplog.set_level(logging.DEBUG)
    failed = await failure_of(settings_for(f"ws://127.0.0.1:{free_port}"))
    assert isinstance(failed.error, ConnectError)
    assert TOKEN not in caplog.text + "".join(format_exception(failed.error))


@every_way_to_send_a_token
async def test_no_token_is_in_a_log_or_an_error_when_the_certificate_is_not_trusted(
    caplog: pytest.LogCaptureFixture, tls_url: str, settings_for: Callable[[str], Settings]
) -> None:
    caplog.set_level(logging.DEBUG)
    failed = await failure_of(settings_for(tls_url))
    assert isinstance(failed.error, ConnectError)
    assert TOKEN not in caplog.text + "".join(format_exception(failed.error))


@every_way_to_send_a_token
async def test_no_token_is_in_a_log_or_an_error_when_an_open_session_breaks(
    caplog: pytest.LogCaptureFixture,
    websocket_server: StartWebsocketServer,
    settings_for: Callable[[str], Settings],
) -> None:
    async def break_off(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.close(1011, "broken")

    async def greet_and_break_off(connection: ServerConnection) -> None:
        await connection.send('{"message_type":"session_started","session_id":"1"}')
        await break_off(connection)

    caplog.set_level(logging.DEBUG)
    failed = await failure_of(settings_for(await websocket_server(greet_and_break_off)))
    assert isinstance(failed.error, (ConnectionLostError, ProtocolViolationError))
    assert TOKEN not in caplog.text + "".join(format_exception(failed.error))

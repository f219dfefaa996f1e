"""When an attempt to connect is cancelled, its socket is closed at once, in every stage."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from patience import PATIENCE_S
from proxying import SERVICE, HttpProxy, http_proxy
from transports import request
from watched_sockets import on_watching_loop, watching_loop
from wyoming_bridge.providers.contract import HttpRequest
from wyoming_bridge.session import WebsocketConnector

HERE = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Route:
    """A way to a service: the scheme of its address, and that of the proxy's address."""

    scheme: str
    proxy: str | None = None

    def __str__(self) -> str:
        return f"{self.scheme}-via-{self.proxy}" if self.proxy else self.scheme


ROUTES = [
    Route(scheme, proxy)
    for scheme in ("ws", "wss", "http", "https")
    for proxy in (None, "http", "https")
]
TUNNELS = [route for route in ROUTES if route.proxy and route.scheme != "http"]
ENCRYPTED = [route for route in ROUTES if route.scheme in {"wss", "https"}]


@dataclass(kw_only=True)
class Way:
    """A way to a service on this machine, which reads and never answers."""

    connect: Callable[[], Awaitable[object]]
    port: int
    """The first port to which an attempt connects: that of the proxy, if there is one."""
    proxy: HttpProxy | None
    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def way(
    route: Route, certificate: tuple[Path, Path], *, deaf: bool = False
) -> AsyncIterator[Way]:
    """Run a service that never answers. A deaf one does not even answer a TLS handshake."""
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(*certificate)
    trust = ssl.create_default_context(cafile=certificate[0])
    found = Way(connect=lambda: connect(route, trust, port), port=0, proxy=None)

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.accepted.set()
        with suppress(OSError):
            while await reader.read(1 << 16):
                found.asked.set()
        writer.close()

    tls = own if route in ENCRYPTED and not deaf else None
    async with await asyncio.start_server(take, HERE, 0, ssl=tls) as server:
        port = found.port = server.sockets[0].getsockname()[1]
        if route.proxy is None:
            yield found
            return
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("SSL_CERT_FILE", str(certificate[0]))
            async with http_proxy(tls=own if route.proxy == "https" else None) as proxy:
                environment.setenv("ALL_PROXY", f"{route.proxy}://{HERE}:{proxy.port}")
                environment.setenv("HTTP_PROXY", f"{route.proxy}://{HERE}:{proxy.port}")
                proxy.target = (HERE, port)
                found.port, found.proxy = proxy.port, proxy
                yield found


async def connect(route: Route, trust: ssl.SSLContext, port: int) -> object:
    url = f"{route.scheme}://{SERVICE if route.proxy else HERE}:{port}/"
    connector = WebsocketConnector(ssl_context=trust, open_timeout_s=PATIENCE_S)
    if route.scheme in {"ws", "wss"}:
        return await connector.open(request(url), provider="test")
    asked = HttpRequest(method="GET", url=url, shown_url=url)
    return await connector.ask(asked, provider="test")


async def cancelled(attempt: asyncio.Task[object]) -> None:
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt


@pytest.mark.parametrize("route", ROUTES, ids=str)
@on_watching_loop
async def test_a_connection_that_succeeds_as_the_attempt_is_cancelled_is_closed(
    route: Route, certificate: tuple[Path, Path]
) -> None:
    loop = watching_loop()
    async with way(route, certificate) as to:
        attempt = asyncio.ensure_future(to.connect())
        loop.port, loop.on_connected = to.port, attempt.cancel
        with pytest.raises(asyncio.CancelledError):
            await attempt

        assert len(loop.sockets) == 1
        assert await loop.open_sockets() == []


@pytest.mark.parametrize("route", TUNNELS, ids=str)
@on_watching_loop
async def test_an_attempt_that_waits_for_the_proxys_answer_is_closed(
    route: Route, certificate: tuple[Path, Path]
) -> None:
    loop = watching_loop()
    async with way(route, certificate) as to:
        assert to.proxy
        loop.port, to.proxy.mute = to.port, True
        attempt = asyncio.ensure_future(to.connect())
        async with asyncio.timeout(PATIENCE_S):
            while not to.proxy.heads:  # noqa: ASYNC110 - the proxy has no event for it
                await asyncio.sleep(0)
        await cancelled(attempt)

        assert await loop.open_sockets() == []


@pytest.mark.parametrize("route", ENCRYPTED, ids=str)
@on_watching_loop
async def test_an_attempt_in_a_tls_handshake_is_closed(
    route: Route, certificate: tuple[Path, Path]
) -> None:
    loop = watching_loop()
    async with way(route, certificate, deaf=True) as to:
        loop.port = to.port
        attempt = asyncio.ensure_future(to.connect())
        async with asyncio.timeout(PATIENCE_S):
            await to.asked.wait()  # for the host's part of the handshake
        await cancelled(attempt)

        assert await loop.open_sockets() == []


@pytest.mark.parametrize("route", ROUTES, ids=str)
@on_watching_loop
async def test_an_attempt_is_closed_in_whichever_turn_of_the_loop_it_is_cancelled(
    route: Route, certificate: tuple[Path, Path]
) -> None:
    loop = watching_loop()
    async with way(route, certificate) as to:
        loop.port = to.port
        turns = 0
        while not to.asked.is_set():
            attempt = asyncio.ensure_future(to.connect())
            for _ in range(turns):
                await asyncio.sleep(0)
            await cancelled(attempt)

            assert await loop.open_sockets() == [], f"after {turns} turns"
            turns += 1

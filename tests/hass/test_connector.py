"""HTTP requests to a service through Home Assistant's own client."""

import asyncio
import errno
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientOSError,
    web,
)
from aiohttp.client_reqrep import ConnectionKey
from homeassistant.core import HomeAssistant

from custom_components.wyoming_bridge import connector
from custom_components.wyoming_bridge.bridge import (
    ConnectError,
    ConnectTimeoutError,
    ErrorText,
    HttpAnswer,
    HttpRequest,
)
from custom_components.wyoming_bridge.connector import HomeAssistantConnector
from foreign_servers import ForeignServers

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Site = Callable[[Answer], Awaitable[str]]

SECRET = "t0ken"


@pytest.fixture
async def site(
    aiohttp_server: Callable[[web.Application], Awaitable[Any]], socket_enabled: None
) -> Site:
    """Return a function that starts a web server with one response and returns its URL."""

    async def start(answer: Answer) -> str:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        return str((await aiohttp_server(app)).make_url("/start"))

    return start


async def ask(hass: HomeAssistant, url: str, *, method: str = "POST") -> HttpAnswer:
    request = HttpRequest(
        method=method, url=f"{url}?token={SECRET}", shown_url=url, headers={"X-Key": SECRET}
    )
    return await HomeAssistantConnector(hass).ask(request, provider="scriptix")


async def test_a_request_is_sent_with_its_headers(hass: HomeAssistant, site: Site) -> None:
    asked: list[web.Request] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request)
        return web.json_response({"ready": True}, status=202, headers={"X-Wait": "3"})

    answered = await ask(hass, await site(answer))

    assert (answered.status, answered.body) == (202, '{"ready": true}')
    assert answered.headers["x-wait"] == "3"
    (request,) = asked
    assert (request.method, request.headers["X-Key"]) == ("POST", SECRET)
    assert request.query["token"] == SECRET


async def test_a_response_with_an_error_status_is_returned(hass: HomeAssistant, site: Site) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=401, text="who are you?")

    answered = await ask(hass, await site(answer), method="GET")

    assert (answered.status, answered.body) == (401, "who are you?")


async def test_a_redirect_is_not_followed_with_the_token(hass: HomeAssistant, site: Site) -> None:
    paths: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        paths.append(request.path)
        raise web.HTTPFound("/another-host")

    answered = await ask(hass, await site(answer))

    assert answered.status == 302
    assert paths == ["/start"]


async def test_a_response_may_arrive_in_pieces(hass: HomeAssistant, site: Site) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for piece in (b'{"ready"', b": ", b"true}"):
            await response.write(piece)
            await asyncio.sleep(0.01)  # so that each is a separate packet
        return response

    assert (await ask(hass, await site(answer))).body == '{"ready": true}'


async def test_a_long_response_is_cut_off(hass: HomeAssistant, site: Site) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"x" * 4096)
        return response

    assert (await ask(hass, await site(answer))).body == "x" * 64 * 1024


async def test_a_server_that_does_not_listen_is_a_connect_error(
    hass: HomeAssistant, foreign_servers: ForeignServers
) -> None:
    port = foreign_servers.unused_port()

    with pytest.raises(ConnectError, match=f"127.0.0.1:{port} refuses connections") as failed:
        await ask(hass, f"http://127.0.0.1:{port}")

    assert SECRET not in str(failed.value)
    assert failed.value.text is ErrorText.CONNECTION_REFUSED


async def test_a_server_that_hangs_up_is_named(
    hass: HomeAssistant, foreign_servers: ForeignServers
) -> None:
    port = await foreign_servers.start(b"", closes=True)

    with pytest.raises(ConnectError) as failed:
        await ask(hass, f"http://127.0.0.1:{port}")

    assert failed.value.text is ErrorText.CONNECTION_CLOSED


KEY = ConnectionKey("service.invalid", 443, True, True, None, None, None)


def too_new() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = 9  # X509_V_ERR_CERT_NOT_YET_VALID
    return error


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (ClientConnectorCertificateError(KEY, too_new()), ErrorText.CERTIFICATE_TOO_NEW),
        (
            # The error of Home Assistant's resolver has no number.
            ClientConnectorDNSError(KEY, OSError(None, "Domain name not found")),
            ErrorText.NAME_NOT_RESOLVED,
        ),
        (
            ClientConnectorError(KEY, OSError(errno.EMFILE, "Too many open files")),
            ErrorText.TOO_MANY_OPEN_FILES,
        ),
        (ClientOSError(errno.ECONNRESET, "Connection reset"), ErrorText.CONNECTION_CLOSED),
    ],
)
async def test_the_error_has_the_reason_that_the_client_reports(
    failure: ClientError, text: ErrorText, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing:
        def request(self, *_values: object, **_named: object) -> None:
            raise failure

    monkeypatch.setattr(connector, "async_get_clientsession", lambda _hass: Failing())

    with pytest.raises(ConnectError) as failed:
        await ask(hass, "https://service.invalid")

    assert failed.value.text is text
    assert failed.value.provider == "scriptix"
    assert SECRET not in str(failed.value)


@pytest.fixture
async def gate() -> AsyncIterator[asyncio.Event]:
    """Return an event that is set at the end of the test."""
    gate = asyncio.Event()
    yield gate
    gate.set()


async def test_a_late_response_is_a_timeout(
    hass: HomeAssistant, site: Site, gate: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connector, "_TIMEOUT_S", 0.1)

    async def answer(request: web.Request) -> web.StreamResponse:
        await gate.wait()
        return web.Response()

    with pytest.raises(ConnectTimeoutError, match=r"did not respond within 0\.1 s"):
        await ask(hass, await site(answer))

"""The part of a Supervisor that forwards Home Assistant's ingress to an app.

It shares no code with the Supervisor. The rules are those of Supervisor 2026.08
(``supervisor/api/ingress.py``). A request needs the cookie of a session. The app gets the path
without its prefix, the body in one piece, and websockets message by message.
"""

import asyncio
from typing import Final, Self

from aiohttp import ClientSession, ClientWebSocketResponse, DummyCookieJar, WSMsgType, web
from multidict import CIMultiDict

__all__ = ["SESSION", "TOKEN", "IngressSupervisor"]

TOKEN: Final = "t0k3n-in-the-address"
"""The part of the address by which the Supervisor identifies the app."""

SESSION: Final = "s3ss10n-of-a-user"

_OF_A_CONNECTION: Final = frozenset(
    {
        "content-length",
        "content-encoding",
        "transfer-encoding",
        "sec-websocket-extensions",
        "sec-websocket-key",
        "sec-websocket-protocol",
        "sec-websocket-version",
    }
)

_Socket = web.WebSocketResponse | ClientWebSocketResponse


class IngressSupervisor:
    """Forwards requests to the page of an app at ``app_url``."""

    def __init__(self, app_url: str) -> None:
        self.host = ""
        """Where Home Assistant reaches this Supervisor: ``host:port``."""
        self.paths: set[str] = set()
        """The paths that clients have requested from the app."""
        self._app_url = app_url
        self._http: ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/ingress/{token}/{path:.*}", self._forward)
        self._http = ClientSession(cookie_jar=DummyCookieJar())
        self._runner = web.AppRunner(app, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.host = f"{host}:{port}"
        return self

    async def __aexit__(self, *_raised: object) -> None:
        assert self._runner
        assert self._http
        await self._runner.cleanup()
        await self._http.close()

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        if request.cookies.get("ingress_session") != SESSION:
            return web.Response(status=401)
        if request.match_info["token"] != TOKEN:
            return web.Response(status=503)
        path = request.match_info["path"]
        self.paths.add(path)
        url = f"{self._app_url}{path}"
        headers = _without_connection(request.headers)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._forward_socket(request, url, headers)
        assert self._http
        async with self._http.request(
            request.method,
            url,
            params=request.query,
            headers=headers,
            data=await request.read(),
            allow_redirects=False,
        ) as answer:
            return web.Response(
                status=answer.status,
                headers=_without_connection(answer.headers),
                body=await answer.read(),
            )

    async def _forward_socket(
        self, request: web.Request, url: str, headers: CIMultiDict[str]
    ) -> web.WebSocketResponse:
        browser = web.WebSocketResponse(autoclose=False, autoping=False)
        await browser.prepare(request)
        assert self._http
        async with self._http.ws_connect(
            url, headers=headers, autoclose=False, autoping=False
        ) as app:
            ways = [
                asyncio.create_task(_copy(browser, app)),
                asyncio.create_task(_copy(app, browser)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        return browser


async def _copy(source: _Socket, target: _Socket) -> None:
    async for message in source:
        match message.type:
            case WSMsgType.TEXT:
                await target.send_str(message.data)
            case WSMsgType.BINARY:
                await target.send_bytes(message.data)
            case WSMsgType.PING:
                await target.ping(message.data)
            case WSMsgType.PONG:
                await target.pong(message.data)


def _without_connection(headers: object) -> CIMultiDict[str]:
    assert hasattr(headers, "items")
    return CIMultiDict(
        (name, value) for name, value in headers.items() if name.lower() not in _OF_A_CONNECTION
    )

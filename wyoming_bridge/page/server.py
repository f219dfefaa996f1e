"""The HTTP server of the page."""

import logging
import socket
from collections.abc import Iterable
from dataclasses import asdict
from typing import Final

from aiohttp import web

from ..access import Access
from ..errors import BridgeError
from ..listening import AddressWait, bind
from ..recorder import NewUtterance, Recorder, Recording, Trace
from ..version import VERSION
from ..web.server import Handler, WebServer, connection_of, headers_of
from .answers import HEADERS, MAX_BODY_BYTES, error_answer, refused
from .files import own_files
from .guard import PageGuard
from .live import LiveUtterances
from .login import Login
from .recordings import RecordingRequests
from .settings import PageSettings
from .sockets import PageSockets
from .speech import Speech

__all__ = ["PageServer"]

_log = logging.getLogger(__name__)

_PAGES: Final = {"/": "index.html", "/captions": "captions.html"}

_OPEN: Final = ("/static/", "/login", "/logout")
"""The paths that need no login: those of the login itself, and files that contain no secret."""

_KEPT_HEADERS: Final = frozenset({"Allow", "Content-Range"})
"""The headers that are copied from the framework's error to the answer."""

_EVERYWHERE: Final = frozenset({"*", "::", "0.0.0.0"})  # noqa: S104 - the addresses are only compared

_MAX_CONNECTIONS: Final = 64
"""The number of concurrent connections. A browser opens up to six for requests, and one more for
each websocket."""

_REQUEST_TIMEOUT_S: Final = 10.0

_SEND_BUFFER_BYTES: Final = 128 * 1024
"""The limit of unsent data per connection. Without it, the operating system keeps up to 4 MB for a
page that does not read."""

_RECEIVE_BUFFER_BYTES: Final = 16 * 1024
"""The limit of unread data per connection. Without it, up to 256 kB are parsed at once. If these
are chunks of one byte, that takes 0.2 s, in which the bridge does nothing else. A microphone sends
up to 192 kB per second, for which this limit is enough if the round trip takes up to 80 ms."""


class PageServer:
    """Serves the page, and sends it the utterances of the bridge."""

    def __init__(
        self,
        settings: PageSettings,
        *,
        access: Access,
        speech: Speech,
        recorder: Recorder | None,
        secrets: Iterable[str],
    ) -> None:
        """Create the server without starting it.

        An export of a recording must not contain any of ``secrets``.

        Raises:
            ConfigError: Other devices could use the page without a token.
        """
        self.url = ""
        """The address for a browser on this machine. ``start`` sets it."""
        self._settings = settings
        self._guard = PageGuard(settings, access)
        self.port = settings.port
        """The port. If the settings have 0, ``start`` replaces it with the port that was chosen."""
        self._login = Login(access)
        self._live = LiveUtterances(recorder=recorder)
        self._sockets = PageSockets(
            live=self._live,
            speech=speech,
            hello=lambda request: {
                "version": VERSION,
                "profiles": [asdict(each) for each in speech.profiles],
                "is_logged_in": self._login.is_logged_in(request),
            },
        )
        recordings = RecordingRequests(
            recorder=recorder, live=self._live, speech=speech, secrets=secrets
        )
        self._files = own_files()
        app = web.Application(middlewares=[self._admit], client_max_size=MAX_BODY_BYTES)
        app.on_response_prepare.append(_add_headers)
        app.add_routes(
            [
                *(web.get(path, self._page) for path in _PAGES),
                web.get("/static/{name}", self._file),
                *self._login.routes(),
                *self._sockets.routes(),
                *recordings.routes(),
            ]
        )
        self._server = WebServer(
            app, max_connections=_MAX_CONNECTIONS, request_timeout_s=_REQUEST_TIMEOUT_S
        )

    def observe(self, about: NewUtterance) -> Trace | None:
        """Return the observer of a new utterance; None if it is neither recorded nor watched."""
        return self._live.observe(about)

    def recorded(self, recording: Recording) -> None:
        """Show a new recording on all open pages."""
        self._live.recorded(recording)

    async def start(self, *, wait: AddressWait) -> None:
        """Listen, and set ``url``. ``wait`` limits the wait for an address that does not exist yet.

        Raises:
            ConfigError: The address cannot be used.
            ListenError: The machine did not have the address in time.
        """
        sockets = await bind(self._settings.host, self._settings.port, wait=wait)
        for sock in sockets:  # accepted sockets inherit these options
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        self.port = sockets[0].getsockname()[1]
        host = "127.0.0.1" if self._settings.host in _EVERYWHERE else self._settings.host
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self.port}/"
        await self._server.start(sockets)

    async def stop(self) -> None:
        """Close the connections of all pages. A second call does nothing."""
        self._server.refuse_new()
        await self._sockets.stop()
        await self._server.stop()

    @web.middleware
    async def _admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Check a request, then let its handler answer. Turn errors into answers in JSON."""
        if connection_of(request).is_refused:
            return refused(503, f"max {_MAX_CONNECTIONS} concurrent connections reached")
        headers, peer = headers_of(request), request.remote or ""
        problem = self._guard.problem(
            peer=peer,
            method=request.method,
            is_upgrade="upgrade" in headers,
            headers=headers,
            port=self.port,
        )
        if problem:
            _log.debug("refused a request for the page: %s", problem)
            return refused(403, problem)
        must_log_in = (
            self._guard.needs_login(peer=peer, headers=headers)
            and not request.path.startswith(_OPEN)
            and not self._login.is_logged_in(request)
        )
        try:
            if must_log_in and request.path in _PAGES:
                return self._file_named("login.html")
            return refused(401, "log in first") if must_log_in else await handler(request)
        except BridgeError as error:
            return error_answer(error)
        except web.HTTPException as error:
            answer = refused(error.status, " ".join((error.text or error.reason).split()))
            answer.headers.update({n: v for n, v in error.headers.items() if n in _KEPT_HEADERS})
            return answer

    async def _page(self, request: web.Request) -> web.StreamResponse:
        return self._file_named(_PAGES[request.path])

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return self._file_named(request.match_info["name"])

    def _file_named(self, name: str) -> web.Response:
        if name not in self._files:
            raise web.HTTPNotFound
        content, content_type = self._files[name]
        return web.Response(body=content, content_type=content_type, charset="utf-8")


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)

"""The paths of all services, and the handlers that answer requests at them."""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from ..providers.contract import HttpAnswer
from ..providers.emulator import RequestHandler, ServiceEmulator, UploadHandler
from ..providers.server_request import ServerRequest
from ..web.server import Handler, connection_of
from .engine import Engine
from .rare_log import RareLog
from .requests import head_of, read_request, written
from .socket_sessions import SocketSessions
from .upload_answer import answer_upload

__all__ = ["Routes"]


class Routes:
    """Gives each request to the service that it is for: a query, an upload or a websocket."""

    def __init__(
        self,
        emulators: Sequence[ServiceEmulator],
        *,
        engine: Engine,
        sessions: SocketSessions,
        limit_s: float,
        refused: RareLog,
    ) -> None:
        """Create the routes of services. Requests on a shared path are offered in this order.

        ``limit_s`` is how long a client may take to send a request. ``refused`` logs the clients
        that a service refuses.
        """
        self._emulators = emulators
        self._engine = engine
        self._sessions = sessions
        self._limit_s = limit_s
        self._refused = refused
        self._preparing = asyncio.Lock()

    def all(self) -> list[web.RouteDef]:
        """Return each service's paths, with the prefix of the service and without it."""
        routes = []
        for emulator in self._emulators:
            for (method, path), answer in emulator.requests.items():
                handler = self._answering(answer)
                routes += [
                    web.route(method, f"/{emulator.name}{path}", handler),
                    web.route(method, path, handler),
                ]
            for path, accept in emulator.uploads.items():
                routes += [
                    web.post(f"/{emulator.name}{path}", self._taking(emulator, accept)),
                    web.post(path, self._taking(emulator, accept)),
                ]
            routes += [
                web.get(f"/{emulator.name}{path}", self._serving(path, emulator))
                for path in emulator.websockets
            ]
        for path in sorted({path for emulator in self._emulators for path in emulator.websockets}):
            sharing = [emulator for emulator in self._emulators if path in emulator.websockets]
            routes.append(web.get(path, self._serving(path, *sharing)))
        return routes

    def _answering(self, answer: RequestHandler) -> Handler:
        async def respond(request: web.Request) -> web.StreamResponse:
            return written(answer(await self._read(request), asyncio.get_running_loop().time()))

        return respond

    def _taking(self, emulator: ServiceEmulator, accept: UploadHandler) -> Handler:
        """Return a handler of requests whose body is audio."""

        async def take(request: web.Request) -> web.StreamResponse:
            asked = await self._prepared(emulator, head_of(request))
            protocol = accept(asked, asyncio.get_running_loop().time())
            if isinstance(protocol, HttpAnswer):
                return written(protocol)
            return await answer_upload(
                request,
                protocol,
                engine=self._engine,
                refused=self._refused,
                limit_s=self._limit_s,
                gone=connection_of(request).gone,
            )

        return take

    async def _read(self, request: web.Request) -> ServerRequest:
        return await read_request(request, limit_s=self._limit_s)

    async def _prepared(self, emulator: ServiceEmulator, asked: ServerRequest) -> ServerRequest:
        """Do the slow part of reading a request in a thread, for one request at a time."""
        prepare = emulator.preparation(asked, asyncio.get_running_loop().time())
        if prepare is None:
            return asked
        async with self._preparing:
            return await asyncio.to_thread(prepare)

    def _serving(self, path: str, *emulators: ServiceEmulator) -> Handler:
        """Return a handler for the services that share a path."""

        async def serve(request: web.Request) -> web.StreamResponse:
            asked = await self._read(request)
            *sharing, last = emulators  # ``last`` gets the requests that no other one recognises
            emulator = next((each for each in sharing if each.recognises(asked)), last)
            asked = await self._prepared(emulator, asked)
            return await self._sessions.serve(request, asked, path=path, emulator=emulator)

        return serve

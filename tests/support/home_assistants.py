"""A small Home Assistant for tests, which speaks Home Assistant's websocket API.

It shares no code with the package. The shapes of the messages are those of Home Assistant 2026.11.0
(``components/websocket_api``, ``components/config``, ``homeassistant/exposed_entities.py``).
"""

import asyncio
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from listeners import stop_accepting
from patience import PATIENCE_S
from ports import free_port
from transports import QUIET

Json = dict[str, Any]


class FakeHomeAssistant:
    """A home that is empty until a test adds areas and entities."""

    def __init__(self) -> None:
        self.token = "r1ght-t0k3n"
        self.is_admin = True
        self.config: Json = {"language": "en", "state": "RUNNING"}
        self.floors: list[Json] = []
        self.areas: list[Json] = []
        self.devices: list[Json] = []
        self.entries: dict[str, Json] = {}
        self.states: dict[str, Json] = {}
        self.exposed: dict[str, Json] = {}
        self.sentences: list[str] = []
        self.integrations: set[str] = {"wyoming"}
        """The integrations that are installed."""
        self.flows: list[Json] = []
        """The config flows that wait for the user."""
        self.greeting: str | None = '{"type": "auth_required", "ha_version": "2026.11.0"}'
        self.status: HTTPStatus | None = None
        """The HTTP status with which every upgrade is refused; None to open websockets."""
        self.got: list[Json] = []
        """All messages of the clients, in order."""
        self.logins = 0
        self.fetches = 0
        self._news = asyncio.Condition()
        self._events: dict[int, tuple[ServerConnection, str]] = {}
        self._watched: dict[int, tuple[ServerConnection, list[str]]] = {}
        self._server: Server | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await serve(
            self._handle,
            "127.0.0.1",
            self.port,
            process_request=self._answer_http,
            close_timeout=1,
            compression=None,
            logger=QUIET,
        )

    async def stop(self) -> None:
        """Close all connections. ``start`` continues at the same port."""
        if self._server:
            await stop_accepting(self._server.sockets)
            self._server.close()
            await self._server.wait_closed()

    async def until(self, what: Callable[[], bool]) -> None:
        """Wait until a condition is true. The condition is tested after each client message."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(what)

    def expose(
        self, entity_id: str, name: str, *, entry: Json | None = None, **attributes: str
    ) -> None:
        """Add an entity that is exposed to Assist."""
        self.exposed[entity_id] = {"conversation": True}
        self.states[entity_id] = {"friendly_name": name, **attributes}
        if entry is not None:
            self.entries[entity_id] = {"entity_id": entity_id, "aliases": [None], **entry}

    async def fire(self, event_type: str) -> None:
        """Send an event to the clients that have subscribed to events of this type."""
        for number, (connection, kind) in list(self._events.items()):
            if kind == event_type:
                event = {"event_type": kind, "data": {}, "origin": "LOCAL"}
                await _send(connection, {"id": number, "type": "event", "event": event})

    async def send_states(self, event: Json) -> None:
        """Send an event to the clients that have subscribed to the states of entities."""
        for number, (connection, _) in list(self._watched.items()):
            await _send(connection, {"id": number, "type": "event", "event": event})

    def _answer_http(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.status is not None:
            return connection.respond(self.status, "")
        if request.path != "/api/websocket":
            return connection.respond(HTTPStatus.NOT_FOUND, "404: Not Found")
        return None

    async def _handle(self, connection: ServerConnection) -> None:
        self._events.clear()
        self._watched.clear()
        if self.greeting is not None:
            await connection.send(self.greeting)
        async for text in connection:
            message = json.loads(text)
            if message["type"] == "auth" and not await self._login(connection, message):
                return
            if message["type"] != "auth":
                await self._answer(connection, message)
            async with self._news:
                self.got.append(message)
                self._news.notify_all()

    async def _login(self, connection: ServerConnection, message: Json) -> bool:
        async with self._news:
            self.logins += 1
            self._news.notify_all()
        if message["access_token"] != self.token:
            said = "Invalid access token or password"
            await _send(connection, {"type": "auth_invalid", "message": said})
            return False
        await _send(connection, {"type": "auth_ok", "ha_version": "2026.11.0"})
        return True

    async def _answer(self, connection: ServerConnection, message: Json) -> None:
        number, kind = message["id"], message["type"]
        if kind == "homeassistant/expose_entity/list" and not self.is_admin:
            await _fail(connection, number, "unauthorized", "Unauthorized")
            return
        if kind == "manifest/get" and message["integration"] not in self.integrations:
            await _fail(connection, number, "not_found", "Integration not found")
            return
        if kind == "get_config":
            self.fetches += 1
        elif kind == "subscribe_events":
            self._events[number] = (connection, message["event_type"])
        elif kind == "subscribe_entities":
            self._watched[number] = (connection, message["entity_ids"])
        elif kind == "unsubscribe_events":
            del self._watched[message["subscription"]]
        results: dict[str, object] = {
            "get_config": self.config,
            "config/floor_registry/list": self.floors,
            "config/area_registry/list": self.areas,
            "config/device_registry/list": self.devices,
            "homeassistant/expose_entity/list": {"exposed_entities": self.exposed},
            "conversation/sentences/list": {"trigger_sentences": self.sentences},
            "manifest/get": {"domain": message.get("integration")},
            "config_entries/flow/progress": self.flows,
            "config/entity_registry/get_entries": {
                each: self.entries.get(each) for each in message.get("entity_ids", ())
            },
        }
        result = results.get(kind)
        await _send(connection, {"id": number, "type": "result", "success": True, "result": result})
        if kind == "subscribe_entities":
            added = {
                each: {"s": "on", "a": self.states[each], "c": "01K", "lc": 1.0}
                for each in message["entity_ids"]
                if each in self.states
            }
            await _send(connection, {"id": number, "type": "event", "event": {"a": added}})


async def _send(connection: ServerConnection, message: Json) -> None:
    await connection.send(json.dumps(message))


async def _fail(connection: ServerConnection, number: int, code: str, text: str) -> None:
    error = {"code": code, "message": text}
    await _send(connection, {"id": number, "type": "result", "success": False, "error": error})

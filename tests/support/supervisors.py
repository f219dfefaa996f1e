"""A small Supervisor for tests, in front of a Home Assistant. It shares no code with the package.

The paths, the answers and the rules are those of Supervisor 2026.08 (``supervisor/api/utils.py``,
``supervisor/api/discovery.py``, ``supervisor/discovery/__init__.py``) and of Home Assistant
2026.11.0 (``components/websocket_api``, ``components/config/config_entries.py``).
"""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, web

from home_assistants import FakeHomeAssistant
from patience import PATIENCE_S

Json = dict[str, Any]


class FakeSupervisor:
    """A Supervisor that runs one app, which may announce itself to two integrations."""

    def __init__(self) -> None:
        self.token = "s3cr3t"
        self.listed = {"wyoming", "wyoming_bridge"}
        """The services that the app's ``config.yaml`` lists under ``discovery``."""
        self.home = FakeHomeAssistant()
        self.messages: dict[str, Json] = {}
        """The announcements by their id."""
        self.is_home_running = True
        self.is_user_faster = False
        """Whether the user finishes a config flow just before the app asks to close the flow."""
        self.done: list[str] = []
        """The effects of the app's requests, in order, except announcements that change nothing."""
        self.checks = 0
        """How often the app has asked Home Assistant for its config flows."""
        self.url = ""
        self._news = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    def add_flow(self, *, app: str, message: str, handler: str = "wyoming", **context: Any) -> Json:
        """Add the config flow that Home Assistant starts for an app that announces itself."""
        flow = {
            "flow_id": uuid.uuid4().hex,
            "handler": handler,
            "step_id": "hassio_confirm",
            "context": {
                "source": "hassio",
                "unique_id": message,
                "title_placeholders": {"name": "An app"},
                "configuration_url": f"homeassistant://config/app/{app}/info",
                **context,
            },
        }
        self.home.flows.append(flow)
        return flow

    async def start(self, *, port: int = 0) -> None:
        await self.home.start()
        app = web.Application()
        app.add_routes(
            [
                web.get("/core/websocket", self._websocket),
                web.post("/discovery", self._announce),
                web.delete("/discovery/{uuid}", self._withdraw),
                web.delete("/core/api/config/config_entries/flow/{flow}", self._close_form),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        assert self._runner
        await self._runner.cleanup()
        await self.home.stop()

    async def until(self, what: Callable[[], bool]) -> None:
        """Wait until a condition is true, which is tested after each request."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(what)

    async def _note(self, line: str = "") -> None:
        async with self._news:
            if line:
                self.done.append(line)
            self._news.notify_all()

    def _is_app(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {self.token}"

    async def _announce(self, request: web.Request) -> web.Response:
        if not self._is_app(request):
            return web.Response(status=401, text="401: Unauthorized")
        body = await request.json()
        service, config = body["service"], body["config"]
        if service not in self.listed:
            said = "Apps must list services they provide via discovery in their config!"
            return web.json_response({"result": "error", "message": said}, status=403)
        known = [each for each in self.messages.values() if each["service"] == service]
        message = known[0] if known else {"uuid": uuid.uuid4().hex, "service": service}
        is_new = message.get("config") != config
        self.messages[message["uuid"]] = {**message, "config": config}
        await self._note(f"announce {service}" if is_new else "")
        return web.json_response({"result": "ok", "data": {"uuid": message["uuid"]}})

    async def _withdraw(self, request: web.Request) -> web.Response:
        if self.messages.pop(request.match_info["uuid"], None) is None:
            said = {"result": "error", "message": "Discovery message not found"}
            return web.json_response(said, status=404)
        await self._note("withdraw")
        return web.json_response({"result": "ok", "data": {}})

    async def _close_form(self, request: web.Request) -> web.Response:
        flow = next(
            (f for f in self.home.flows if f["flow_id"] == request.match_info["flow"]), None
        )
        if flow and self.is_user_faster:
            self.home.flows.remove(flow)
        if flow is None or self.is_user_faster:
            return web.json_response({"message": "Invalid flow specified"}, status=404)
        self.home.flows.remove(flow)
        await self._note("close form")
        return web.json_response({"message": "Flow aborted"})

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        if not self.is_home_running:
            await self._note("home is away")
            return web.Response(status=502, text="502: Bad Gateway")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "auth_required", "ha_version": "2026.11.0"})
        if (await socket.receive_json())["access_token"] != self.token:
            await socket.send_json({"type": "auth_invalid", "message": "Invalid access"})
            await self._note("wrong token")
            return socket
        await socket.send_json({"type": "auth_ok", "ha_version": "2026.11.0"})
        url = f"{self.home.url}/api/websocket"
        async with ClientSession() as session, session.ws_connect(url) as home:
            await home.receive()  # auth_required
            await home.send_json({"type": "auth", "access_token": self.home.token})
            await home.receive()  # auth_ok
            answers = asyncio.create_task(_forward(home, socket), name="answers of Home Assistant")
            async for message in socket:
                self.checks += message.json()["type"] == "config_entries/flow/progress"
                await home.send_str(message.data)
                await self._note()
            answers.cancel()
            await asyncio.gather(answers, return_exceptions=True)
        return socket


async def _forward(home: ClientWebSocketResponse, socket: web.WebSocketResponse) -> None:
    async for message in home:
        await socket.send_str(message.data)

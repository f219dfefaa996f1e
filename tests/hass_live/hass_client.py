"""A client of Home Assistant's REST API and websocket API."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp

from patience import PATIENCE_S
from waiting import eventually

__all__ = ["Entry", "FlowStep", "HassClient", "HassSocket", "Json", "RefusedError", "Watch"]

Json = Mapping[str, object]

_FLOW: Final = "/api/config/config_entries/flow"
_SUBENTRY_FLOW: Final = "/api/config/config_entries/subentries/flow"
_OPTIONS_FLOW: Final = "/api/config/config_entries/options/flow"


class RefusedError(Exception):
    """Home Assistant refused a request; the message is Home Assistant's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStep:
    """The current step of a flow."""

    flow_id: str
    kind: str
    """`form`, `menu`, `create_entry` or `abort`."""
    step_id: str
    errors: Mapping[str, str]
    """The errors by field; `base` is for the whole form."""
    fields: tuple[str, ...]
    menu: tuple[str, ...]
    reason: str
    """The reason why the flow was aborted."""
    entry_id: str
    """The entry that the flow created."""
    title: str
    path: str
    """The path to which the next values are sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A config entry."""

    entry_id: str
    domain: str
    title: str
    state: str
    """`loaded`, `setup_retry`, `setup_error` and others."""
    reason: str


class HassSocket:
    """One connection to the websocket API."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._last_id = 0

    async def send(self, kind: str, **fields: object) -> int:
        """Send a command and return its number."""
        self._last_id += 1
        await self._socket.send_json({"id": self._last_id, "type": kind, **fields})
        return self._last_id

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary message."""
        await self._socket.send_bytes(data)

    async def receive(self, number: int) -> Json:
        """Return the next message that belongs to a command."""
        while True:
            message: Json = await self._socket.receive_json()
            if message.get("id") == number:
                return message

    async def result(self, number: int) -> object:
        """Return the result of a command.

        Raises:
            RefusedError: The command failed.
        """
        message = await self.receive(number)
        while message["type"] != "result":
            message = await self.receive(number)
        if not message["success"]:
            raise RefusedError(str(message["error"]))
        return message["result"]

    async def command(self, kind: str, **fields: object) -> object:
        """Send a command and return its result.

        Raises:
            RefusedError: The command failed.
            TimeoutError: There was no result in time.
        """
        async with asyncio.timeout(PATIENCE_S):
            return await self.result(await self.send(kind, **fields))


class Watch:
    """The states of an entity, in order. States that are not read yet are queued."""

    def __init__(self, socket: HassSocket, number: int, entity_id: str) -> None:
        self._socket = socket
        self._number = number
        self._entity_id = entity_id

    async def until(self, last: Callable[[Json], bool]) -> list[Json]:
        """Return all states up to the first state for which ``last`` returns True."""
        states: list[Json] = []
        async with asyncio.timeout(PATIENCE_S):
            while not states or not last(states[-1]):
                event = mapping((await self._socket.receive(self._number))["event"])
                data = mapping(event["data"])
                if data["entity_id"] == self._entity_id:
                    states.append(mapping(data["new_state"]))
        return states


class HassClient:
    """A client with the owner's permissions."""

    def __init__(self, session: aiohttp.ClientSession, *, token: str) -> None:
        self._session = session
        self.token = token
        """The owner's access token."""

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[HassSocket]:
        """Open a connection to the websocket API."""
        async with self._session.ws_connect("/api/websocket", max_msg_size=0) as socket:
            await socket.receive_json()  # auth_required
            await socket.send_json({"type": "auth", "access_token": self.token})
            answer: Json = await socket.receive_json()
            if answer["type"] != "auth_ok":
                raise RefusedError(str(answer))
            yield HassSocket(socket)

    async def command(self, kind: str, **fields: object) -> object:
        """Send one command of the websocket API on a new connection.

        Raises:
            RefusedError: Home Assistant refused the token, or the command failed.
            TimeoutError: There was no result in time.
        """
        async with self.socket() as socket:
            return await socket.command(kind, **fields)

    async def get(self, path: str) -> object:
        """Return the response to a GET request of the REST API.

        Raises:
            RefusedError: The response is an error.
            TimeoutError: There was no response in time.
        """
        return await self._request("GET", path)

    async def post(self, path: str, body: Mapping[str, object]) -> object:
        """Return the response to a POST request of the REST API.

        Raises:
            RefusedError: The response is an error.
            TimeoutError: There was no response in time.
        """
        return await self._request("POST", path, body)

    async def _request(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> object:
        timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
        async with self._session.request(method, path, json=body, timeout=timeout) as response:
            if not response.ok:
                raise RefusedError(f"{response.status} {await response.text()}")
            answer: object = await response.json()
            return answer

    async def started(self, *, within_s: float) -> None:
        """Wait until Home Assistant has set up everything."""

        async def look() -> bool | None:
            state = mapping(await self.command("get_config"))["state"]
            return True if state == "RUNNING" else None

        await eventually(look, within_s=within_s, what="Home Assistant to run")

    async def start_flow(self, domain: str, *, reconfigure: str | None = None) -> FlowStep:
        """Start to add an integration, or to reconfigure one of its entries."""
        body: dict[str, object] = {"handler": domain}
        if reconfigure is not None:
            body["entry_id"] = reconfigure
        return _step(await self.post(_FLOW, body), _FLOW)

    async def start_subentry_flow(
        self, entry_id: str, kind: str, *, reconfigure: str | None = None
    ) -> FlowStep:
        """Start to add a subentry to an entry, or to reconfigure one of its subentries."""
        body: dict[str, object] = {"handler": [entry_id, kind]}
        if reconfigure is not None:
            body["subentry_id"] = reconfigure
        return _step(await self.post(_SUBENTRY_FLOW, body), _SUBENTRY_FLOW)

    async def start_options_flow(self, entry_id: str) -> FlowStep:
        """Start to change an entry's options."""
        return _step(await self.post(_OPTIONS_FLOW, {"handler": entry_id}), _OPTIONS_FLOW)

    async def resume_flow(self, flow_id: str) -> FlowStep:
        """Return the current step of a flow that Home Assistant has started."""
        return _step(await self.get(f"{_FLOW}/{flow_id}"), _FLOW)

    async def answer(self, step: FlowStep, **fields: object) -> FlowStep:
        """Submit the values of a step, and return the next step."""
        return _step(await self.post(f"{step.path}/{step.flow_id}", fields), step.path)

    async def choose(self, step: FlowStep, option: str) -> FlowStep:
        """Select an option of a menu."""
        return await self.answer(step, next_step_id=option)

    async def entries(self, domain: str) -> list[Entry]:
        """Return the config entries of an integration."""
        found = await self.get(f"/api/config/config_entries/entry?domain={domain}")
        return [
            Entry(
                entry_id=text(entry, "entry_id"),
                domain=text(entry, "domain"),
                title=text(entry, "title"),
                state=text(entry, "state"),
                reason=text(entry, "reason"),
            )
            for entry in items(found)
        ]

    async def flows(self, domain: str) -> list[Json]:
        """Return the flows of an integration that Home Assistant has started."""
        found = items(await self.command("config_entries/flow/progress"))
        return [flow for flow in found if flow["handler"] == domain]

    async def entities(self, entry_id: str) -> list[Json]:
        """Return the registry entries of an entry's entities."""
        found = items(await self.command("config/entity_registry/list"))
        return [entity for entity in found if entity["config_entry_id"] == entry_id]

    async def state(self, entity_id: str) -> Json:
        """Return an entity's state and attributes."""
        return mapping(await self.get(f"/api/states/{entity_id}"))

    async def enable_entity(self, entity_id: str) -> None:
        """Enable an entity; its entry must be reloaded afterwards."""
        await self.command("config/entity_registry/update", entity_id=entity_id, disabled_by=None)

    async def reload_entry(self, entry_id: str) -> None:
        """Reload a config entry."""
        await self.post(f"/api/config/config_entries/entry/{entry_id}/reload", {})

    @asynccontextmanager
    async def watching(self, entity_id: str) -> AsyncIterator[Watch]:
        """Subscribe to the states of an entity."""
        async with self.socket() as socket:
            number = await socket.send("subscribe_events", event_type="state_changed")
            await socket.result(number)
            yield Watch(socket, number, entity_id)

    async def remove_entry(self, entry_id: str) -> None:
        """Remove a config entry."""
        await self._request("DELETE", f"/api/config/config_entries/entry/{entry_id}")

    async def call(self, domain: str, action: str, **fields: object) -> object:
        """Run an action and return its response."""
        answer = await self.command(
            "call_service",
            domain=domain,
            service=action,
            service_data=fields,
            return_response=True,
        )
        return mapping(answer)["response"]


def mapping(value: object) -> Json:
    """Return a value that must be a JSON object.

    Raises:
        TypeError: The value is not an object.
    """
    if not isinstance(value, dict):
        raise TypeError(f"expected an object, got {value!r}")
    return value


def items(value: object) -> list[Json]:
    """Return a value that must be a JSON list of objects.

    Raises:
        TypeError: The value is not a list of objects.
    """
    if not isinstance(value, list):
        raise TypeError(f"expected a list, got {value!r}")
    return [mapping(each) for each in value]


def text(value: Json, key: str) -> str:
    """Return the value of a key as text, or an empty text if the key is missing."""
    held = value.get(key)
    return "" if held is None else str(held)


def _step(answer: object, path: str) -> FlowStep:
    data = mapping(answer)
    result = data.get("result")
    errors = mapping(data.get("errors") or {})
    options = data.get("menu_options") or ()
    return FlowStep(
        flow_id=text(data, "flow_id"),
        kind=text(data, "type"),
        step_id=text(data, "step_id"),
        errors={field: str(error) for field, error in errors.items()},
        fields=tuple(_names(items(data.get("data_schema") or []))),
        menu=tuple(str(option) for option in options) if isinstance(options, list | dict) else (),
        reason=text(data, "reason"),
        entry_id=text(mapping(result), "entry_id") if isinstance(result, dict) else "",
        title=text(data, "title"),
        path=path,
    )


def _names(schema: list[Json]) -> list[str]:
    """Return the names of a form's fields, including those in sections."""
    names = []
    for field in schema:
        names.append(text(field, "name"))
        if field.get("type") == "expandable":
            names += _names(items(field["schema"]))
    return names

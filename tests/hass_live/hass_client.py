"""A person's hands in Home Assistant: its REST API and its websocket API, nothing inside it."""

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

"""A flow that tests an account may wait for a service."""

_FLOW: Final = "/api/config/config_entries/flow"
_SUBENTRY_FLOW: Final = "/api/config/config_entries/subentries/flow"
_OPTIONS_FLOW: Final = "/api/config/config_entries/options/flow"


class RefusedError(Exception):
    """Home Assistant says no; the text is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStep:
    """Where a flow is."""

    flow_id: str
    kind: str
    """`form`, `menu`, `create_entry` or `abort`."""
    step_id: str
    errors: Mapping[str, str]
    """What is wrong, by field; `base` is all of it."""
    fields: tuple[str, ...]
    menu: tuple[str, ...]
    reason: str
    """Why it was aborted."""
    entry_id: str
    """The entry that it created."""
    title: str
    path: str
    """Where its next answer goes."""


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
        """Send a command; returns its number."""
        self._last_id += 1
        await self._socket.send_json({"id": self._last_id, "type": kind, **fields})
        return self._last_id

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary message."""
        await self._socket.send_bytes(data)

    async def receive(self, number: int) -> Json:
        """The next message that belongs to a command."""
        while True:
            message: Json = await self._socket.receive_json()
            if message.get("id") == number:
                return message

    async def result(self, number: int) -> object:
        """What a command is answered with.

        Raises:
            RefusedError: It failed.
        """
        message = await self.receive(number)
        while message["type"] != "result":
            message = await self.receive(number)
        if not message["success"]:
            raise RefusedError(str(message["error"]))
        return message["result"]

    async def command(self, kind: str, **fields: object) -> object:
        """Send a command and return its answer.

        Raises:
            RefusedError: It failed.
        """
        async with asyncio.timeout(PATIENCE_S):
            return await self.result(await self.send(kind, **fields))


class Watch:
    """The states that an entity takes on; those that were not asked for yet wait."""

    def __init__(self, socket: HassSocket, number: int, entity_id: str) -> None:
        self._socket = socket
        self._number = number
        self._entity_id = entity_id

    async def until(self, last: Callable[[Json], bool]) -> list[Json]:
        """All states up to one that is looked for."""
        states: list[Json] = []
        async with asyncio.timeout(PATIENCE_S):
            while not states or not last(states[-1]):
                event = mapping((await self._socket.receive(self._number))["event"])
                data = mapping(event["data"])
                if data["entity_id"] == self._entity_id:
                    states.append(mapping(data["new_state"]))
        return states


class HassClient:
    """What the owner may do."""

    def __init__(self, session: aiohttp.ClientSession, *, token: str) -> None:
        self._session = session
        self._token = token

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[HassSocket]:
        """A connection to the websocket API."""
        async with self._session.ws_connect("/api/websocket", max_msg_size=0) as socket:
            await socket.receive_json()  # auth_required
            await socket.send_json({"type": "auth", "access_token": self._token})
            answer: Json = await socket.receive_json()
            if answer["type"] != "auth_ok":
                raise RefusedError(str(answer))
            yield HassSocket(socket)

    async def command(self, kind: str, **fields: object) -> object:
        """One command of the websocket API.

        Raises:
            RefusedError: It failed.
        """
        async with self.socket() as socket:
            return await socket.command(kind, **fields)

    async def get(self, path: str) -> object:
        """What a page of the REST API says.

        Raises:
            RefusedError: It is not given.
        """
        return await self._request("GET", path)

    async def post(self, path: str, body: Mapping[str, object]) -> object:
        """What a page of the REST API answers.

        Raises:
            RefusedError: It does not accept this.
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
        """Wait until all of Home Assistant has been set up."""

        async def look() -> bool | None:
            state = mapping(await self.command("get_config"))["state"]
            return True if state == "RUNNING" else None

        await eventually(look, within_s=within_s, what="Home Assistant to run")

    async def start_flow(self, domain: str, *, reconfigure: str | None = None) -> FlowStep:
        """Begin to add an integration, or to change an entry of it."""
        body: dict[str, object] = {"handler": domain}
        if reconfigure is not None:
            body["entry_id"] = reconfigure
        return _step(await self.post(_FLOW, body), _FLOW)

    async def start_subentry_flow(
        self, entry_id: str, kind: str, *, reconfigure: str | None = None
    ) -> FlowStep:
        """Begin to add a part to an entry, or to change one."""
        body: dict[str, object] = {"handler": [entry_id, kind]}
        if reconfigure is not None:
            body["subentry_id"] = reconfigure
        return _step(await self.post(_SUBENTRY_FLOW, body), _SUBENTRY_FLOW)

    async def start_options_flow(self, entry_id: str) -> FlowStep:
        """Begin to change an entry's options."""
        return _step(await self.post(_OPTIONS_FLOW, {"handler": entry_id}), _OPTIONS_FLOW)

    async def resume_flow(self, flow_id: str) -> FlowStep:
        """A flow that somebody else began, as a reauthentication."""
        return _step(await self.get(f"{_FLOW}/{flow_id}"), _FLOW)

    async def answer(self, step: FlowStep, **fields: object) -> FlowStep:
        """Fill in what a step asks for."""
        return _step(await self.post(f"{step.path}/{step.flow_id}", fields), step.path)

    async def choose(self, step: FlowStep, option: str) -> FlowStep:
        """Choose from a menu."""
        return await self.answer(step, next_step_id=option)

    async def entries(self, domain: str) -> list[Entry]:
        """The config entries of an integration."""
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
        """The flows in progress that a person did not begin, such as reauthentications."""
        found = items(await self.command("config_entries/flow/progress"))
        return [flow for flow in found if flow["handler"] == domain]

    async def entities(self, entry_id: str) -> list[Json]:
        """An entry's entities, as they are registered."""
        found = items(await self.command("config/entity_registry/list"))
        return [entity for entity in found if entity["config_entry_id"] == entry_id]

    async def state(self, entity_id: str) -> Json:
        """An entity's state and attributes."""
        return mapping(await self.get(f"/api/states/{entity_id}"))

    async def enable_entity(self, entity_id: str) -> None:
        """Enable an entity that is disabled at first; its entry has to be reloaded."""
        await self.command("config/entity_registry/update", entity_id=entity_id, disabled_by=None)

    async def reload_entry(self, entry_id: str) -> None:
        """Set a config entry up anew."""
        await self.post(f"/api/config/config_entries/entry/{entry_id}/reload", {})

    @asynccontextmanager
    async def watching(self, entity_id: str) -> AsyncIterator[Watch]:
        """Notice each state of an entity from now on."""
        async with self.socket() as socket:
            number = await socket.send("subscribe_events", event_type="state_changed")
            await socket.result(number)
            yield Watch(socket, number, entity_id)

    async def remove_entry(self, entry_id: str) -> None:
        """Remove a config entry."""
        await self._request("DELETE", f"/api/config/config_entries/entry/{entry_id}")

    async def call(self, domain: str, action: str, **fields: object) -> object:
        """Run an action, and return what it answers."""
        answer = await self.command(
            "call_service",
            domain=domain,
            service=action,
            service_data=fields,
            return_response=True,
        )
        return mapping(answer)["response"]


def mapping(value: object) -> Json:
    """A JSON object.

    Raises:
        TypeError: It is something else.
    """
    if not isinstance(value, dict):
        raise TypeError(f"an object was expected, not {value!r}")
    return value


def items(value: object) -> list[Json]:
    """A JSON list of objects.

    Raises:
        TypeError: It is something else.
    """
    if not isinstance(value, list):
        raise TypeError(f"a list was expected, not {value!r}")
    return [mapping(each) for each in value]


def text(value: Json, key: str) -> str:
    """What a key holds, as text; nothing is an empty one."""
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
    """The names of a form's fields, those in its sections too."""
    names = []
    for field in schema:
        names.append(text(field, "name"))
        if field.get("type") == "expandable":
            names += _names(items(field["schema"]))
    return names

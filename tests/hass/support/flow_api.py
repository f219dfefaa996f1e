"""Opens and submits forms over the API that the browser uses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from flows import DOMAIN

_FLOWS: Final = "/api/config/config_entries/flow"
_SUBENTRY_FLOWS: Final = "/api/config/config_entries/subentries/flow"

Path = tuple[str, ...]
"""The name of a field, after the name of its section if it is in one."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What Home Assistant answered to a form."""

    status: int
    body: Mapping[str, Any]

    @property
    def errors(self) -> dict[str, Any]:
        """The errors by field. Without any, the form was accepted."""
        return self.body.get("errors") or {}


@dataclass(kw_only=True)
class FlowApi:
    """The forms of one kind: those of accounts, or those of entities."""

    hass: HomeAssistant
    new_client: ClientSessionGenerator
    handler: object = DOMAIN
    start: Mapping[str, object] = field(default_factory=dict)
    """Additional fields of the request that opens the form."""
    choice: str = ""
    """The provider to choose from the menu; empty if there is no menu."""
    _client: TestClient[Any, Any] | None = None

    async def open(self) -> str:
        """Open the form and return the id of its flow."""
        return str((await self.form())["flow_id"])

    async def form(self) -> Mapping[str, Any]:
        """Open the form and return what the browser gets."""
        form = await self._post(self._flows, {"handler": self.handler, **self.start})
        assert form.status == HTTPStatus.OK, form
        if self.choice:
            form = await self.submit(form.body["flow_id"], {"next_step_id": self.choice})
        assert form.body["type"] == "form", form
        return form.body

    async def submit(self, flow_id: str, values: Mapping[str, Any]) -> Answer:
        """Submit the form."""
        answer = await self._post(f"{self._flows}/{flow_id}", values)
        await self.hass.async_block_till_done()
        return answer

    @property
    def _flows(self) -> str:
        return _FLOWS if self.handler == DOMAIN else _SUBENTRY_FLOWS

    async def _post(self, path: str, data: Mapping[str, Any]) -> Answer:
        if self._client is None:  # each client starts a server, which takes time
            self._client = await self.new_client()
        response = await self._client.post(path, json=dict(data))
        text = await response.text()
        assert response.status in {HTTPStatus.OK, HTTPStatus.BAD_REQUEST}, text
        return Answer(status=response.status, body=await response.json())


def paths_of(values: Mapping[str, Any], above: Path = ()) -> Iterator[Path]:
    """Yield the path of each field of a form."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from paths_of(value, (*above, name))
        else:
            yield (*above, name)


def value_at(values: Mapping[str, Any], path: Path) -> Any:
    """Return the value of a field."""
    for name in path:
        values = values[name]
    return values


def with_value(values: Mapping[str, Any], path: Path, value: object) -> dict[str, Any]:
    """Return the values of a form with another value in one field."""
    name, *rest = path
    inner = with_value(values[name], tuple(rest), value) if rest else value
    return {**values, name: inner}


def without(values: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return the values of a form without a field."""
    name, *rest = path
    if rest:
        return {**values, name: without(values[name], tuple(rest))}
    return {each: value for each, value in values.items() if each != name}

"""Repair dialogs, over the API that the browser uses."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from flows import DOMAIN


class Repairs:
    """Opens and answers repair dialogs."""

    def __init__(self, hass: HomeAssistant, new_client: ClientSessionGenerator) -> None:
        self._hass = hass
        self._new_client = new_client

    async def open(self, issue_id: str) -> dict[str, Any]:
        """Open the dialog of an issue."""
        assert await async_setup_component(self._hass, "repairs", {})
        return await self._post(
            "/api/repairs/issues/fix", {"handler": DOMAIN, "issue_id": issue_id}
        )

    async def confirm(self, dialog: Mapping[str, Any], **values: str | bool) -> dict[str, Any]:
        """Submit a dialog, with the values of its form."""
        result = await self._post(f"/api/repairs/issues/fix/{dialog['flow_id']}", values)
        await self._hass.async_block_till_done()
        return result

    async def _post(self, path: str, data: Mapping[str, Any]) -> dict[str, Any]:
        client = await self._new_client()
        response = await client.post(path, json=dict(data))
        assert response.status == HTTPStatus.OK
        return dict(await response.json())

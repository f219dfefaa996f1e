"""The servers, the bridge and the forms of the table tests."""

from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from accounts import set_up
from bridges import Bridge, StartBridge
from flow_api import FlowApi
from form_table import ACCESS_TOKEN, TOKEN, stored, valid_values
from servers import Server, StartServer


@pytest.fixture(autouse=True)
async def _api(hass: HomeAssistant, socket_enabled: None) -> None:
    """Set up all paths of the API before the first client connects."""
    assert await async_setup_component(hass, "wyoming_bridge", {})
    assert await async_setup_component(hass, "config", {})


@pytest.fixture
async def server(start_server: StartServer) -> Server:
    server = await start_server()
    server.token = TOKEN
    await server.restart()
    return server


@pytest.fixture
async def bridge(start_bridge: StartBridge) -> Bridge:
    return await start_bridge("kitchen", "hall", token=ACCESS_TOKEN)


@pytest.fixture
async def account_values(kind: str, server: Server, bridge: Bridge) -> dict[str, Any]:
    """Return the values with which the form of an account is accepted."""
    return valid_values(kind, server, bridge)


@pytest.fixture
async def new_account(
    kind: str, hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> FlowApi:
    """Return the form that adds an account."""
    return FlowApi(hass=hass, new_client=hass_client, choice=kind)


@pytest.fixture
async def entry(kind: str, hass: HomeAssistant, server: Server, bridge: Bridge) -> MockConfigEntry:
    """Return an account that is set up."""
    entry = stored(kind, server, bridge)
    await set_up(hass, entry)
    return entry


@pytest.fixture
async def changed_account(
    entry: MockConfigEntry, hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> FlowApi:
    """Return the form that changes an account."""
    return FlowApi(hass=hass, new_client=hass_client, start={"entry_id": entry.entry_id})


@pytest.fixture
async def new_entity(
    entry: MockConfigEntry, hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> FlowApi:
    """Return the form that adds an entity to an account."""
    return FlowApi(hass=hass, new_client=hass_client, handler=[entry.entry_id, "stt"])


@pytest.fixture
async def changed_entity(new_entity: FlowApi) -> FlowApi:
    """Return the form that changes an entity of an account."""
    return FlowApi(
        hass=new_entity.hass,
        new_client=new_entity.new_client,
        handler=new_entity.handler,
        start={"subentry_id": "kitchen"},
    )

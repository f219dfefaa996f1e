"""Home Assistant in memory, which finds the integration where it is developed; real services."""

from collections.abc import AsyncIterator

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

# Home Assistant looks for integrations in the package of this name. Whoever imports it first
# decides where it is: here that must be the project, not the plugin's own folder.
import custom_components  # noqa: F401
from bridges import Bridge, StartBridge
from servers import Server, StartServer
from strangers import Strangers
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.engine import Engine


@pytest.fixture(autouse=True)
def _custom_integrations(enable_custom_integrations: None) -> None:
    """Each test may load the integration."""


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Written as Home Assistant writes its own: without ids and times."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """A folder of its own: what is remembered must not last longer than a test."""
    return hass_tmp_config_dir


@pytest.fixture
async def start_server(socket_enabled: None) -> AsyncIterator[StartServer]:
    """Starts local realtime servers that want the token ``servers.TOKEN``."""
    servers: list[Server] = []

    async def start(*, behaviour: Behaviour | None = None, engine: Engine | None = None) -> Server:
        server = Server(behaviour=behaviour, engine=engine)
        servers.append(server)
        await server.start()
        return server

    yield start
    for server in servers:
        await server.stop()


@pytest.fixture
async def server(start_server: StartServer) -> Server:
    """One of them."""
    return await start_server()


@pytest.fixture
async def start_bridge(socket_enabled: None) -> AsyncIterator[StartBridge]:
    """Starts bridges with profiles of these names, and perhaps an access token."""
    bridges: list[Bridge] = []

    async def start(*names: str, token: str | None = None) -> Bridge:
        bridge = Bridge(*names, token=token)
        bridges.append(bridge)
        await bridge.start()
        return bridge

    yield start
    for bridge in bridges:
        await bridge.stop()


@pytest.fixture
async def strangers(socket_enabled: None) -> AsyncIterator[Strangers]:
    """Servers that are none of ours, and addresses where nobody listens."""
    strangers = Strangers()
    yield strangers
    await strangers.stop()


@pytest.fixture(autouse=True)
async def _core(hass: HomeAssistant) -> None:
    """What every Home Assistant has: exposed entities, for one."""
    assert await async_setup_component(hass, "homeassistant", {})
